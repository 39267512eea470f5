"""Reads the published data files as they are. Nothing here is copied into the project."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from torch import Tensor

from mmsent.labels import FACE_EMOTIONS

SIDE = 48  # FER2013 pictures are 48x48 grey
# FERPlus votes in the order of FACE_EMOTIONS; contempt, unknown and NF (not a face) have no class
# here.
VOTES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")


@dataclass(frozen=True)
class Fer:
    """One part of FER2013.

    pixels (N, 1, 48, 48) uint8; labels (N,) int64 0..6, or None in an unlabelled file; votes (N, 7)
    float32 FERPlus shares that sum to 1, or to 0 where the annotators gave none of the seven; twins
    (N,) int64 numbers shared by near-duplicates.
    """

    pixels: Tensor
    labels: Tensor | None
    votes: Tensor
    twins: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: NDArray[np.integer]) -> "Fer":
        labels = None if self.labels is None else self.labels[rows]
        return Fer(self.pixels[rows], labels, self.votes[rows], self.twins[rows])


def is_unlabelled(path: Path) -> bool:
    """Whether a parquet file of pictures tells neither what they show nor which part they belong
    to."""
    return not {"emotion", "usage"} <= set(pq.read_schema(path).names)


def read_parts(folder: Path, limit: int | None = None, seed: int = 0) -> dict[str, Fer]:
    """Training, PublicTest (validation) and PrivateTest (test) of the two files in ``folder``,
    ``limit`` rows of each at most.

    Where df_test is unlabelled, a tenth of df_train each stands in for the last two;
    near-duplicates stay together.
    """
    data, held_out = (
        read_fer(folder / "df_train.parquet.gzip", limit=limit),
        folder / "df_test.parquet.gzip",
    )
    if not is_unlabelled(held_out):
        return {"Training": data} | {
            part: read_fer(held_out, part, limit) for part in ("PublicTest", "PrivateTest")
        }
    tenths = [
        rows
        for _, rows in GroupKFold(10, shuffle=True, random_state=seed).split(
            data.pixels, groups=data.twins
        )
    ]
    return {
        "Training": data[np.concatenate(tenths[2:])],
        "PublicTest": data[tenths[0]],
        "PrivateTest": data[tenths[1]],
    }


def read_fer(path: str | Path, usage: str | None = None, limit: int | None = None) -> Fer:
    """Reads a FER2013 parquet file (flattened 48x48 ``pixels``, integer ``emotion``), optionally
    one ``usage`` of it.

    Raises ValueError that names the file when a column is missing or a row is not a 48x48 picture.
    """
    table = pd.read_parquet(path)
    if "pixels" not in table:
        raise ValueError(f"{path} has no column 'pixels' (flattened {SIDE}x{SIDE} grey values)")
    if usage is not None:
        if "usage" not in table:
            raise ValueError(
                f"{path} has no column 'usage', so its part {usage!r} can't be told from the rest"
            )
        table = table[table["usage"] == usage]
    table = table.head(limit) if limit else table
    wrong = [
        index
        for index, row in zip(table.index, table["pixels"], strict=True)
        if len(row) != SIDE * SIDE
    ]
    if wrong:
        raise ValueError(
            f"{path}: row {wrong[0]} does not hold {SIDE * SIDE} pixels ({len(wrong)} such rows)"
        )
    pixels = (
        np.stack(list(table["pixels"])).astype(np.uint8)
        if len(table)
        else np.empty((0, SIDE * SIDE), np.uint8)
    )
    labels = None
    if "emotion" in table:
        labels = torch.tensor(table["emotion"].to_numpy(np.int64))
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(FACE_EMOTIONS):
            raise ValueError(
                f"{path}: column 'emotion' must hold integers 0 to {len(FACE_EMOTIONS) - 1}"
            )
    return Fer(
        pixels=torch.from_numpy(pixels).view(-1, 1, SIDE, SIDE),
        labels=labels,
        votes=_vote_shares(table),
        twins=torch.tensor(table["dup_group"].to_numpy(np.int64))
        if "dup_group" in table
        else torch.arange(len(table)),
    )


def _vote_shares(table: pd.DataFrame) -> Tensor:
    columns = [f"votes_{name}" for name in VOTES]
    if not set(columns) <= set(table.columns):
        return torch.zeros(len(table), len(VOTES))
    votes = torch.tensor(table[columns].to_numpy(np.float32))
    return votes / votes.sum(dim=1, keepdim=True).clamp(min=1)


def soft_targets(fer: Fer, vote_weight: float) -> Tensor:
    """(N, 7) training targets: the label, with ``vote_weight`` of its mass given to the FERPlus
    votes where there are any."""
    if fer.labels is None:
        raise ValueError("training needs labels")
    hard = torch.nn.functional.one_hot(fer.labels, len(FACE_EMOTIONS)).float()
    share = vote_weight * (fer.votes.sum(dim=1, keepdim=True) > 0)
    return hard * (1 - share) + fer.votes * share
