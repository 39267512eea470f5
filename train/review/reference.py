"""Trains the presets ``reference`` and ``reference-patches`` of the review model: BERT and CLIP,
fine-tuned on one's own CSV.

``python -m train.review --preset reference --data reviews.csv --out my/review`` calls
``train_reference``. A fifth of the rows is kept for validation, chosen by the seed; nothing is
fitted to it, no epoch is chosen on it.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import BertTokenizer
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from mmsent import hub
from mmsent.models.reference_review import (
    DROPOUT,
    WIDTH,
    Kind,
    PatchReviewNet,
    PooledReviewNet,
    from_hub,
)
from train.common import plots
from train.common.evaluate import evaluate
from train.common.loop import Metrics, Plan, fit
from train.common.problems import summary
from train.common.provenance import origin
from train.review.csv_data import Review, encode, read_reviews
from train.review.reference_data import MAX_LENGTH, Batch, ReviewDataset, collate
from train.review.reference_plots import draw_attention

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
HELD_OUT = 0.2

ReviewModel = PooledReviewNet | PatchReviewNet


def train_reference(
    accelerator: Accelerator,
    preset: Kind,
    data: Path,
    runs: Path,
    out: Path,
    plan: Plan = PLAN,
    text_model: str = TEXT_MODEL,
    image_model: str = IMAGE_MODEL,
) -> dict[str, Any]:
    """Trains ``preset`` on the reviews in ``data`` (see ``read_reviews``; a row needs a photo and a
    label) and returns what metrics.json says.

    ``out`` gets config.json, the weights, metrics.json and plots; ``runs`` the state to resume from
    and the figures of the attention, whose photos are the reviewers'. ``text_model`` is a BERT with
    its tokenizer, ``image_model`` a CLIP: a name on the Hub or a folder. Raises ValueError where
    ``data`` holds too little, hub.CheckpointError where an encoder can't be had.
    """
    reviews = _rows_with_photo(accelerator, data)
    names, labels = encode([str(review.label) for review in reviews])
    if len(names) < 2:
        raise ValueError(
            f"{data}: {len(reviews)} usable reviews, {len(names)} different labels; at least two "
            "are needed."
        )
    torch.manual_seed(plan.seed)
    net, tokenizer = _pretrained(preset, text_model, image_model, len(names))
    config = _config(net, preset, names, plan, {"text": text_model, "image": image_model})
    parts = train_test_split(
        list(zip(reviews, labels.tolist(), strict=True)), test_size=HELD_OUT, random_state=plan.seed
    )
    training, held_out = (
        ReviewDataset(part, tokenizer, config["preprocessing"]["size"]) for part in parts
    )

    def loss_of(net: nn.Module, batch: Batch, progress: float) -> Tensor:
        return F.cross_entropy(net(batch["ids"], batch["mask"], batch["pixels"])[0], batch["label"])

    def validate(net: nn.Module, epoch: int) -> Metrics:
        logits, truth = predict(accelerator, net, held_out, plan.batch_size)
        return {"val_loss": F.cross_entropy(logits, truth).item()} | _scores(
            truth, logits.argmax(1), len(names)
        )

    recipe = {
        "preset": preset,
        "start": config["training"]["start"],
        "labels": names,
        "rows": len(reviews),
    }
    trained_net, history = fit(
        accelerator, net, training, loss_of, validate, plan, runs, recipe, collate=collate
    )
    if accelerator.is_main_process:
        config["training"] |= {"data": f"{data.name} ({len(training):,} rows)"} | origin(history)
        hub.save_checkpoint(out, trained_net, config)
    accelerator.wait_for_everyone()
    hub.load_weights(trained_net, out)  # what is scored is what was written, in half precision
    logits, truth = predict(accelerator, trained_net, held_out, plan.batch_size)
    metrics = {
        "validation": evaluate(logits.softmax(1).numpy(), truth.numpy(), names, threshold=0.0),
        "history": history,
    }
    if accelerator.is_main_process:
        learnt = np.array([label for _, label in training.rows])
        figures = {
            "class_distribution": plots.class_distribution(
                {"training": learnt, "validation": truth.numpy()}, names
            ),
            "training_curves": plots.training_curves(history),
            "confusion_matrix": plots.confusion(
                truth.numpy(), logits.argmax(1).numpy(), names, "validation"
            ),
        }
        plots.write_plots(out / "plots", figures)
        plots.write_plots(
            runs / "plots",
            {
                f"attention_{preset}": draw_attention(
                    accelerator, trained_net, preset, held_out, names
                )
            },
        )
        metrics = hub.save_metrics(out, metrics)
    return metrics


def _rows_with_photo(accelerator: Accelerator, data: Path) -> list[Review]:
    """The rows with text or not, but with a photo and a label; says what is wrong with the
    others."""
    reviews, problems = read_reviews(data, labelled=True)
    problems += [
        f"{review.file}, {review.place}: There is no image."
        for review in reviews
        if review.image is None
    ]
    if problems:
        accelerator.print(summary(problems, "rows are left out or in doubt"))
    return [review for review in reviews if review.image is not None]


def _pretrained(
    preset: Kind, text_model: str, image_model: str, classes: int
) -> tuple[ReviewModel, BertTokenizer]:
    try:
        net = from_hub(preset, text_model, image_model, classes)
        tokenizer = BertTokenizer.from_pretrained(text_model)
        # without its files the tokenizer comes with special tokens only, and says nothing
        if not len(tokenizer.all_special_ids) < len(tokenizer) <= net.text_model.config.vocab_size:
            raise ValueError(f"“{text_model}” has no vocabulary that fits its weights")
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
    for batch in accelerator.prepare(DataLoader(data, batch_size, collate_fn=collate)):
        with accelerator.autocast():
            logits, _ = net(batch["ids"], batch["mask"], batch["pixels"])
        # each process may have lost another number of photos; label -1 marks what only fills up
        filled = accelerator.pad_across_processes((logits.float(), batch["label"]), pad_index=-1)
        parts.append([part.cpu() for part in accelerator.gather_for_metrics(filled)])
    logits, labels = (torch.cat(part) for part in zip(*parts, strict=True))
    return logits[labels >= 0], labels[labels >= 0]


def _scores(truth: Tensor, predicted: Tensor, classes: int) -> Metrics:
    """Accuracy, and precision, recall and F1 as plain means over the labels."""
    macro = precision_recall_fscore_support(
        truth, predicted, labels=range(classes), average="macro", zero_division=0
    )
    scores = {
        name: float(score)
        for name, score in zip(("val_precision", "val_recall", "val_f1"), macro[:3], strict=True)
    }
    return {"val_accuracy": (predicted == truth).float().mean().item()} | scores


def _config(
    net: ReviewModel, preset: Kind, names: list[str], plan: Plan, start: dict[str, str]
) -> hub.Config:
    recipe = asdict(plan)
    epochs, seed = recipe.pop("epochs"), recipe.pop("seed")
    text, image = net.text_model.config.to_diff_dict(), net.image_model.config.to_diff_dict()
    return {
        "task": "review-reference",
        "architecture": {
            "preset": preset,
            "width": WIDTH,
            "dropout": DROPOUT,
            "text": text,
            "image": image,
        },
        "labels": names,
        "preprocessing": {
            "tokenizer": start["text"],
            "max_length": MAX_LENGTH,
            "size": image["image_size"],
            "mean": OPENAI_CLIP_MEAN,
            "std": OPENAI_CLIP_STD,
        },
        "training": {
            "preset": preset,
            "start": start,
            "seed": seed,
            "epochs": epochs,
            "recipe": recipe,
        },
    }
