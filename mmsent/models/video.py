"""The video net: words, faces and voice of one utterance to emotion and sentiment; any of the three may be missing.

Shape and sizes are those of the reference project (each modality to 128, fusion 384 -> 256, two heads), on other encoders.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS

CHANNELS = (64, 128, 256, 512)  # of the four convolutions over the sound
KERNEL, POOL = 3, 2
STEP = 2  # rows of log-mel that are averaged to one: half the work, as good
SHORTEST = 46 * STEP  # rows that leave one step after four times convolution (less 2) and pooling (half)
FLAT = 1e-3  # less deviation than this is silence, which is not blown up


class VoiceEncoder(nn.Module):
    """Four convolutions over time with pooling, then the mean over what is left of it.

    What a sound gives does not depend on the padding that stands behind it in the batch, nor do the statistics of the batch
    norms: both leave the padding out.
    """

    def __init__(self, mels: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        sizes = (mels, *CHANNELS)
        self.convolutions = nn.ModuleList(nn.Conv1d(a, b, KERNEL) for a, b in zip(sizes, CHANNELS, strict=False))
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for channels in CHANNELS)
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Linear(CHANNELS[-1], width)

    def forward(self, mel: Tensor, heard: Tensor) -> Tensor:
        """mel (N, T, mels) log-mel, heard (N, T), True for the first rows, those that are sound -> (N, width).

        Each sound is standardised, so that neither the distance to the microphone nor the level of the recording counts.
        Those with fewer than SHORTEST rows are filled up with their own mean.
        """
        x = standardise(mel, heard)
        x = F.pad(x, (0, 0, 0, max(0, SHORTEST - x.shape[1]))).transpose(1, 2)
        x = F.avg_pool1d(x, STEP)
        lengths = heard.sum(dim=1).clamp(min=SHORTEST) // STEP
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            lengths = lengths - (KERNEL - 1)
            x = convolution(x)
            x = F.max_pool1d(normalise(norm, x, _first(lengths, x.shape[2])).relu(), POOL)
            lengths = lengths // POOL
        share = _first(lengths, x.shape[2]) / lengths[:, None]
        return self.projection(self.dropout((x @ share[..., None].to(x.dtype))[..., 0]))


class FaceEncoder(nn.Module):
    """Features of the faces of an utterance, in the order of time, to one vector: attention tells which count."""

    def __init__(self, face_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.projection = nn.Sequential(
            nn.LayerNorm(face_width), nn.Dropout(dropout), nn.Linear(face_width, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.attention = nn.Linear(width, 1)

    def forward(self, faces: Tensor, seen: Tensor) -> Tensor:
        """faces (N, F, face_width), seen (N, F) bool, with at least one True a row -> (N, width)."""
        rows = self.projection(faces)
        scores = self.attention(rows)[..., 0]
        weights = scores.masked_fill(~seen, torch.finfo(scores.dtype).min).softmax(dim=1)
        return (weights[:, None] @ rows)[:, 0]


class VideoNet(nn.Module):
    """Each modality to ``width``, joined, fused, to emotion and sentiment. A learned vector stands in for what is missing."""

    def __init__(
        self,
        text_width: int,
        face_width: int,
        mels: int = 64,
        width: int = 128,
        fusion: int = 256,
        emotions: int = len(CONVERSATION_EMOTIONS),
        sentiments: int = len(SENTIMENTS),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.text_width, self.face_width, self.mels = text_width, face_width, mels
        self.text = nn.Sequential(nn.LayerNorm(text_width), nn.Dropout(dropout), nn.Linear(text_width, width))
        self.face = FaceEncoder(face_width, width, dropout)
        self.voice = VoiceEncoder(mels, width, dropout)
        self.missing = nn.Parameter(torch.randn(3, width) * 0.02)
        self.fusion = nn.Sequential(nn.Linear(3 * width, fusion), nn.BatchNorm1d(fusion), nn.ReLU(), nn.Dropout(dropout))
        self.emotion = head(fusion, width, emotions)
        self.sentiment = head(fusion, width, sentiments)

    def forward(
        self, text: Tensor, has_text: Tensor, faces: Tensor, seen: Tensor, mel: Tensor, heard: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Emotion logits (N, 7) in the order of ``CONVERSATION_EMOTIONS``, sentiment logits (N, 3) in that of ``SENTIMENTS``.

        text (N, text_width), has_text (N,) bool; faces (N, F, face_width), seen (N, F) bool; mel (N, T, mels) log-mel, heard
        (N, T) bool, True for its first rows, False for the padding behind. A row of ``seen`` or ``heard`` that is all False
        means: no face, no sound.
        """
        voice, has_voice = _where_any(self.voice, mel, heard, self.missing.shape[1])
        return self.fuse(text, has_text, faces, seen, voice, has_voice)

    def fuse(
        self, text: Tensor, has_text: Tensor, faces: Tensor, seen: Tensor, voice: Tensor, has_voice: Tensor
    ) -> tuple[Tensor, Tensor]:
        """``forward`` from what ``VoiceEncoder`` made of the sound: voice (N, width), has_voice (N,) bool."""
        face, has_face = _where_any(self.face, faces, seen, self.missing.shape[1])
        parts = ((self.text(text), has_text), (face, has_face), (voice, has_voice))
        joined = [torch.where(there[:, None], part, self.missing[i].to(part.dtype)) for i, (part, there) in enumerate(parts)]
        fused = self.fusion(torch.cat(joined, dim=1))
        return self.emotion(fused), self.sentiment(fused)


def head(fusion: int, width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(fusion, width), nn.ReLU(), nn.Linear(width, classes))


def standardise(mel: Tensor, heard: Tensor) -> Tensor:
    """(N, T, mels) -> each sound with mean 0 and deviation 1 over its rows and bands; zeros where ``heard`` (N, T) is False."""
    inside = heard[..., None].to(mel.dtype)
    count = (inside.sum(dim=(1, 2), keepdim=True) * mel.shape[2]).clamp(min=1)
    centred = (mel - (mel * inside).sum(dim=(1, 2), keepdim=True) / count) * inside
    return centred / ((centred**2).sum(dim=(1, 2), keepdim=True) / count + FLAT).sqrt()


def normalise(norm: nn.Module, x: Tensor, inside: Tensor) -> Tensor:
    """Batch norm of x (N, C, T) over the places (N, T) that are ``inside``; what comes outside them means nothing."""
    if not norm.training:
        return norm(x)
    rows = x.transpose(1, 2)
    whole = torch.zeros_like(rows)
    whole[inside] = norm(rows[inside]).to(whole.dtype)
    return whole.transpose(1, 2)


def _first(lengths: Tensor, steps: int) -> Tensor:
    """(N, steps) bool, True for the first ``lengths`` (N,) of them."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def _where_any(encoder: Callable[[Tensor, Tensor], Tensor], rows: Tensor, mask: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """(N, width) of the examples with a True in ``mask`` (N, T), zeros for the others; and which of them have one (N,)."""
    there = mask.any(dim=1)
    whole = rows.new_zeros(len(rows), width)
    if there.any():
        whole[there] = encoder(rows[there], mask[there]).to(whole.dtype)
    return whole, there
