"""Trains the presets ``reference`` and ``reference-patches`` of the review model: BERT and CLIP,
fine-tuned on one's own CSV.

``python -m train.review --preset reference --data reviews.csv --out my/review`` calls
``train_reference``. A fifth of the rows is kept for validation, chosen by the seed; nothing is
fitted to it, no epoch is chosen on it.
"""

from dataclasses import asdict
from pathlib import Path
from textwrap import fill, shorten
from typing import Any, get_args

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, default_collate
from transformers import BertTokenizer
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from mmsent import hub
from mmsent.media import MediaError, Picture, open_image
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
from train.common.provenance import origin
from train.review.csv_data import Review, encode, read_reviews

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
MAX_LENGTH = 128  # tokens; shorter texts are padded, longer ones cut
HELD_OUT = 0.2
MAX_PRINTED = 20  # problems of the file that are printed
COLUMNS, ROWS = 4, 3  # of photos in the figure of the attention
# the more attention, the less shade
SHADE = ListedColormap([(0, 0, 0, shade) for shade in np.linspace(0.85, 0, 256)])
CAPTIONS = {
    "reference": "The photo is one vector and so the only key: its softmax weight is exactly 1 for every review, whatever text "
    "and photo are. It does not tell how much the photo counted.",
    "reference-patches": "Where the text looked, mean over its tokens: the brighter a patch, the more attention, and the "
    "patch with most is not darkened at all. “Nothing relevant” is the share that no patch got.",
}

ReviewModel = PooledReviewNet | PatchReviewNet
Batch = dict[str, Tensor]  # ids, mask (N, 128) int64; pixels (N, 3, S, S) uint8; label (N,) int64


class ReviewDataset(Dataset[Batch | None]):
    """Reviews as tensors: token ids and mask, pixels at the side CLIP wants, label. None where the
    photo can't be opened."""

    def __init__(self, rows: list[tuple[Review, int]], tokenizer: BertTokenizer, size: int) -> None:
        self.rows, self.tokenizer, self.size = rows, tokenizer, size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Batch | None:
        review, label = self.rows[index]
        try:
            photo = open_image(review.image or "")
        except MediaError:
            return None
        words = self.tokenizer(
            review.text,
            padding="max_length",
            truncation=True,
            max_length=MAX_LENGTH,
            return_tensors="pt",
        )
        # squeezed, not cropped: the review may be about what stands at the edge
        square = Image.fromarray(photo).resize((self.size, self.size), Image.Resampling.BICUBIC)
        return {
            "ids": words["input_ids"][0],
            "mask": words["attention_mask"][0],
            "pixels": torch.from_numpy(np.array(square)).permute(2, 0, 1),
            "label": torch.tensor(label),
        }


def collate(samples: list[Batch | None]) -> Batch:
    """Stacks the samples that have their photo; raises FileNotFoundError where none has."""
    readable = [sample for sample in samples if sample is not None]
    if not readable:
        raise FileNotFoundError(
            f"None of the {len(samples)} photos of a batch can be opened any more."
        )
    return default_collate(readable)


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
    kept, history = fit(
        accelerator, net, training, loss_of, validate, plan, runs, recipe, collate=collate
    )
    if accelerator.is_main_process:
        config["training"] |= {"data": f"{data.name} ({len(training):,} rows)"} | origin(history)
        hub.save_checkpoint(out, kept, config)
    accelerator.wait_for_everyone()
    hub.load_weights(kept, out)  # what is scored is what was written, in half precision
    logits, truth = predict(accelerator, kept, held_out, plan.batch_size)
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
            {f"attention_{preset}": draw_attention(accelerator, kept, preset, held_out, names)},
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
        more = [f"… and {len(problems) - MAX_PRINTED} more"] if len(problems) > MAX_PRINTED else []
        accelerator.print(
            "\n".join(
                [f"{len(problems)} rows are left out or in doubt:", *problems[:MAX_PRINTED], *more]
            )
        )
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


@torch.inference_mode()
def draw_attention(
    accelerator: Accelerator, net: nn.Module, preset: Kind, data: ReviewDataset, names: list[str]
) -> Figure:
    """A grid of the first photos of ``data``, each with its text, both labels and the attention it
    got."""
    figure = Figure(figsize=(3.2 * COLUMNS, 3.6 * ROWS + 0.6), layout="constrained")
    figure.suptitle(fill(CAPTIONS[preset], 130), fontsize=10)
    for index, axes in enumerate(figure.subplots(ROWS, COLUMNS).ravel()):
        axes.axis("off")
        sample = data[index] if index < len(data) else None
        if sample is None:
            continue
        batch = {name: value[None].to(accelerator.device) for name, value in sample.items()}
        with accelerator.autocast():
            logits, weights = net(batch["ids"], batch["mask"], batch["pixels"])
        review, truth = data.rows[index]
        guess = int(logits.argmax())
        got = _show(axes, open_image(str(review.image)), weights[0].float().cpu(), sample["mask"])
        snippet = fill(shorten(review.text, 80, placeholder="…"), 42)
        title = f"{snippet}\n{'✓' if guess == truth else '✗'} {names[guess]}, true: {names[truth]}\n{got}"
        # a price like $5 is not a formula
        axes.set_title(
            title,
            fontsize=8,
            color=plots.BLUE if guess == truth else plots.ORANGE,
            parse_math=False,
        )
    return figure


def _show(axes: Axes, photo: Picture, weights: Tensor, mask: Tensor) -> str:
    """Draws the photo, under the weights (T, P + 1) of its patches if it has patches; says what
    they come to."""
    frame = (0, photo.shape[1], photo.shape[0], 0)
    axes.imshow(photo, extent=frame)
    if weights.numel() == 1:
        return f"attention weight {weights.item():.3f}"
    mean = weights[mask.bool()].mean(dim=0)
    side = round((len(mean) - 1) ** 0.5)
    axes.imshow(
        mean[:-1].view(side, side), cmap=SHADE, extent=frame, vmin=0, interpolation="bilinear"
    )
    return f"photo {1 - mean[-1].item():.0%}, nothing relevant {mean[-1].item():.0%}"
