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
    """Features of the faces of an utterance, in the order of time, to one vector: attention tells
    which count."""

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

    def forward(self, faces: Tensor, seen: Tensor) -> Tensor:
        """faces (N, F, face_width), seen (N, F) bool, with at least one True a row -> (N,
        width)."""
        rows = self.projection(faces)
        scores = self.attention(rows)[..., 0]
        weights = scores.masked_fill(~seen, torch.finfo(scores.dtype).min).softmax(dim=1)
        return (weights[:, None] @ rows)[:, 0]


class Judge(nn.Module):
    """What one modality alone says: (N, width) to emotion and sentiment logits."""

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
    """What the faces alone say."""

    def __init__(self, encoder: FaceEncoder, judge: Judge) -> None:
        super().__init__()
        self.encoder, self.judge = encoder, judge

    def forward(self, faces: Tensor, seen: Tensor) -> Logits:
        return self.judge(self.encoder(faces, seen))


class VoiceJudge(nn.Module):
    """What the voice alone says: hidden states of a frozen encoder of speech, averaged over time,
    each standardised, to linear logits. ``train.video.voice`` fits it in closed form; on few speakers
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
    """How much each modality counts where a set of them is given. Before it is fitted each counts
    whole."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(MODALITY_SETS, MODALITY_COUNT))
        self.bias = nn.Parameter(torch.zeros(MODALITY_SETS, labels))

    def forward(self, logits: Tensor, there: Tensor) -> Tensor:
        """logits (N, MODALITY_COUNT, labels) of each side, there (N, MODALITY_COUNT) bool -> (N, labels)."""
        number = (there * 2 ** torch.arange(MODALITY_COUNT, device=there.device)).sum(dim=1)
        weight = self.weight[number] * there
        return (weight[..., None] * logits).sum(dim=1) + self.bias[number]


class VideoNet(nn.Module):
    """``voice_width`` are the numbers of ``SpeechFeatures``."""

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
        seen: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> Logits:
        """What all that is there says together.

        text (N, text_width), has_text (N,) bool; faces (N, F, face_width), seen (N, F) bool, a row
        of which that is all False means: no face; voice (N, voice_width), has_voice (N,) bool. At
        least one of the three is there.
        """
        emotion, sentiment, there = self.alone(text, has_text, faces, seen, voice, has_voice)
        return self.emotion(emotion, there), self.sentiment(sentiment, there)

    def alone(
        self,
        text: Tensor,
        has_text: Tensor,
        faces: Tensor,
        seen: Tensor,
        voice: Tensor,
        has_voice: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What each side says alone, zeros where it is missing: emotion (N, MODALITY_COUNT, 7), sentiment
        (N, MODALITY_COUNT, 3); and which are there (N, MODALITY_COUNT) bool."""
        there = torch.stack([has_text, has_voice, seen.any(dim=1)], dim=1)
        emotion = text.new_zeros(len(text), MODALITY_COUNT, self.emotion.bias.shape[1])
        sentiment = text.new_zeros(len(text), MODALITY_COUNT, self.sentiment.bias.shape[1])
        sides: tuple[tuple[nn.Module, tuple[Tensor, ...]], ...] = (
            (self.text, (text,)),
            (self.voice, (voice,)),
            (self.face, (faces, seen)),
        )
        for i, (judge, inputs) in enumerate(sides):
            some = there[:, i]
            if some.any():
                found = judge(*(part[some] for part in inputs))
                emotion[some, i], sentiment[some, i] = (logits.to(text.dtype) for logits in found)
        return emotion, sentiment, there


def head(hidden: int, width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, width), nn.ReLU(), nn.Linear(width, classes))
