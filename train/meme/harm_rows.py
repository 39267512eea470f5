"""Rows of HarMeme as the frozen encoders see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from mmsent.captions import clean_caption
from mmsent.media import Picture, open_image
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, fit_picture
from mmsent.pipelines.word_parts import WordParts
from train.common.cache import cache_key, cached_npz

CHUNK = 64
BUCKETS = 65_536  # of the parts of words
PREPROCESSING: dict[str, Any] = {"size": 224, "fit": "inside"}  # as the data set has its pictures


@dataclass(frozen=True)
class HarMeme:
    """N memes. ``text`` (N, width) mean token states and ``image`` (N, width) pooled vectors,
    float32; ``parts`` (N, BUCKETS) how often each part of words is in the text, divided by the
    square root of the number of all, ``has_text`` (N,) bool;
    ``labels`` (N,) 1 for harmful; ``captions`` cleaned; ``twins`` (N,) the number of the group of
    near-duplicates."""

    text: NDArray[np.float32]
    has_text: NDArray[np.bool_]
    parts: sparse.csr_matrix
    image: NDArray[np.float32]
    labels: NDArray[np.int64]
    captions: NDArray[np.str_]
    twins: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray[np.integer]) -> "HarMeme":
        return HarMeme(*(part[chosen] for part in self._columns()))

    def _columns(self) -> tuple:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def joined(*parts: HarMeme) -> HarMeme:
    columns = zip(*(part._columns() for part in parts), strict=True)
    return HarMeme(
        *(
            sparse.vstack(column).tocsr() if sparse.issparse(column[0]) else np.concatenate(column)
            for column in columns
        )
    )


@dataclass(frozen=True)
class Encoders:
    """The frozen encoders; what they make of memes is kept in the folder ``cache``."""

    text: TextFeatures
    image: ImageFeatures
    cache: Path

    def __call__(
        self,
        pictures: Sequence[Picture],
        captions: Sequence[str],
        labels: NDArray[np.int64],
        twins: NDArray[np.int64],
        name: str,
    ) -> HarMeme:
        """Rows under a ``name`` that tells which they are."""
        facts = (self.text.sha256, self.image.sha256, PREPROCESSING, list(captions))
        path = self.cache / f"{name}-{cache_key(*facts)}.npz"
        kept = cached_npz(path, lambda: self._encoded(pictures, captions))
        lengths = kept["lengths"]
        parts = _spelled(self.text.pieces, np.split(kept["ids"], np.cumsum(lengths)[:-1]))
        return HarMeme(
            *(kept["text"], lengths > 0, parts, kept["image"], labels, np.array(captions), twins)
        )

    def _encoded(self, pictures: Sequence[Picture], captions: Sequence[str]) -> dict[str, NDArray]:
        image, text, ids = [], [], []
        for start in range(0, len(captions), CHUNK):
            fitted = [fit_picture(one, **PREPROCESSING) for one in pictures[start : start + CHUNK]]
            image.append(self.image(fitted)[1])
            for reading in self.text(captions[start : start + CHUNK]):
                text.append(reading.states.sum(axis=0) / max(1, len(reading.ids)))
                ids.append(reading.ids)
        return {
            "text": np.stack(text).astype(np.float32),
            "image": np.concatenate(image),
            "ids": np.concatenate(ids),
            "lengths": np.array([len(one) for one in ids]),
        }


def _spelled(pieces: Sequence[str], texts: Sequence[NDArray[np.integer]]) -> sparse.csr_matrix:
    """``HarMeme.parts`` of texts, each given as the numbers of its tokens."""
    spell = WordParts(pieces, BUCKETS)
    found = [spell(ids)[1] for ids in texts]
    numbers = [len(buckets) for buckets in found]
    row = np.repeat(np.arange(len(texts)), numbers)
    weights = 1 / np.sqrt(np.repeat(numbers, numbers))
    shape = (len(texts), BUCKETS)
    return sparse.csr_matrix((weights, (row, np.concatenate(found))), shape, np.float32)


def read_harmeme(file: Path, part: str, encoders: Encoders, limit: int | None = None) -> HarMeme:
    """The rows of ``part`` ("train", "val", "test") of ``harmeme.parquet``."""
    table = pd.read_parquet(file)
    table = table[table["split"] == part].head(limit or len(table))
    return encoders(
        [open_image(picture) for picture in table["image"]],
        [clean_caption(text) for text in table["text"]],
        (table["harmful"].to_numpy() > 0).astype(np.int64),
        table["dup_group"].to_numpy(np.int64),
        f"harmeme-{part}",
    )
