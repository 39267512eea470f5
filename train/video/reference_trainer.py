"""The training loop of the video preset ``reference``."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import accuracy_score, precision_score
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from tqdm.auto import tqdm

from mmsent.atomic import atomic_write
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.reference_video import (
    ReferenceVideoNet,
    class_weights,
)
from train.common.loop import OTHER_SETTINGS, Metrics, Plan
from train.video.data import cache_key

# epochs without a lower validation loss after which the learning rate falls to a tenth
PATIENCE = 2
LABEL_SMOOTHING = 0.05
ALL = (True, True, True)  # words, voice and picture are given
LABELS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}


class Trainer:
    """Adam, both losses added, labels weighted by their rarity, a lower learning rate where the
    validation loss stands still.

    Its state is written to ``file`` after every epoch; with the same arguments it goes on from
    there.
    """

    def __init__(
        self,
        work: Accelerator,
        net: ReferenceVideoNet,
        training: TensorDataset,
        held_out: TensorDataset,
        plan: Plan,
        file: Path,
    ) -> None:
        self.work, self.net, self.plan, self.file = work, net.to(work.device), plan, file
        self.training, self.held_out = training, held_out
        labels = training.tensors[-len(LABELS) :]
        self.weights = [
            class_weights(truth, len(names)).to(work.device)
            for truth, names in zip(labels, LABELS.values(), strict=True)
        ]
        self.optimizer = torch.optim.Adam(
            net.parameters(), plan.learning_rate, weight_decay=plan.weight_decay
        )
        self.scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimizer, patience=PATIENCE
        )
        self.identity = cache_key(plan, len(training), len(held_out))
        self.history: list[Metrics] = []
        self.best: dict[str, Tensor] = {}

    def fit(self) -> list[Metrics]:
        """Trains the net, gives it the weights of its best epoch, and returns one row of metrics an
        epoch."""
        self._resume()
        for epoch in range(len(self.history), self.plan.epochs):
            torch.manual_seed(self.plan.seed * 1000 + epoch)
            start = time.monotonic()
            row = (
                self.train_epoch(epoch)
                | {"lr": self.optimizer.param_groups[0]["lr"]}
                | self.evaluate()
            )
            self.scheduler.step(row["val_loss"])
            if row["val_loss"] < min(
                (past["val_loss"] for past in self.history), default=float("inf")
            ):
                self.best = {name: value.clone() for name, value in self.net.state_dict().items()}
            self.history.append(row | {"seconds": time.monotonic() - start})
            self.work.log(row, step=epoch)
            self.work.print(
                "  ".join(f"{name} {value:.4f}" for name, value in row.items()), flush=True
            )
            self._save()
        self.net.load_state_dict(self.best)
        return self.history

    def train_epoch(self, epoch: int) -> Metrics:
        """One pass over the training rows; losses, and precision and accuracy of what was said
        meanwhile."""
        self.net.train()
        size = self.plan.batch_size
        batches = DataLoader(self.training, size, shuffle=True, drop_last=len(self.training) > size)
        steps = []
        for batch in tqdm(batches, f"epoch {epoch + 1}/{self.plan.epochs}", mininterval=2):
            losses, logits, labels = self._step(batch)
            self.optimizer.zero_grad()
            torch.stack(losses).sum().backward()
            self.optimizer.step()
            steps.append((losses, logits, labels))
        return _scores(steps)

    def evaluate(self) -> Metrics:
        """The same scores of the validation rows, their names after "val_"; ``val_accuracy`` is
        that of the emotion."""
        losses, logits, labels = self.predict(self.held_out)
        scores = {
            f"val_{name}": score
            for name, score in _scores([(losses, logits.values(), labels.values())]).items()
        }
        return scores | {"val_accuracy": scores["val_emotion_accuracy"]}

    @torch.inference_mode()
    def predict(
        self, rows: TensorDataset, given: tuple[bool, bool, bool] = ALL
    ) -> tuple[list[Tensor], dict[str, Tensor], dict[str, Tensor]]:
        """The two losses, and by task logits (N, C) and labels (N,) on the CPU; ``given`` says
        whether words, voice and picture are, or the averages of the training rows."""
        self.net.eval()
        logits: dict[str, list[Tensor]] = {task: [] for task in LABELS}
        labels: dict[str, list[Tensor]] = {task: [] for task in LABELS}
        for batch in DataLoader(rows, 256):
            _, batch_logits, batch_labels = self._step(batch, given)
            for task, some_logits, some_labels in zip(
                LABELS, batch_logits, batch_labels, strict=True
            ):
                logits[task].append(some_logits)
                labels[task].append(some_labels)
        all_logits = {task: torch.cat(parts) for task, parts in logits.items()}
        all_labels = {task: torch.cat(parts) for task, parts in labels.items()}
        losses = self._losses(all_logits.values(), all_labels.values())
        return (
            losses,
            {task: part.cpu() for task, part in all_logits.items()},
            {task: part.cpu() for task, part in all_labels.items()},
        )

    def _step(
        self, batch: Sequence[Tensor], given: tuple[bool, bool, bool] = ALL
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        text, picture, sound, *labels = (tensor.to(self.work.device) for tensor in batch)
        words, voice, seen = (torch.full_like(labels[0], side, dtype=torch.bool) for side in given)
        sides = (text, words, picture[:, None], seen[:, None], sound.float(), voice)
        logits = list(self.net(*sides))
        return self._losses(logits, labels), logits, labels

    def _losses(self, logits: Iterable[Tensor], labels: Iterable[Tensor]) -> list[Tensor]:
        triples = zip(logits, labels, self.weights, strict=True)
        return [
            F.cross_entropy(x, truth, weight, label_smoothing=LABEL_SMOOTHING)
            for x, truth, weight in triples
        ]

    def _resume(self) -> None:
        if not self.file.exists():
            return
        state = torch.load(self.file, map_location=self.work.device, weights_only=True)
        if state["identity"] != self.identity:
            raise ValueError(OTHER_SETTINGS.format(self.file))
        for part in ("net", "optimizer", "scheduler"):
            getattr(self, part).load_state_dict(state[part])
        self.history, self.best = state["history"], state["best"]

    def _save(self) -> None:
        state = {
            part: getattr(self, part).state_dict() for part in ("net", "optimizer", "scheduler")
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.file) as fresh:
            torch.save(
                state | {"identity": self.identity, "history": self.history, "best": self.best},
                fresh,
            )


def _scores(
    batches: Sequence[tuple[Sequence[Tensor], Iterable[Tensor], Iterable[Tensor]]],
) -> Metrics:
    """Mean losses, and precision (weighted by label) and accuracy of each task, of batches (losses,
    logits, labels by task)."""
    losses = torch.stack([torch.stack(list(losses)).detach() for losses, _, _ in batches]).mean(0)
    metrics = {"loss": losses.sum().item()}
    logits = [torch.cat(parts) for parts in zip(*(part for _, part, _ in batches), strict=True)]
    truths = [torch.cat(parts) for parts in zip(*(part for _, _, part in batches), strict=True)]
    guesses = [part.argmax(dim=1) for part in logits]
    for task, loss, guess, truth in zip(LABELS, losses, guesses, truths, strict=True):
        pair = truth.cpu().numpy(), guess.cpu().numpy()
        metrics[f"{task}_loss"] = loss.item()
        metrics[f"{task}_precision"] = float(
            precision_score(*pair, average="weighted", zero_division=0)
        )
        metrics[f"{task}_accuracy"] = float(accuracy_score(*pair))
    return metrics
