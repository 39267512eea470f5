"""Trains the presets ``reference`` and ``reference-patches`` of the review model: BERT and CLIP,
fine-tuned on one's own CSV.

``python -m train.review --preset reference --data reviews.csv`` calls ``train_reference``. A fifth
of the rows is kept for validation, chosen by the seed; no epoch is chosen on it, only the
temperature and the threshold of "not sure" are.
"""

from collections.abc import Sequence
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
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, default_collate
from transformers import BertTokenizer

from mmsent import hub
from mmsent.labels import SENTIMENTS
from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, squash
from mmsent.text import Windows, split_words
from train.common import plots
from train.common.inside import save_image_encoder, save_text_encoder
from train.common.loop import Metrics, Plan, fit
from train.common.problems import summary
from train.common.provenance import origin
from train.review.card import ABSENT
from train.review.csv_data import Review, read_reviews
from train.review.data import Part
from train.review.export import finish_review
from train.review.reference_net import DROPOUT, Kind, ReferenceNet, from_hub

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
COLUMNS, ROWS = 4, 3  # of photos in the figure of the attention
# the more attention, the less shade
SHADE = ListedColormap([(0, 0, 0, shade) for shade in np.linspace(0.85, 0, 256)])
CAPTIONS = {
    "reference": "The photo is one vector and so the only key: its softmax weight is exactly 1 for every review, whatever text "
    "and photo are. It does not tell how much the photo counted.",
    "reference-patches": "Where the text looked, mean over its tokens: the brighter a patch, the more attention, and the "
    "patch with most is not darkened at all. “Nothing relevant” is the share that no patch got.",
}

# ids (N, 128) int64, read (N, 128) bool; pixels (N, 3, S, S) uint8; label (N,) int64
Batch = dict[str, Tensor]
Rows = list[tuple[Review, int]]  # with the place of the label in SENTIMENTS


class ReviewDataset(Dataset[Batch | None]):
    """Reviews as the page's pipeline gives them to the net: token ids, which of them belong to words,
    pixels at the side CLIP wants; with the label. Of a longer text only what fits into one window.
    None where the photo can't be opened."""

    def __init__(self, rows: Rows, windows: Windows, length: int, padding: int, size: int) -> None:
        self.rows, self.windows = rows, windows
        self.length, self.padding, self.size = length, padding, size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Batch | None:
        review, label = self.rows[index]
        try:
            photo = open_image(review.image or "")
        except MediaError:
            return None
        # a token that nobody reads stands for no text
        ids = torch.full((self.length,), self.padding)
        ids[0] = self.padding + 1
        read = torch.zeros(self.length, dtype=torch.bool)
        for window in self.windows([split_words(review.text)[0]])[0][:1]:
            ids[: len(window.ids)] = torch.from_numpy(window.ids)
            read[: len(window.ids)] = torch.from_numpy(window.word_of >= 0)
        # squeezed, not cropped: the review may be about what stands at the edge
        square = torch.from_numpy(squash(photo, self.size).copy())
        return {
            "ids": ids,
            "read": read,
            "pixels": square.permute(2, 0, 1),
            "label": torch.tensor(label),
        }


def collate(samples: list[Batch | None]) -> Batch:
    """Stacks the samples that have their photo; raises FileNotFoundError where none has."""
    whole = [sample for sample in samples if sample is not None]
    if not whole:
        raise FileNotFoundError(
            f"None of the {len(samples)} photos of a batch can be opened any more."
        )
    return default_collate(whole)


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
    label) and returns what metrics.json says, nothing in other processes than the main one.

    ``out`` gets a whole checkpoint, with both encoders inside; ``runs`` the state to resume from and
    the figure of the attention, whose photos are the reviewers'. ``text_model`` is a BERT with its
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
        accelerator, net, training, loss_of, validate, plan, runs, recipe, collate=collate
    )
    if not accelerator.is_main_process:
        return {}
    assert isinstance(kept, ReferenceNet)
    figure = draw_attention(accelerator, kept, preset, held_out)
    plots.write_plots(runs / "plots", {f"attention_{preset}": figure})
    named = save_encoders(kept.cpu(), out, length, size, runs / "tokenizer", start)
    config = _config(kept, named, preset, plan, history, f"{data.name} ({len(training):,} rows)")
    config["training"]["start"] = start
    folder = out / hub.INSIDE
    device = str(accelerator.device)
    encoders = TextFeatures(folder / "text", device), ImageFeatures(folder / "image", device)
    parts = {"train": part_of(learning), "val": part_of(kept_out, size)}
    return finish_review(
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


def read_rows(accelerator: Accelerator, data: Path) -> tuple[Rows, list[str]]:
    """The usable rows of ``data``, and the sentiments among their labels, in the order of SENTIMENTS.
    Raises ValueError where these are too few or others."""
    reviews = _usable(accelerator, data)
    labels = {str(review.label) for review in reviews}
    if others := sorted(labels - set(SENTIMENTS)):
        raise ValueError(
            f"{data}: the label “{others[0]}” is none of {', '.join(SENTIMENTS)}, which are all that "
            "a review can be answered with; please rename the labels."
        )
    if len(labels) < 2:
        raise ValueError(
            f"{data}: {len(reviews)} usable reviews, {len(labels)} different labels; at least two "
            "are needed."
        )
    learnt = [label for label in SENTIMENTS if label in labels]
    return [(review, SENTIMENTS.index(str(review.label))) for review in reviews], learnt


def part_of(rows: Rows, size: int | None = None) -> Part:
    """Texts and labels of ``rows``; with ``size`` also the photos, squashed to it, as many would not
    fit into the memory, None for those that can't be opened any more."""
    photos: list[Picture | None] = [None] * len(rows)
    for i, (review, _) in enumerate(rows if size else ()):
        try:
            photos[i] = squash(open_image(review.image or ""), size or 0)
        except MediaError:
            continue
    labels = np.array([label for _, label in rows], np.int64)
    return Part([review.text for review, _ in rows], photos, labels)


def _usable(accelerator: Accelerator, data: Path) -> list[Review]:
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
    preset: Kind, text_model: str, image_model: str
) -> tuple[ReferenceNet, BertTokenizer]:
    try:
        net = from_hub(preset, text_model, image_model)
        tokenizer = BertTokenizer.from_pretrained(text_model)
        # without its files the tokenizer comes with special tokens only, and says nothing
        if not len(tokenizer.all_special_ids) < len(tokenizer) <= net.text.encoder.vocabulary:
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


@torch.inference_mode()
def draw_attention(
    accelerator: Accelerator, net: nn.Module, preset: Kind, data: ReviewDataset
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
            logits, weights = net(batch["ids"], batch["read"], batch["pixels"])
        review, truth = data.rows[index]
        guess = int(logits.argmax())
        got = _show(axes, open_image(str(review.image)), weights[0].float().cpu(), sample["read"])
        snippet = fill(shorten(review.text, 80, placeholder="…"), 42)
        mark = "✓" if guess == truth else "✗"
        title = f"{snippet}\n{mark} {SENTIMENTS[guess]}, true: {SENTIMENTS[truth]}\n{got}"
        # a price like $5 is not a formula
        axes.set_title(
            title,
            fontsize=8,
            color=plots.BLUE if guess == truth else plots.ORANGE,
            parse_math=False,
        )
    return figure


def _show(axes: Axes, photo: Picture, weights: Tensor, read: Tensor) -> str:
    """Draws the photo, under the weights (T, P + 1) of its patches if it has patches; says what
    they come to."""
    frame = (0, photo.shape[1], photo.shape[0], 0)
    axes.imshow(photo, extent=frame)
    if weights.numel() == 1:
        return f"attention weight {weights.item():.3f}"
    mean = weights[read].mean(dim=0)
    side = round((len(mean) - 1) ** 0.5)
    axes.imshow(
        mean[:-1].view(side, side), cmap=SHADE, extent=frame, vmin=0, interpolation="bilinear"
    )
    return f"photo {1 - mean[-1].item():.0%}, nothing relevant {mean[-1].item():.0%}"
