"""Trains the presets ``reference`` and ``reference-patches`` of the review model: BERT and CLIP,
fine-tuned on one's own CSV.

``python -m train.review --preset reference --data reviews.csv`` calls ``train_reference``. A fifth
of the rows is kept for validation, chosen by the seed; no epoch is chosen on it, only the
temperature and the threshold of "not sure" are.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import BertTokenizer

from mmsent import hub
from mmsent.labels import SENTIMENTS
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.text import Windows
from train.common import plots
from train.common.evaluate import ABSENT
from train.common.inside import bert_tokenizer, save_image_encoder, save_text_encoder
from train.common.loop import Metrics, Plan, fit
from train.common.provenance import origin
from train.review.export import export_review
from train.review.reference_data import Batch, ReviewDataset, collate
from train.review.reference_net import DROPOUT, Kind, ReferenceNet, from_hub
from train.review.reference_plots import COUNT, draw_attention
from train.review.reference_rows import part_of, read_rows

PRESETS: tuple[Kind, ...] = get_args(Kind)
TEXT_MODEL = "bert-base-uncased"
IMAGE_MODEL = "openai/clip-vit-base-patch32"
PLAN = Plan(
    epochs=3,
    batch_size=16,
    learning_rate=2e-5,
    optimizer="adamw",
    schedule="constant",
    weight_decay=0.01,
)
MAX_LENGTH = 128  # tokens; of longer texts only so many are learned from
HELD_OUT = 0.2
# processes that open and shrink photos beside the training; two cores have none to spare
WORKERS = min(8, max(0, (os.cpu_count() or 1) // 2 - 1))


def train_reference(
    accelerator: Accelerator,
    preset: Kind,
    data: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = TEXT_MODEL,
    image_model: str = IMAGE_MODEL,
    figures: int = COUNT,
) -> dict[str, Any]:
    """Trains ``preset`` on the reviews in ``data`` (see ``read_reviews``; a row needs a photo and a
    label) and returns what metrics.json says, nothing in other processes than the main one.

    ``out`` gets a whole checkpoint, with both encoders inside; ``runs`` the state to resume from and
    the figure of the attention to ``figures`` photos, which are the reviewers'. ``text_model`` is a BERT with its
    tokenizer, ``image_model`` a CLIP: a name on the Hub or a folder. Raises ValueError where
    ``data`` holds too little or other labels than SENTIMENTS, hub.CheckpointError where an encoder
    can't be had.
    """
    rows, learnt = read_rows(accelerator, data)
    torch.manual_seed(plan.seed)
    net, tokenizer = _pretrained(preset, text_model, image_model)
    if accelerator.is_main_process:
        tokenizer.save_pretrained(runs / "tokenizer")
    accelerator.wait_for_everyone()
    size: int = net.shapes["image"]["clip"]["image_size"]
    length = min(MAX_LENGTH, net.text.encoder.longest)
    windows = Windows(runs / "tokenizer" / "tokenizer.json", length)
    learning, kept_out = train_test_split(rows, test_size=HELD_OUT, random_state=plan.seed)
    training, held_out = (
        ReviewDataset(part, windows, length, net.text.encoder.padding, size)
        for part in (learning, kept_out)
    )
    absent = torch.tensor([0.0 if label in learnt else ABSENT for label in SENTIMENTS])

    def loss_of(net: nn.Module, batch: Batch, progress: float) -> Tensor:
        logits = net(batch["ids"], batch["read"], batch["pixels"])[0].float()
        return F.cross_entropy(logits + absent.to(logits.device), batch["label"])

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits, truth = predict(accelerator, net, held_out, plan.batch_size)
        logits = logits + absent
        return {"val_loss": F.cross_entropy(logits, truth).item()} | _scores(
            truth, logits.argmax(1), [SENTIMENTS.index(label) for label in learnt]
        )

    start = {"text": text_model, "image": image_model}
    recipe = {"preset": preset, "start": start, "labels": learnt, "rows": len(rows)}
    kept, history = fit(
        accelerator,
        net,
        training,
        loss_of,
        validate,
        plan,
        runs,
        recipe,
        collate=collate,
        workers=WORKERS,
    )
    if not accelerator.is_main_process:
        return {}
    assert isinstance(kept, ReferenceNet)
    figure = draw_attention(accelerator, kept, preset, held_out, learnt, figures)
    plots.write_plots(runs / "plots", {f"attention_{preset}": figure})
    named = save_encoders(kept.cpu(), out, length, size, runs / "tokenizer", start)
    config = _config(kept, named, preset, plan, history, f"{data.name} ({len(training):,} rows)")
    config["training"]["start"] = start
    folder = out / hub.INSIDE
    device = str(accelerator.device)
    encoders = TextFeatures(folder / "text", device), ImageFeatures(folder / "image", device)
    parts = {"train": part_of(learning), "val": part_of(kept_out, size)}
    return export_review(
        kept.head, config, {"own": parts}, history, runs, out, encoders, learnt=learnt, lift=False
    )


def save_encoders(
    net: ReferenceNet, out: Path, length: int, size: int, tokenizer: Path, start: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Writes the encoders of ``net`` into the checkpoint ``out`` and returns what its config says of
    them."""
    text = save_text_encoder(out, net.text, net.shapes["text"], length, tokenizer, start["text"])
    image = save_image_encoder(out, net.image, net.shapes["image"], size, start["image"])
    return {"text": text, "image": image}


def _pretrained(
    preset: Kind, text_model: str, image_model: str
) -> tuple[ReferenceNet, BertTokenizer]:
    try:
        net = from_hub(preset, text_model, image_model)
        tokenizer = bert_tokenizer(text_model, net.text.encoder.vocabulary)
    except (OSError, ValueError, RuntimeError) as error:
        raise hub.CheckpointError(
            f"BERT from “{text_model}” or CLIP from “{image_model}” can't be had "
            f"({str(error).splitlines()[0]}): go online, "
            "or name local folders of transformers with --text-model (weights and tokenizer) and "
            "--image-model (weights)."
        ) from None
    return net, tokenizer


@torch.inference_mode()
def predict(
    accelerator: Accelerator, net: nn.Module, data: ReviewDataset, batch_size: int
) -> tuple[Tensor, Tensor]:
    """(N, C) float32 logits and (N,) labels on the CPU in the order of ``data``, without photos
    that can't be opened."""
    parts = []
    for batch in accelerator.prepare(
        DataLoader(data, batch_size, collate_fn=collate, num_workers=WORKERS)
    ):
        with accelerator.autocast():
            logits, _ = net(batch["ids"], batch["read"], batch["pixels"])
        # each process may have lost another number of photos; label -1 marks what only fills up
        filled = accelerator.pad_across_processes((logits.float(), batch["label"]), pad_index=-1)
        parts.append([part.cpu() for part in accelerator.gather_for_metrics(filled)])
    logits, labels = (torch.cat(part) for part in zip(*parts, strict=True))
    return logits[labels >= 0], labels[labels >= 0]


def _scores(truth: Tensor, predicted: Tensor, learnt: Sequence[int]) -> Metrics:
    """Accuracy, and precision, recall and F1 as plain means over the labels that were learnt."""
    macro = precision_recall_fscore_support(
        truth, predicted, labels=learnt, average="macro", zero_division=0
    )
    scores = {
        name: float(score)
        for name, score in zip(("val_precision", "val_recall", "val_f1"), macro[:3], strict=True)
    }
    return {"val_accuracy": (predicted == truth).float().mean().item()} | scores


def _config(
    net: ReferenceNet,
    encoders: dict[str, dict[str, str]],
    preset: Kind,
    plan: Plan,
    history: Sequence[Metrics],
    data: str,
) -> hub.Config:
    """What ``config.json`` says before calibration."""
    return {
        "task": "review",
        "architecture": net.shapes["head"],
        "labels": list(SENTIMENTS),
        "modes": ["both"],  # no row of the training lacks its photo
        "encoders": encoders,
        "calibration": {
            mode: {"temperature": 1.0, "threshold": 0.0} for mode in ("text", "image", "both")
        },
        "training": {
            "preset": preset,
            "data": data,
            **origin(history),
            "recipe": {"dropout": DROPOUT} | asdict(plan),
        },
    }
