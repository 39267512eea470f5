"""Trains the preset ``reference`` of the video model, on MELD as it is published: utterances and a
clip of each.

``python -m train.video --preset reference --data MELD.Raw --out my/video`` calls
``train_reference``. The frozen encoders run once a clip; what they give, and the log-mel, is kept
below ``runs``, so that every epoch after that takes seconds.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import accuracy_score, precision_score
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from tqdm.auto import tqdm
from transformers import BertModel, BertTokenizer

from mmsent import hub
from mmsent.atomic import atomic_write
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.reference_video import (
    FRAME_SIDE,
    MEAN,
    STD,
    FrozenEncoders,
    ReferenceVideoNet,
    class_weights,
)
from train.common import plots
from train.common.evaluate import evaluate
from train.common.loop import Metrics, Plan
from train.common.provenance import origin
from train.video.data import cache_key
from train.video.meld_raw import FRAMES, MAX_LENGTH, MELS, ROWS, encode_part

TEXT_MODEL = "bert-base-uncased"
PLAN = Plan(
    epochs=25,
    batch_size=16,
    learning_rate=1e-4,
    optimizer="adam",
    schedule="constant",
    weight_decay=1e-5,
)
# epochs without a lower validation loss after which the learning rate falls to a tenth
PATIENCE = 2
LABEL_SMOOTHING = 0.05
LABELS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}
PARTS = ("train", "dev", "test")


def train_reference(
    work: Accelerator,
    data: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = TEXT_MODEL,
    pretrained: bool = True,
) -> dict[str, Any]:
    """Trains on the folder ``data`` (see ``read_meld``), in one process, and returns what
    metrics.json says.

    ``out`` gets the checkpoint of the epoch with the lowest validation loss, metrics.json and
    plots. ``text_model`` is a BERT with its tokenizer, a name on the Hub or a folder;
    ``pretrained`` False leaves R3D-18 at random. Raises ValueError where ``data`` lacks something,
    hub.CheckpointError where an encoder can't be had.
    """
    encoders, tokenizer = _encoders(text_model, pretrained)
    encoders.to(work.device)
    cache = runs / f"cache-{cache_key(text_model, pretrained)}"
    parts = {part: encode_part(work, data, part, encoders, tokenizer, cache) for part in PARTS}
    torch.manual_seed(plan.seed)
    net = ReferenceVideoNet(parts["train"].tensors[0].shape[1], MELS)
    trainer = Trainer(work, net, parts["train"], parts["dev"], plan, runs / "state.pt")
    history = trainer.fit()
    hub.save_checkpoint(out, net, _config(net, plan, text_model, len(parts["train"]), history))
    hub.load_weights(net, out)  # what is scored is what was written, in half precision
    metrics: dict[str, Any] = {"history": history}
    figures = {"training_curves": plots.training_curves(history)}
    for part, name in (("dev", "validation"), ("test", "test")):
        _, logits, truth = trainer.predict(parts[part])
        metrics[name] = {}
        for task, names in LABELS.items():
            probs, labels = logits[task].softmax(dim=1).numpy(), truth[task].numpy()
            metrics[name][task] = evaluate(probs, labels, names, threshold=0.0)
            figures[f"confusion_{task}_{name}"] = plots.confusion(
                labels, probs.argmax(1), names, f"{task}, {name}"
            )
    plots.write_plots(out / "plots", figures)
    return hub.save_metrics(out, metrics)


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
        seen = []
        for batch in tqdm(batches, f"epoch {epoch + 1}/{self.plan.epochs}", mininterval=2):
            losses, logits, labels = self._step(batch)
            self.optimizer.zero_grad()
            torch.stack(losses).sum().backward()
            self.optimizer.step()
            seen.append((losses, logits, labels))
        return _scores(seen)

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
        self, rows: TensorDataset
    ) -> tuple[list[Tensor], dict[str, Tensor], dict[str, Tensor]]:
        """The two losses, and by task logits (N, C) and labels (N,) on the CPU."""
        self.net.eval()
        parts = [self._step(batch)[1:] for batch in DataLoader(rows, 256)]
        logits = [torch.cat(column) for column in zip(*(part[0] for part in parts), strict=True)]
        labels = [torch.cat(column) for column in zip(*(part[1] for part in parts), strict=True)]
        losses = self._losses(logits, labels)
        return losses, *(  # type: ignore[return-value]
            dict(zip(LABELS, (x.cpu() for x in column), strict=True)) for column in (logits, labels)
        )

    def _step(self, batch: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        text, video, mel, *labels = (tensor.to(self.work.device) for tensor in batch)
        logits = list(self.net(text, video, mel.float()))
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
            raise ValueError(
                f"{self.file} was written by a run with other settings; pass another --runs or "
                "delete it to start again"
            )
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


def _scores(seen: Sequence[tuple[Sequence[Tensor], Iterable[Tensor], Iterable[Tensor]]]) -> Metrics:
    """Of batches (losses, logits, labels by task): mean losses, and precision (weighted by label)
    and accuracy."""
    losses = torch.stack([torch.stack(list(batch[0])).detach() for batch in seen]).mean(dim=0)
    metrics = {"loss": losses.sum().item()}
    guesses = [
        torch.cat(column)
        for column in zip(*([x.argmax(dim=1) for x in batch[1]] for batch in seen), strict=True)
    ]
    truths = [torch.cat(column) for column in zip(*(list(batch[2]) for batch in seen), strict=True)]
    for task, loss, guess, truth in zip(LABELS, losses, guesses, truths, strict=True):
        pair = truth.cpu().numpy(), guess.cpu().numpy()
        metrics[f"{task}_loss"] = loss.item()
        metrics[f"{task}_precision"] = float(
            precision_score(*pair, average="weighted", zero_division=0)
        )
        metrics[f"{task}_accuracy"] = float(accuracy_score(*pair))
    return metrics


def _encoders(text_model: str, pretrained: bool) -> tuple[FrozenEncoders, BertTokenizer]:
    try:
        return FrozenEncoders(
            BertModel.from_pretrained(text_model), pretrained
        ), BertTokenizer.from_pretrained(text_model)
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"BERT from “{text_model}” or R3D-18 from torchvision can't be had "
            f"({str(error).splitlines()[0]}): go online, or "
            "name a local folder of transformers with --text-model (weights and tokenizer)."
        ) from None


def _config(
    net: ReferenceVideoNet, plan: Plan, text_model: str, rows: int, history: Sequence[Metrics]
) -> hub.Config:
    recipe = asdict(plan) | {"patience": PATIENCE, "label_smoothing": LABEL_SMOOTHING}
    return {
        "task": "video-reference",
        "architecture": {"text_width": net.text_projection.in_features, "mels": MELS},
        "labels": {task: list(names) for task, names in LABELS.items()},
        "encoders": {
            "text": {"source": text_model},
            "video": {"source": "torchvision r3d_18, KINETICS400_V1"},
        },
        "preprocessing": {
            "max_length": MAX_LENGTH,
            "frames": FRAMES,
            "size": FRAME_SIDE,
            "mean": MEAN,
            "std": STD,
            "mel_rows": ROWS,
        },
        "training": {
            "preset": "reference",
            "data": f"MELD ({rows:,} rows)",
            "recipe": recipe,
            **origin(history),
        },
    }
