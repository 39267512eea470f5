"""Rows of different lengths in one tensor."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


def pad(rows: Sequence[NDArray[np.integer]], filler: int = 0) -> tuple[Tensor, Tensor]:
    """(N, T) int64, each of the N ``rows`` (t,) with ``filler`` behind it up to the longest, and
    the mask (N, T), True where a row is. T is at least 1, so that no net meets an empty tensor."""
    return _pad(
        [torch.from_numpy(row.astype(np.int64, copy=False)) for row in rows],
        torch.full((1,), filler),
        filler,
    )


def pad_vectors(rows: Sequence[NDArray[np.floating] | None], width: int) -> tuple[Tensor, Tensor]:
    """(N, T, width) float32 and (N, T) bool, likewise, of rows (t, width) of any precision; None is
    a row of no vectors."""
    nothing = np.zeros((0, width), np.float32)
    parts = [nothing if row is None else row.astype(np.float32, copy=False) for row in rows]
    return _pad([torch.from_numpy(part) for part in parts], torch.zeros(1, width), 0)


def _pad(parts: list[Tensor], one: Tensor, filler: int) -> tuple[Tensor, Tensor]:
    """``one`` is a row of length 1, which is not given back."""
    whole = pad_sequence([*parts, one], batch_first=True, padding_value=filler)[:-1]
    lengths = torch.tensor([len(part) for part in parts])
    return whole, torch.arange(whole.shape[1]) < lengths[:, None]
