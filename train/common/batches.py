"""Samplers: which rows go into a batch together."""

from collections.abc import Iterator, Sequence, Sized

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler


def by_length(rows: Sequence[Sized], size: int) -> list[NDArray[np.int64]]:
    """The numbers of all ``rows``, at most ``size`` about equally long ones together, the shortest
    first: little of a batch is padding then."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    return [order[start : start + size] for start in range(0, len(order), size)]


class ByLength(Sampler[int]):
    """Random order in which neighbours are about equally long, so that batches need little padding.

    Shuffled, cut into pools of fifty batches, each pool sorted by length, then the batches
    shuffled.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed, self.epoch = (
            np.array(lengths),
            batch_size,
            seed,
            0,
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self.seed, self.epoch))
        order = random.permutation(len(self.lengths))
        pools = [
            order[start : start + 50 * self.batch_size]
            for start in range(0, len(order), 50 * self.batch_size)
        ]
        order = np.concatenate(
            [pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools]
        )
        full_count = len(order) // self.batch_size * self.batch_size
        batches = random.permutation(order[:full_count].reshape(-1, self.batch_size))
        return iter([*batches.ravel().tolist(), *order[full_count:].tolist()])
