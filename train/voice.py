"""The first step of ``train.video``: the voice encoder learns emotion from acted and spoken sentences alone.

What tells speakers, rooms and microphones apart must not tell emotions apart, so every batch is changed at random: tempo,
pitch and length of the throat, loudness of the bands, noise, what part is heard, and holes in time and frequency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.models.video import VoiceEncoder
from train.batches import ByLength
from train.loop import Metrics, Plan, fit

DROPOUT = 0.2
LABEL_SMOOTHING = 0.1
PLAN = Plan(epochs=60, batch_size=64, learning_rate=3e-3, optimizer="adamw", schedule="onecycle", weight_decay=0.05, ema=0.99)

# How often rows are used: RAVDESS has most speakers and emotions, TESS two speakers who say the same over and over
SHARES = {"ravdess": 2.0, "tess": 0.25}

Mels = Sequence[NDArray[np.floating]]  # (T, bands) log-mel each, as ``voice_rows`` leaves them


@dataclass(frozen=True)
class VoiceAugment:
    """How far voices are changed. ``speed`` and ``stretch`` are shares, ``shift`` bands, ``cut`` the share that may go at
    either end; ``tone`` how far the colour changes, in natural logarithms of power, as are ``loudest`` and ``quietest``: how
    far below the voice the noise is that the share ``noisy`` gets; ``hole_rows`` and ``hole_bands`` the largest hole."""

    speed: float = 0.15
    shift: float = 3.0
    stretch: float = 0.06
    cut: float = 0.25
    tone: float = 0.5
    noisy: float = 0.3
    loudest: float = 5.0
    quietest: float = 11.0
    hole_rows: int = 25
    hole_bands: int = 10
    holes: int = 2

    def __call__(self, mel: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """mel (N, T, bands), heard (N, T) -> the same of other length, each row changed in its own way."""
        mel, heard = self._warp(mel, heard)
        mel = mel + F.interpolate(self.tone * torch.randn(len(mel), 1, 6, device=mel.device), mel.shape[2], mode="linear")
        return self._dig(self._add_noise(mel, heard), heard), heard

    def _warp(self, mel: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Tempo, cut, and shift and stretch of the bands, looked up in one go."""
        rows, bands = mel.shape[1:]
        whole = heard.sum(dim=1).float()
        part = 1 - 2 * self.cut * _uniform(mel) * (_uniform(mel) < 0.5)
        start = (1 - part) * _uniform(mel) * whole
        speed = 1 + self.speed * (2 * _uniform(mel) - 1)
        lengths = (part * whole / speed).round().clamp(min=2)
        steps = torch.arange(int(lengths.max()), device=mel.device)
        heights = torch.arange(bands, device=mel.device) - bands / 2
        time = (start[:, None] + speed[:, None] * steps).minimum(whole[:, None] - 1)
        stretch, shift = 1 + self.stretch * (2 * _uniform(mel) - 1), self.shift * (2 * _uniform(mel) - 1)
        band = (stretch[:, None] * heights + shift[:, None] + bands / 2).clamp(0, bands - 1)
        across = (2 * band / (bands - 1) - 1)[:, None].expand(-1, len(steps), -1)
        down = (2 * time / max(rows - 1, 1) - 1)[:, :, None].expand(-1, -1, bands)
        warped = F.grid_sample(mel[:, None], torch.stack([across, down], dim=-1), align_corners=True)[:, 0]
        return warped, steps < lengths[:, None]

    def _add_noise(self, mel: Tensor, heard: Tensor) -> Tensor:
        """Some voices get noise of their own colour, well below their loudest place."""
        noisy = torch.nonzero(_uniform(mel) < self.noisy)[:, 0]
        voices = mel[noisy]
        top = voices.masked_fill(~heard[noisy, :, None], -torch.inf).amax(dim=(1, 2))
        level = top - self.quietest + (self.quietest - self.loudest) * _uniform(voices)
        slope = torch.linspace(-1, 1, mel.shape[2], device=mel.device) * (2 * _uniform(voices)[:, None] - 1)
        noise = (level[:, None] + slope)[:, None] + self.tone * torch.randn_like(voices)
        return mel.index_copy(0, noisy, torch.logaddexp(voices, noise))

    def _dig(self, mel: Tensor, heard: Tensor) -> Tensor:
        """SpecAugment's holes in time and frequency (Park et al. 2019, arXiv:1904.08779), filled with the mean."""
        inside = heard[..., None]
        mean = (mel * inside).sum(dim=(1, 2)) / (inside.sum(dim=(1, 2)) * mel.shape[2])
        hole = torch.zeros_like(mel, dtype=torch.bool)
        for _ in range(self.holes):
            for axis, largest in ((1, self.hole_rows), (2, self.hole_bands)):
                place = torch.arange(mel.shape[axis], device=mel.device)
                size = largest * _uniform(mel)
                end = heard.sum(dim=1) if axis == 1 else torch.full_like(size, mel.shape[2])
                start = (end - size) * _uniform(mel)
                dug = (place >= start[:, None]) & (place < (start + size)[:, None])
                hole |= dug.unsqueeze(3 - axis)
        return torch.where(hole, mean[:, None, None], mel)


def _uniform(rows: Tensor) -> Tensor:
    """(N,) between 0 and 1."""
    return torch.rand(len(rows), device=rows.device)


class VoiceNet(nn.Module):
    """A voice encoder with a classifier of its own, which is thrown away."""

    def __init__(self, mels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.encoder = VoiceEncoder(mels, width, dropout)
        self.classifier = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, len(CONVERSATION_EMOTIONS)))

    def forward(self, mel: Tensor, heard: Tensor) -> Tensor:
        """(N, T, mels), (N, T) -> emotion logits (N, 7)."""
        return self.classifier(self.encoder(mel, heard))


class VoiceDataset(Dataset[tuple[NDArray[np.floating], int]]):
    def __init__(self, mels: Mels, emotions: NDArray[np.int64]) -> None:
        self.mels, self.emotions = mels, emotions

    def __len__(self) -> int:
        return len(self.mels)

    def __getitem__(self, index: int) -> tuple[NDArray[np.floating], int]:
        return self.mels[index], int(self.emotions[index])


def balanced(corpora: NDArray[np.str_]) -> NDArray[np.int64]:
    """Which rows of (N,) ``corpora`` to learn from, by SHARES: some twice, of others every fourth."""
    rows = []
    for corpus in np.unique(corpora):
        of = np.flatnonzero(corpora == corpus)
        share = SHARES.get(corpus, 1.0)
        rows.append(np.repeat(of, round(share)) if share >= 1 else of[:: round(1 / share)])
    return np.concatenate(rows)


def stack(mels: Mels) -> tuple[Tensor, Tensor]:
    """mel (N, T, bands) float32, filled up with zeros, and heard (N, T)."""
    lengths = torch.tensor([len(mel) for mel in mels])
    whole = torch.zeros(len(mels), int(lengths.max()), mels[0].shape[1])
    for row, mel in zip(whole, mels, strict=True):
        row[: len(mel)] = torch.from_numpy(mel.astype(np.float32))
    return whole, torch.arange(whole.shape[1]) < lengths[:, None]


def collate(rows: Sequence[tuple[NDArray[np.floating], int]]) -> tuple[Tensor, Tensor, Tensor]:
    mels, emotions = zip(*rows, strict=True)
    return *stack(mels), torch.tensor(emotions)


def train_voice(
    work: Accelerator, training: VoiceDataset, held_out: VoiceDataset, width: int, plan: Plan, runs: Path
) -> tuple[VoiceEncoder, list[Metrics]]:
    """The encoder after the last epoch, and one row of metrics an epoch; ``held_out`` are other speakers."""
    torch.manual_seed(plan.seed)
    net, change = VoiceNet(training.mels[0].shape[1], width, DROPOUT), VoiceAugment()

    def loss_of(net: nn.Module, batch: tuple[Tensor, Tensor, Tensor], progress: float) -> Tensor:
        mel, heard, emotions = batch
        return F.cross_entropy(net(*change(mel, heard)).float(), emotions, label_smoothing=LABEL_SMOOTHING)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits = encode(work, net, held_out.mels)
        truth = torch.from_numpy(held_out.emotions)
        accuracy = (logits.argmax(dim=1) == truth).float().mean().item()
        return {"val_loss": F.cross_entropy(logits, truth).item(), "val_accuracy": accuracy}

    recipe = {"rows": len(training), "augment": str(change), "label_smoothing": LABEL_SMOOTHING, "dropout": DROPOUT}
    sampler = ByLength([len(mel) for mel in training.mels], plan.batch_size, plan.seed)
    kept, history = fit(work, net, training, loss_of, validate, plan, runs, recipe, sampler, collate)
    return kept.encoder, history  # type: ignore[return-value]


@torch.inference_mode()
def encode(work: Accelerator, net: nn.Module, mels: Mels, change: VoiceAugment | None = None, batch_size: int = 64) -> Tensor:
    """(N, ...) float32 on the CPU: what ``net`` makes of the voices, each changed at random where ``change`` is given."""
    order = sorted(range(len(mels)), key=lambda i: len(mels[i]))
    parts = []
    for start in range(0, len(order), batch_size):
        mel, heard = (part.to(work.device) for part in stack([mels[i] for i in order[start : start + batch_size]]))
        with work.autocast():
            parts.append(net(*(change(mel, heard) if change else (mel, heard))).float().cpu())
    return torch.cat(parts)[torch.tensor(order).argsort()]
