"""Pictures with text: posts (MVSA-Single) and memes (Memotion 7k), read as they are published."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmsent.labels import SENTIMENTS
from mmsent.media import Picture, open_image
from mmsent.pipelines.encoders import squash

FILES = {"posts": "review/mvsa_single.parquet", "memes": "meme/memotion7k.parquet"}


@dataclass(frozen=True)
class Pairs:
    """``pictures`` (N) RGB uint8 of any size, ``texts`` (N), ``labels`` (N,) int64, the index in
    SENTIMENTS."""

    pictures: list[Picture]
    texts: list[str]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)


def read_pairs(
    data: Path, which: str, part: str, limit: int | None = None, size: int | None = None
) -> Pairs:
    """The rows of ``part`` ("train", "val", "test") of the "posts" or "memes" below ``data``;
    ``size`` squashes the pictures to that side at once, which keeps thousands of them small."""
    table = pd.read_parquet(data / FILES[which], columns=["image", "text", "sentiment", "split"])
    table = table[table["split"] == part]
    table = table.head(limit) if limit else table
    pictures = (open_image(_bytes(value)) for value in table["image"])
    return Pairs(
        pictures=[squash(picture, size) if size else picture for picture in pictures],
        texts=[text if isinstance(text, str) else "" for text in table["text"]],
        labels=np.array([SENTIMENTS.index(label) for label in table["sentiment"]], np.int64),
    )


def _bytes(value: object) -> bytes:
    """Parquet files of the datasets library wrap pictures in a record."""
    return value["bytes"] if isinstance(value, dict) else value  # type: ignore[return-value]
