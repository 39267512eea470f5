"""The video net of the preset ``reference``: BERT reads the words, R3D-18 sees the frames,
convolutions hear the sound.

Both encoders are frozen, in their dropout and batch norms too, so what they give of a clip never
changes: they are checkpoints of their own, and ``ReferenceVideoNet`` holds all that is trained.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmsent.models.video import Logits, head

WIDTH, FUSION = 128, 256
CHANNELS = (64, 128, 256, 512)  # of the four convolutions over the sound
KERNEL, POOL = 3, 2
# rows of log-mel that leave one step after the four convolutions (less 2 each) with pooling (half)
MIN_MEL_ROWS = 46


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
    """Each modality to 128, fusion 384 -> 256, two heads.

    No modality may be missing: where one is, ``mean_text`` and ``mean_picture`` stand in, the
    averages of the training rows (``set_means``), and zeros for the sound, the average of every
    standardised one.
    """

    pooled = True  # a text comes as one vector
    mean_text: Tensor
    mean_picture: Tensor

    def __init__(
        self,
        text_width: int,
        picture_width: int = 512,
        mels: int = 64,
        mel_rows: int = 600,
        emotions: int = 7,
        sentiments: int = 3,
    ) -> None:
        super().__init__()
        self.mels, self.voice_width = mels, mel_rows * mels
        self.text_projection = nn.Linear(text_width, WIDTH)
        self.video_projection = nn.Sequential(
            nn.Linear(picture_width, WIDTH), nn.ReLU(), nn.Dropout(0.2)
        )
        self.audio_encoder = AudioEncoder(mels)
        self.fusion_layer = nn.Sequential(
            nn.Linear(3 * WIDTH, FUSION), nn.BatchNorm1d(FUSION), nn.ReLU(), nn.Dropout(0.3)
        )
        self.emotion_classifier = head(FUSION, WIDTH, emotions)
        self.sentiment_classifier = head(FUSION, WIDTH, sentiments)
        self.register_buffer("mean_text", torch.zeros(text_width))
        self.register_buffer("mean_picture", torch.zeros(picture_width))

    def set_means(self, text: Tensor, picture: Tensor) -> None:
        """What stands in for missing words and pictures: the means of training rows (N, text_width)
        and (N, picture_width)."""
        self.mean_text.copy_(text.mean(dim=0))
        self.mean_picture.copy_(picture.mean(dim=0))

    def forward(
        self,
        text: Tensor,
        has_text: Tensor,
        pictures: Tensor,
        picture_mask: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> Logits:
        """Emotion logits (N, emotions) and sentiment logits (N, sentiments).

        text (N, text_width) and pictures (N, 1, picture_width) of the frozen encoders, voice (N,
        mel_rows * mels) log-mel, row by row; has_text (N,), picture_mask (N, 1) and has_voice (N,)
        are False for what is missing.
        """
        words = torch.where(has_text[:, None], text, self.mean_text)
        frames = torch.where(picture_mask[:, :1], pictures[:, 0], self.mean_picture)
        mel = (voice * has_voice[:, None]).unflatten(1, (-1, self.mels))
        parts = [
            self.text_projection(words),
            self.video_projection(frames),
            self.audio_encoder(mel),
        ]
        fused = self.fusion_layer(torch.cat(parts, dim=1))
        return self.emotion_classifier(fused), self.sentiment_classifier(fused)


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """(classes,) inverse to how often each of (N,) labels occurs, summing to ``classes``; a label
    that never occurs counts as if it occurred once."""
    rarity = 1 / torch.bincount(labels, minlength=classes).clamp(min=1)
    return rarity * classes / rarity.sum()
