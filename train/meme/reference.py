"""Trains the preset ``reference`` of the meme model: linear layers on pixels and on sentence
embeddings, on one's own CSV.

``python -m train.meme --preset reference --data memes.csv --images FOLDER`` calls
``train_reference``. A fifth of the pictures is kept for validation, chosen by the seed; no epoch is
chosen on it, only the temperatures and the thresholds of "not sure" are.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mmsent import hub
from mmsent.labels import MEMOTION_ASPECTS
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from train.common.inside import save_image_encoder
from train.common.loop import Metrics, Plan, fit
from train.common.model_graph import draw
from train.common.problems import summary
from train.common.provenance import origin
from train.meme.csv_data import read_csv
from train.meme.data import MISSING
from train.meme.export import export_meme
from train.meme.reference_data import (
    COLUMN,
    Batch,
    Logits,
    MemeDataset,
    can_be_learnt,
    embed,
    labelled,
    split,
)
from train.meme.reference_group import own_group
from train.meme.reference_net import SIZE, ReferenceNet
from train.meme.sentence_encoder import sentence_encoder
from train.meme.words import Words
from train.text.base import PACKAGED

PLAN = Plan(epochs=10, batch_size=64, learning_rate=1e-3, optimizer="adam", schedule="constant")


def train_reference(
    accelerator: Accelerator,
    data: Path,
    images: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = PACKAGED,
) -> Metrics:
    """Trains on the memes of the CSV file ``data`` (see ``read_csv``), whose images lie in
    ``images``, and returns what metrics.json says, nothing in other processes than the main one.

    ``out`` gets a whole checkpoint, with the encoder inside and the graph of the net among its plots;
    ``runs`` the state to resume from. ``text_model`` is a model of sentence-transformers that averages
    its tokens, a name on the Hub or a folder; the default is all-MiniLM-L6-v2, from its package. Raises
    ValueError where ``data`` holds too little, hub.CheckpointError where the text model can't be had.
    """
    memes, problems = read_csv(data, images, SIZE)
    if problems:
        accelerator.print(summary(problems, "rows are left out or in doubt"))
    parts = split(memes, plan.seed)
    aspects = {
        aspect: labels
        for aspect, labels in MEMOTION_ASPECTS.items()
        if can_be_learnt(aspect, *parts)
    }
    if not aspects:
        raise ValueError(
            f"{data}: {len(memes)} usable memes, too few to learn and check one aspect with two "
            "different labels."
        )
    encoder = sentence_encoder(text_model)
    if accelerator.is_main_process:
        encoder.save(runs, runs / "tokenizer")
    accelerator.wait_for_everyone()
    # as the page will read: from the file, in half precision
    text = TextFeatures(runs / hub.INSIDE / "text", str(accelerator.device))
    training, held_out = (MemeDataset(part, embed(part, text)) for part in parts)
    torch.manual_seed(plan.seed)
    net = ReferenceNet(SIZE, text.width, aspects)
    recipe = {"text_model": text_model, "rows": len(memes), "aspects": list(aspects)}

    def loss_of(net: nn.Module, batch: Batch, progress: float) -> Tensor:
        pixels, embeddings, labels = batch
        return torch.stack(list(losses_of(net(pixels, embeddings), labels).values())).mean()

    def validate(net: nn.Module, epoch: int) -> Metrics:
        return scores_of(*predict(accelerator, net, held_out, plan.batch_size))

    kept, history = fit(accelerator, net, training, loss_of, validate, plan, runs, recipe)
    if not accelerator.is_main_process:
        return {}
    assert isinstance(kept, ReferenceNet)
    encoder.save(out, runs / "tokenizer")
    save_image_encoder(out, kept.cpu().image, kept.architecture, SIZE, "nothing: it has no weights")
    facts = {
        "preset": "reference",
        "data": f"{data.name} ({len(training):,} rows)",
        "start": {"text": text_model},
        **origin(history),
        "recipe": asdict(plan),
    }
    group = own_group(kept, aspects, training, held_out, history)
    image = ImageFeatures(out / hub.INSIDE / "image", str(accelerator.device))
    metrics = export_meme({"own": group}, Words(), text, image, out, facts)
    _draw_net(kept, training, out)
    return metrics


def _draw_net(net: ReferenceNet, training: MemeDataset, out: Path) -> None:
    """Its graph, as a picture that can be enlarged: not one of the figures that are published."""
    pixels, embeddings, _ = next(iter(DataLoader(training)))
    graph = draw(net, {"pixels": pixels, "embeddings": embeddings}, "meme-reference")
    (out / "plots" / "model.svg").write_text(graph, encoding="utf-8")


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
        for aspect, scores, truth in labelled(logits, labels)
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
