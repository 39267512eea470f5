"""Training of one meme net on encoded rows, and what it answers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import Tensor, nn

from mmsent.calibrate import fit_label_priors
from mmsent.labels import segments
from mmsent.models.meme import MemeNet
from train.common.evaluate import Labels
from train.common.loop import Metrics, Plan, fit
from train.meme.data import MISSING, Aspects, Features

DROP = 0.1  # share of rows that lose their text, and share that lose their picture


@dataclass(frozen=True)
class Run:
    """One trained net with what its validation rows gave."""

    net: nn.Module
    seed: int
    history: list[Metrics]

    @property
    def score(self) -> float:
        """Mean macro-F1 of the aspects after the last epoch."""
        return self.history[-1]["val_macro_f1"]


def train_one(
    work: Accelerator,
    training: Features,
    validation: Features,
    plan: Plan,
    runs: Path,
    aspects: Aspects,
) -> Run:
    """Trains one net on encoded rows; logs macro-F1 of each aspect on the validation rows after
    each epoch."""
    torch.manual_seed(plan.seed)
    net = MemeNet(training.text.shape[1], training.image.shape[1], aspects)

    def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
        text, has_text, image, labels = batch
        chance = torch.rand(len(text), device=text.device)
        logits = net(text, has_text & (chance > DROP), image, chance < 1 - DROP).float()
        return masked_loss(logits, labels, aspects)

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits, labels = predict(work, net, validation), validation.labels
        scores = macro_f1(logits, labels, aspects)
        right = [
            (logits[:, place].argmax(1) == labels[:, i]).float().mean()
            for i, place in enumerate(segments(aspects).values())
        ]
        return {
            "val_loss": masked_loss(logits, labels, aspects).item(),
            "val_accuracy": float(torch.stack(right).mean()),
            "val_macro_f1": float(np.mean(list(scores.values()))),
        } | {f"val_{aspect}": score for aspect, score in scores.items()}

    folder = runs / f"seed-{plan.seed}"
    kept, history = fit(work, net, training.rows(), loss_of, validate, plan, folder, {"drop": DROP})
    return Run(kept, plan.seed, history)


def masked_loss(logits: Tensor, labels: Tensor, aspects: Aspects) -> Tensor:
    """Cross-entropy, mean over the aspects, of the rows that have a label of the aspect."""
    losses = [
        F.cross_entropy(logits[:, place], labels[:, column], ignore_index=MISSING, reduction="sum")
        / (labels[:, column] != MISSING).sum().clamp(min=1)
        for column, place in enumerate(segments(aspects).values())
    ]
    return torch.stack(losses).mean()


@torch.inference_mode()
def predict(work: Accelerator, net: nn.Module, rows: Features) -> Tensor:
    """(N, all labels) float32 logits on the CPU."""
    inputs = (rows.text, rows.has_text, rows.image, torch.ones_like(rows.has_text))
    with work.autocast():
        return net(*(tensor.to(work.device) for tensor in inputs)).float().cpu()


def answers(logits: Tensor, labels: Tensor, aspects: Aspects) -> dict[str, tuple[Labels, Labels]]:
    """Truth and answer of each aspect, over the rows that have a label of it, each label answered
    as often as it occurs."""
    found = {}
    for column, (aspect, place) in enumerate(segments(aspects).items()):
        known = labels[:, column] != MISSING
        truth, rows = labels[known, column].numpy(), logits[known, place].numpy()
        found[aspect] = (
            truth,
            (rows + fit_label_priors(rows, shares_of(truth, rows.shape[1]))).argmax(axis=1),
        )
    return found


def macro_f1(logits: Tensor, labels: Tensor, aspects: Aspects) -> dict[str, float]:
    """Of each aspect, for its ``answers``."""
    scores = {}
    for aspect, (truth, guess) in answers(logits, labels, aspects).items():
        classes = range(len(aspects[aspect]))
        scores[aspect] = float(
            f1_score(truth, guess, labels=classes, average="macro", zero_division=0)
        )
    return scores


def shares_of(labels: Labels, classes: int) -> NDArray[np.float64]:
    """(classes,) how often each occurs, none quite never."""
    counts = np.bincount(labels, minlength=classes) + 0.5
    return counts / counts.sum()
