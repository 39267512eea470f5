"""Training data of the review model: texts and photos, encoded once by the frozen encoders."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from mmsent.labels import SENTIMENTS
from mmsent.media import Picture, open_image
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, Tokens
from mmsent.pipelines.review_inputs import collate
from train.common.pairs import read_pairs
from train.review.csv_data import read_reviews

PARTS = ("train", "val", "test")
CHUNK = 256
DROP_SHARE = 0.15  # share of pairs that lose their photo, and share that lose their text
STRANGER_SHARE = 0.05  # share of bare texts that get an unrelated photo
# pairs are rare beside bare texts; more than about twelve repeats in all, and they are memorised
REPEAT_PAIRS = 4

Example = tuple[Tokens, NDArray[np.float16] | None, int]


@dataclass(frozen=True)
class Part:
    """``texts`` (N, "" for none), ``pictures`` (N, None for none), ``labels`` (N,) int64, the index
    in SENTIMENTS."""

    texts: list[str]
    pictures: list[Picture | None]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Encoded(Dataset[Example]):
    """A part encoded by the frozen encoders: token states and patches (P, width), both in half
    precision."""

    texts: list[Tokens]
    patches: list[NDArray[np.float16] | None]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> Example:
        return self.texts[index], self.patches[index], int(self.labels[index])


def read_corpora(data: Path, limit: int | None = None) -> dict[str, dict[str, Part]]:
    """Source ("reviews", "mvsa") -> part -> rows, from the folder ``review`` below ``data``."""
    table = pd.read_parquet(
        data / "review/reviews_text.parquet", columns=["text", "sentiment", "split"]
    )
    reviews = {}
    for part in PARTS:
        rows = table[table["split"] == part].head(limit or len(table))
        labels = np.array([SENTIMENTS.index(label) for label in rows["sentiment"]], np.int64)
        reviews[part] = Part(rows["text"].tolist(), [None] * len(rows), labels)
    posts = {part: read_pairs(data, "posts", part, limit) for part in PARTS}
    return {
        "reviews": reviews,
        "mvsa": {part: Part(p.texts, list(p.pictures), p.labels) for part, p in posts.items()},
    }


def read_own(source: Path, seed: int = 0) -> dict[str, dict[str, Part]]:
    """A CSV or a folder of CSVs (see ``train.review.csv_data``) as the one source "own", a tenth each
    for val and test.

    Prints each bad row with file and line and goes on. Raises ValueError where fewer than 30 rows
    are left.
    """
    reviews, problems = read_reviews(source, labelled=True, known=SENTIMENTS)
    for problem in problems:
        print(problem)
    if len(reviews) < 30:
        raise ValueError(
            f"{source} holds {len(reviews)} usable reviews with a label; at least 30 are needed."
        )
    order = np.random.default_rng(seed).permutation(len(reviews))
    tenth = len(reviews) // 10
    places = {"val": order[:tenth], "test": order[tenth : 2 * tenth], "train": order[2 * tenth :]}

    def part(rows: NDArray[np.int64]) -> Part:
        chosen = [reviews[i] for i in rows]
        pictures = [open_image(review.image) if review.image else None for review in chosen]
        labels = np.array([SENTIMENTS.index(str(review.label)) for review in chosen], np.int64)
        return Part([review.text for review in chosen], pictures, labels)

    return {"own": {name: part(rows) for name, rows in places.items()}}


def encode(
    part: Part, text: TextFeatures, image: ImageFeatures, title: str, pooled: bool = False
) -> Encoded:
    """Runs both frozen encoders over a part, the texts in order of length so that little is
    padding. ``pooled``: one vector a text and photo, in place of tokens and patches."""
    texts = [Tokens(np.empty((0, text.width), np.float16), np.empty(0, np.int32))] * len(part)
    patches: list[NDArray[np.float16] | None] = [None] * len(part)
    order = sorted(range(len(part)), key=lambda i: len(part.texts[i]))
    for start in tqdm(range(0, len(part), CHUNK), f"encode {title}", mininterval=2):
        chosen = order[start : start + CHUNK]
        for i, reading in zip(chosen, text([part.texts[i] for i in chosen]), strict=True):
            rows = reading.rows(pooled)
            texts[i] = Tokens(rows.states.astype(np.float16), rows.ids.astype(np.int32))
        shown = [(i, picture) for i in chosen if (picture := part.pictures[i]) is not None]
        if shown:
            seen = image.rows([picture for _, picture in shown], pooled)
            for (i, _), grid in zip(shown, seen, strict=True):
                patches[i] = grid.astype(np.float16)
    return Encoded(texts, patches, part.labels)


class Mixture(Dataset[Example]):
    """All training rows, pairs repeated, with text or photo dropped at random."""

    def __init__(self, sources: Sequence[Encoded]) -> None:
        rows = [row for source in sources for row in (source[i] for i in range(len(source)))]
        pairs = [row for row in rows if row[1] is not None and len(row[0])]
        self.rows = rows + pairs * (REPEAT_PAIRS - 1)
        self.photos = [row[1] for row in rows if row[1] is not None]
        self.lengths = [len(text) for text, _, _ in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Example:
        text, patches, label = self.rows[index]
        chance = torch.rand(()).item()
        if patches is None:
            if self.photos and chance < STRANGER_SHARE:
                patches = self.photos[int(torch.randint(len(self.photos), ()))]
        elif len(text):
            if chance < DROP_SHARE:
                patches = None
            elif chance > 1 - DROP_SHARE:
                text = text[:0]
        return text, patches, label


def batch_of(examples: Sequence[Example], image_width: int) -> tuple[Tensor, ...]:
    """The five inputs of ``ReviewNet`` and (N,) labels."""
    texts, patches, labels = zip(*examples, strict=True)
    inputs = collate(
        [Tokens(text.states.astype(np.float32), text.ids) for text in texts],
        [None if row is None else row.astype(np.float32) for row in patches],
        image_width,
    )
    return *inputs, torch.tensor(labels)
