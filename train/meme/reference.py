"""Trains the preset ``reference`` of the meme model: linear layers on pixels and on sentence
embeddings, on one's own CSV.

``python -m train.meme --preset reference --data memes.csv --images FOLDER --out my/meme`` calls
``train_reference``. A fifth of the pictures is kept for validation, chosen by the seed; nothing is
fitted to it, no epoch is chosen on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.model_selection import GroupShuffleSplit
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from mmsent import hub
from mmsent.labels import MEMOTION_ASPECTS
from mmsent.models.reference_meme import SIZE, WIDTH, CombinedNet
from train.common import plots
from train.common.evaluate import evaluate
from train.common.export import line
from train.common.loop import Metrics, Plan, fit
from train.common.problems import summary
from train.common.provenance import origin
from train.meme.csv_data import Meme, read_csv
from train.meme.data import MISSING
from train.meme.reference_plots import draw_curves
from train.plot_model import draw
from train.text.base import PACKAGED, base_folder

PLAN = Plan(epochs=10, batch_size=64, learning_rate=1e-3, optimizer="adam", schedule="constant")
HELD_OUT = 0.2

# pixels (N, 3, SIZE, SIZE) uint8, embeddings (N, D) float32, labels (N, aspects) int64, -1 where
# there is none
Batch = Sequence[Tensor]
COLUMN = {aspect: column for column, aspect in enumerate(MEMOTION_ASPECTS)}
COLOURS = (plots.BLUE, plots.ORANGE, plots.GREEN, plots.GREY, "#cc79a7")
Logits = Mapping[str, Tensor]  # of each aspect, (N, labels)
Aspects = Mapping[str, Sequence[str]]


class MemeDataset(Dataset[Batch]):
    """Memes as tensors: pixels (3, SIZE, SIZE) uint8, the embedding of the text (D,), the labels
    (aspects,) int64."""

    def __init__(self, memes: Sequence[Meme], embeddings: Tensor) -> None:
        """``embeddings`` (N, D) are those of the texts of ``memes``."""
        self.memes, self.embeddings = memes, embeddings

    def __len__(self) -> int:
        return len(self.memes)

    def __getitem__(self, index: int) -> Batch:
        meme = self.memes[index]
        pixels = torch.from_numpy(np.array(meme.picture)).permute(2, 0, 1)
        return pixels, self.embeddings[index], torch.tensor(meme.labels)


def train_reference(
    accelerator: Accelerator,
    data: Path,
    images: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = PACKAGED,
) -> dict[str, Any]:
    """Trains on the memes of the CSV file ``data`` (see ``read_csv``), whose images lie in
    ``images``, and returns what metrics.json says.

    ``out`` gets config.json, the weights, metrics.json and plots, among them the graph of the net;
    ``runs`` the state to resume from. ``text_model`` is any model of sentence-transformers, a name
    on the Hub or a folder; the default is all-MiniLM-L6-v2, from its package. Raises ValueError
    where ``data`` holds too little, hub.CheckpointError where the text model can't be had.
    """
    memes, problems = read_csv(data, images, SIZE)
    if problems:
        accelerator.print(summary(problems, "rows are left out or in doubt"))
    parts = _split(memes, plan.seed)
    aspects = {
        aspect: labels
        for aspect, labels in MEMOTION_ASPECTS.items()
        if _can_be_learnt(aspect, *parts)
    }
    if not aspects:
        raise ValueError(
            f"{data}: {len(memes)} usable memes, too few to learn and check one aspect with two "
            "different labels."
        )
    embeddings = embed(
        [meme.text for part in parts for meme in part], text_model, accelerator.device
    )
    training, held_out = map(MemeDataset, parts, embeddings.split([len(part) for part in parts]))
    text_width = embeddings.shape[1]
    torch.manual_seed(plan.seed)
    net = CombinedNet(SIZE, text_width, aspects)
    recipe = {"text_model": text_model, "rows": len(memes), "aspects": list(aspects)}

    def loss_of(net: nn.Module, batch: Batch, progress: float) -> Tensor:
        pixels, embeddings, labels = batch
        return torch.stack(list(losses_of(net(pixels, embeddings), labels).values())).mean()

    def validate(net: nn.Module, epoch: int) -> Metrics:
        return scores_of(*predict(accelerator, net, held_out, plan.batch_size))

    trained_net, history = fit(accelerator, net, training, loss_of, validate, plan, runs, recipe)
    if accelerator.is_main_process:
        source = f"{data.name} ({len(training):,} rows)"
        config = _config(aspects, text_width, plan, text_model)
        config["training"] |= {"data": source} | origin(history)
        hub.save_checkpoint(out, trained_net, config)
    accelerator.wait_for_everyone()
    hub.load_weights(trained_net, out)  # what is scored is what was written, in half precision
    logits, labels = predict(accelerator, trained_net, held_out, plan.batch_size)
    metrics: dict[str, Any] = {"validation": {}, "history": history}
    figures = {
        "training_curves": plots.training_curves(history),
        "aspect_curves": draw_curves(history, list(aspects)),
    }
    for aspect, known, truth in _labelled(logits, labels):
        probs = known.softmax(1).numpy()
        metrics["validation"][aspect] = evaluate(
            probs, truth.numpy(), aspects[aspect], threshold=0.0
        )
        figures[f"confusion_{aspect}"] = plots.confusion(
            truth.numpy(), probs.argmax(1), aspects[aspect], aspect
        )
    if accelerator.is_main_process:
        plots.write_plots(out / "plots", figures)
        pixels, embeddings, _ = next(iter(DataLoader(training)))
        graph = draw(
            trained_net.cpu(), {"pixels": pixels, "embeddings": embeddings}, "meme-reference"
        )
        (out / "plots" / "model.svg").write_text(graph, encoding="utf-8")
        metrics = hub.save_metrics(out, metrics)
        for aspect, scores in metrics["validation"].items():
            print(line(f"validation {aspect}", scores))
    return metrics


def embed(texts: Sequence[str], text_model: str, device: torch.device) -> Tensor:
    """Their embeddings (N, D) float32 on the CPU. Raises hub.CheckpointError where the model can't
    be had."""
    from sentence_transformers import SentenceTransformer  # here, since it takes long to load

    try:
        model = SentenceTransformer(base_folder(text_model), device=str(device))
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"The text model “{text_model}” can't be had ({str(error).splitlines()[0]}): go "
            "online, or name a local folder of "
            "sentence-transformers with --text-model."
        ) from None
    return torch.from_numpy(model.encode(list(texts), show_progress_bar=False)).float()


def losses_of(logits: Logits, labels: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of each aspect, mean over the rows of (N, aspects) ``labels`` that have one; 0
    where none has."""
    losses = {}
    for aspect, scores in logits.items():
        truth = labels[:, COLUMN[aspect]]
        total = F.cross_entropy(scores.float(), truth, ignore_index=MISSING, reduction="sum")
        losses[aspect] = total / (truth != MISSING).sum().clamp(min=1)
    return losses


def scores_of(logits: Logits, labels: Tensor) -> Metrics:
    """Loss and accuracy of each aspect over the rows of (N, aspects) ``labels`` that have one, and
    their means."""
    losses = {aspect: loss.item() for aspect, loss in losses_of(logits, labels).items()}
    right = {
        aspect: (scores.argmax(1) == truth).float().mean().item()
        for aspect, scores, truth in _labelled(logits, labels)
    }
    means = {
        "val_loss": float(np.mean(list(losses.values()))),
        "val_accuracy": float(np.mean(list(right.values()))),
    }
    each = {f"val_loss_{aspect}": loss for aspect, loss in losses.items()}
    return means | each | {f"val_accuracy_{aspect}": share for aspect, share in right.items()}


@torch.inference_mode()
def predict(
    accelerator: Accelerator, net: nn.Module, data: MemeDataset, batch_size: int
) -> tuple[Logits, Tensor]:
    """The logits of each aspect (N, labels) float32, and the labels (N, aspects), on the CPU in the
    order of ``data``."""
    parts, labels = [], []
    for pixels, embeddings, truth in accelerator.prepare(DataLoader(data, batch_size)):
        with accelerator.autocast():
            logits = net(pixels, embeddings)
        logits, truth = accelerator.gather_for_metrics((logits, truth))
        parts.append({aspect: scores.float().cpu() for aspect, scores in logits.items()})
        labels.append(truth.cpu())
    return {aspect: torch.cat([part[aspect] for part in parts]) for aspect in parts[0]}, torch.cat(
        labels
    )


def _split(memes: Sequence[Meme], seed: int) -> tuple[list[Meme], list[Meme]]:
    """Training and validation; memes that are the same picture go to the same side."""
    pictures = [sha256(meme.picture.tobytes()).hexdigest() for meme in memes]
    if len(set(pictures)) < 2:
        return list(memes), []
    parts = next(
        GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed).split(memes, groups=pictures)
    )
    training, held_out = ([memes[row] for row in part] for part in parts)
    return training, held_out


def _can_be_learnt(aspect: str, training: Sequence[Meme], held_out: Sequence[Meme]) -> bool:
    learnt, asked = (
        {meme.labels[COLUMN[aspect]] for meme in part} - {MISSING} for part in (training, held_out)
    )
    return len(learnt) > 1 and len(asked) > 0


def _labelled(logits: Logits, labels: Tensor) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Each aspect with the logits and the labels of the rows that have one."""
    for aspect, scores in logits.items():
        truth = labels[:, COLUMN[aspect]]
        yield aspect, scores[truth != MISSING], truth[truth != MISSING]


def _config(aspects: Aspects, text_width: int, plan: Plan, text_model: str) -> hub.Config:
    recipe = asdict(plan)
    epochs, seed = recipe.pop("epochs"), recipe.pop("seed")
    training = {"preset": "reference", "seed": seed, "epochs": epochs, "recipe": recipe}
    return {
        "task": "meme-reference",
        "architecture": {"size": SIZE, "text_width": text_width, "width": WIDTH},
        "labels": {aspect: list(labels) for aspect, labels in aspects.items()},
        "preprocessing": {"text_model": text_model},
        "training": training,
    }
