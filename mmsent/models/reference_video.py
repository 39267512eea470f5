"""The video net of the preset ``reference``: BERT reads the words, R3D-18 sees the frames,
convolutions hear the sound.

Both encoders are frozen, in their dropout and batch norms too, so what they give of a clip never
changes: ``FrozenEncoders`` runs once a clip, ``ReferenceVideoNet`` holds all that is trained.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.video import R3D_18_Weights, r3d_18
from transformers import BertModel

from mmsent.models.video import head

WIDTH, FUSION = 128, 256
CHANNELS = (64, 128, 256, 512)  # of the four convolutions over the sound
KERNEL, POOL = 3, 2
FRAME_SIDE = 112  # pixels; what R3D-18 was trained on, as are mean and deviation
MEAN, STD = (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)
FRAME_FEATURES = 512
# rows of log-mel that leave one step after the four convolutions (less 2 each) with pooling (half)
MIN_MEL_ROWS = 46


class FrozenEncoders(nn.Module):
    """BERT and R3D-18 (Tran et al. 2018, arXiv:1711.11248), never trained; ``pretrained`` False
    gives R3D-18 random weights."""

    mean: Tensor
    std: Tensor

    def __init__(self, bert: BertModel, pretrained: bool = True) -> None:
        super().__init__()
        self.bert = bert
        self.r3d: nn.Module = r3d_18(weights=R3D_18_Weights.KINETICS400_V1 if pretrained else None)
        self.r3d.fc = nn.Identity()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "FrozenEncoders":
        return super().train(False)

    def text(self, ids: Tensor, token_mask: Tensor) -> Tensor:
        """ids (N, T) int64, token_mask (N, T) 0 for padding -> BERT's pooled output (N,
        text_width)."""
        return self.bert(input_ids=ids, attention_mask=token_mask).pooler_output

    def video(self, frames: Tensor) -> Tensor:
        """frames (N, F, FRAME_SIDE, FRAME_SIDE, 3) RGB uint8 -> (N, FRAME_FEATURES)."""
        pixels = frames.permute(0, 4, 1, 2, 3).float() / 255
        return self.r3d((pixels - self.mean) / self.std)


class AudioEncoder(nn.Module):
    """Four times convolution, batch norm, ReLU, max-pooling; the mean over time; a projection."""

    def __init__(self, mels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((mels, *CHANNELS), CHANNELS, strict=False):
            layers += [
                nn.Conv1d(before, after, KERNEL),
                nn.BatchNorm1d(after),
                nn.ReLU(),
                nn.MaxPool1d(POOL),
            ]
        self.conv_layers = nn.Sequential(*layers)
        self.adaptive_pool = nn.AdaptiveAvgPool1d(1)
        self.projection = nn.Linear(CHANNELS[-1], WIDTH)

    def forward(self, mel: Tensor) -> Tensor:
        """mel (N, T, mels); fewer than MIN_MEL_ROWS rows are padded with zeros -> (N, WIDTH)."""
        mel = F.pad(mel, (0, 0, 0, max(0, MIN_MEL_ROWS - mel.shape[1])))
        return self.projection(self.adaptive_pool(self.conv_layers(mel.transpose(1, 2)))[..., 0])


class ReferenceVideoNet(nn.Module):
    """Each modality to 128, fusion 384 -> 256, two heads; no modality may be missing."""

    def __init__(
        self, text_width: int, mels: int = 64, emotions: int = 7, sentiments: int = 3
    ) -> None:
        super().__init__()
        self.text_projection = nn.Linear(text_width, WIDTH)
        self.video_projection = nn.Sequential(
            nn.Linear(FRAME_FEATURES, WIDTH), nn.ReLU(), nn.Dropout(0.2)
        )
        self.audio_encoder = AudioEncoder(mels)
        self.fusion_layer = nn.Sequential(
            nn.Linear(3 * WIDTH, FUSION), nn.BatchNorm1d(FUSION), nn.ReLU(), nn.Dropout(0.3)
        )
        self.emotion_classifier = head(FUSION, WIDTH, emotions)
        self.sentiment_classifier = head(FUSION, WIDTH, sentiments)

    def forward(self, text: Tensor, video: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        """text (N, text_width) and video (N, FRAME_FEATURES) of the frozen encoders, mel (N, T,
        mels) log-mel.

        Returns emotion logits (N, emotions) and sentiment logits (N, sentiments).
        """
        parts = [self.text_projection(text), self.video_projection(video), self.audio_encoder(mel)]
        fused = self.fusion_layer(torch.cat(parts, dim=1))
        return self.emotion_classifier(fused), self.sentiment_classifier(fused)


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) inverse to how often each of (N,) labels occurs, summing to ``classes``; a label
    that never occurs counts as if it occurred once."""
    rarity = 1 / torch.bincount(labels, minlength=classes).clamp(min=1)
    return rarity * classes / rarity.sum()
