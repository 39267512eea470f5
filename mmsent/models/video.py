"""The video net: words, faces and voice of one utterance to emotion and sentiment; any of the three
may be missing.

Each modality is judged by a net of its own. What several say together is a weighted sum of their
logits, with weights for each set of them: a product of experts (Hinton 2002,
doi:10.1162/089976602760128018). So a modality can be trusted as much as it is worth on voices and
faces unlike those it learnt from, which a net that learns all of it at once can't know.
"""

import torch
from torch import Tensor, nn

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS

MODALITY_COUNT = 3  # text, voice, face: bits 0, 1, 2 of the number of a set of them
MODALITY_SETS = 2**MODALITY_COUNT

# emotion (N, 7) in the order of CONVERSATION_EMOTIONS, sentiment (N, 3) in that of SENTIMENTS
Logits = tuple[Tensor, Tensor]


class TextEncoder(nn.Sequential):
    """(N, text_width) to (N, width)."""

    def __init__(self, text_width: int, width: int, dropout: float) -> None:
        super().__init__(
            nn.LayerNorm(text_width), nn.Dropout(dropout), nn.Linear(text_width, width)
        )


class FaceEncoder(nn.Module):
    """Features of the faces of an utterance, in the order of time, to one vector by attention
    pooling."""

    def __init__(self, face_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.projection = nn.Sequential(
            nn.LayerNorm(face_width),
            nn.Dropout(dropout),
            nn.Linear(face_width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.attention = nn.Linear(width, 1)

    def forward(self, faces: Tensor, face_mask: Tensor) -> Tensor:
        """The attention-pooled features (N, width) of faces (N, F, face_width); face_mask (N, F) is
        False for padding, with at least one True in each row."""
        rows = self.projection(faces)
        scores = self.attention(rows)[..., 0]
        weights = scores.masked_fill(~face_mask, torch.finfo(scores.dtype).min).softmax(dim=1)
        return (weights[:, None] @ rows)[:, 0]


class Judge(nn.Module):
    """Classifier of one modality alone: (N, width) to emotion and sentiment logits."""

    def __init__(
        self, width: int, hidden: int, emotions: int, sentiments: int, dropout: float
    ) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(dropout)
        )
        self.emotion = head(hidden, width, emotions)
        self.sentiment = head(hidden, width, sentiments)

    def forward(self, x: Tensor) -> Logits:
        hidden = self.hidden(x)
        return self.emotion(hidden), self.sentiment(hidden)


class FaceJudge(nn.Module):
    """Classifier of the faces alone."""

    def __init__(self, encoder: FaceEncoder, judge: Judge) -> None:
        super().__init__()
        self.encoder, self.judge = encoder, judge

    def forward(self, faces: Tensor, face_mask: Tensor) -> Logits:
        return self.judge(self.encoder(faces, face_mask))


class VoiceJudge(nn.Module):
    """Classifier of the voice alone: means and deviations over time of the hidden states of a frozen
    speech encoder, each standardised, to linear logits. ``train.video.voice`` fits it in closed form; on few speakers
    that travels further than a deeper net."""

    def __init__(self, voice_width: int, emotions: int, sentiments: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(voice_width, affine=False)
        self.emotion = nn.Linear(voice_width, emotions)
        self.sentiment = nn.Linear(voice_width, sentiments)

    def forward(self, states: Tensor) -> Logits:
        """(N, voice_width) to emotion and sentiment logits."""
        x = self.norm(states)
        return self.emotion(x), self.sentiment(x)


class Trust(nn.Module):
    """Fusion weights of each modality, for each set of modalities that may be given; all 1 before
    they are fitted."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(MODALITY_SETS, MODALITY_COUNT))
        self.bias = nn.Parameter(torch.zeros(MODALITY_SETS, labels))

    def forward(self, logits: Tensor, modality_mask: Tensor) -> Tensor:
        """The fused logits (N, labels) of ``logits`` (N, MODALITY_COUNT, labels); modality_mask (N,
        MODALITY_COUNT) is False for missing modalities."""
        number = (
            modality_mask * 2 ** torch.arange(MODALITY_COUNT, device=modality_mask.device)
        ).sum(dim=1)
        weight = self.weight[number] * modality_mask
        return (weight[..., None] * logits).sum(dim=1) + self.bias[number]


class VideoNet(nn.Module):
    """``voice_width`` are the numbers of ``SpeechFeatures``."""

    pooled = False  # a text is the mean of its tokens, beside its context

    def __init__(
        self,
        text_width: int,
        face_width: int,
        voice_width: int,
        width: int = 128,
        hidden: int = 256,
        emotions: int = len(CONVERSATION_EMOTIONS),
        sentiments: int = len(SENTIMENTS),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.text_width, self.face_width, self.voice_width = text_width, face_width, voice_width
        self.text = nn.Sequential(
            TextEncoder(text_width, width, dropout),
            Judge(width, hidden, emotions, sentiments, dropout),
        )
        self.voice = VoiceJudge(voice_width, emotions, sentiments)
        self.face = FaceJudge(
            FaceEncoder(face_width, width, dropout),
            Judge(width, hidden, emotions, sentiments, dropout),
        )
        self.emotion, self.sentiment = Trust(emotions), Trust(sentiments)

    def forward(
        self,
        text: Tensor,
        has_text: Tensor,
        faces: Tensor,
        face_mask: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> Logits:
        """The fused emotion and sentiment logits of the modalities that are given.

        text (N, text_width), has_text (N,) bool; faces (N, F, face_width), face_mask (N, F) bool,
        False for padding, all False in a row without a face; voice (N, voice_width), has_voice (N,)
        bool. At least one of the three must be given.
        """
        emotion, sentiment, modality_mask = self.alone(
            text, has_text, faces, face_mask, voice, has_voice
        )
        return self.emotion(emotion, modality_mask), self.sentiment(sentiment, modality_mask)

    def alone(
        self,
        text: Tensor,
        has_text: Tensor,
        faces: Tensor,
        face_mask: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of each modality alone, zeros where it is missing: emotion (N, MODALITY_COUNT,
        7), sentiment (N, MODALITY_COUNT, 3); and the modality mask (N, MODALITY_COUNT)."""
        modality_mask = torch.stack([has_text, has_voice, face_mask.any(dim=1)], dim=1)
        emotion = text.new_zeros(len(text), MODALITY_COUNT, self.emotion.bias.shape[1])
        sentiment = text.new_zeros(len(text), MODALITY_COUNT, self.sentiment.bias.shape[1])
        sides: tuple[tuple[nn.Module, tuple[Tensor, ...]], ...] = (
            (self.text, (text,)),
            (self.voice, (voice,)),
            (self.face, (faces, face_mask)),
        )
        for i, (judge, inputs) in enumerate(sides):
            present = modality_mask[:, i]
            if present.any():
                outputs = judge(*(part[present] for part in inputs))
                emotion[present, i], sentiment[present, i] = (
                    logits.to(text.dtype) for logits in outputs
                )
        return emotion, sentiment, modality_mask


def head(hidden: int, width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, width), nn.ReLU(), nn.Linear(width, classes))
