"""Memotion 7k, read as it is published, and its rows as the frozen encoders see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import TensorDataset
from tqdm.auto import tqdm

from mmsent.captions import clean_caption
from mmsent.labels import MEMOTION_ASPECTS
from mmsent.media import Picture, open_image
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures

CHUNK = 128
MISSING = -1

Aspects = Mapping[str, Sequence[str]]  # their labels


@dataclass(frozen=True)
class Memes:
    """``pictures`` (N) RGB uint8, ``captions`` (N) cleaned, "" for none, ``labels`` (N, aspects)
    int64, the index in the labels of each aspect, -1 where there is none."""

    pictures: list[Picture]
    captions: list[str]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.captions)


@dataclass(frozen=True)
class Features:
    """``text`` (N, width) mean token states and ``image`` (N, width) pooled vectors, float32;
    ``has_text`` (N,) bool; ``labels`` as in ``Memes``."""

    text: Tensor
    has_text: Tensor
    image: Tensor
    labels: Tensor

    def __getitem__(self, chosen: NDArray[np.integer]) -> "Features":
        rows = torch.from_numpy(chosen)
        return Features(self.text[rows], self.has_text[rows], self.image[rows], self.labels[rows])

    def rows(self) -> TensorDataset:
        return TensorDataset(self.text, self.has_text, self.image, self.labels)


def read_memes(file: Path, part: str, limit: int | None = None) -> Memes:
    """The rows of ``part`` ("train", "val", "test") of ``memotion7k.parquet``."""
    table = pd.read_parquet(file)
    table = table[table["split"] == part]
    table = table.head(limit) if limit else table
    labels = [
        [MISSING if pd.isna(label) else names.index(label) for label in table[aspect]]
        for aspect, names in MEMOTION_ASPECTS.items()
    ]
    return Memes(
        pictures=[
            open_image(value["bytes"] if isinstance(value, dict) else value)
            for value in table["image"]
        ],
        captions=[clean_caption(text) for text in table["text"]],
        labels=np.array(labels, np.int64).T,
    )


def encode(memes: Memes, text: TextFeatures, image: ImageFeatures, title: str) -> Features:
    """Runs both frozen encoders over the rows."""
    words, has_text, pictures = [], [], []
    for start in tqdm(range(0, len(memes), CHUNK), f"encode {title}", mininterval=2):
        for reading in text(memes.captions[start : start + CHUNK]):
            has_text.append(len(reading.states) > 0)
            words.append(
                reading.states.mean(axis=0) if has_text[-1] else np.zeros(text.width, np.float32)
            )
        pictures.append(image(memes.pictures[start : start + CHUNK])[1])
    return Features(
        torch.from_numpy(np.stack(words)),
        torch.tensor(has_text),
        torch.from_numpy(np.concatenate(pictures)),
        torch.from_numpy(memes.labels),
    )
