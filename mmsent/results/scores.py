"""Scores and what all results share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the input picture


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities (they sum to 1) over ``labels``; ``unsure`` when the model
    abstains."""

    labels: tuple[str, ...]
    probs: tuple[float, ...]
    unsure: bool

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        probs: NDArray[np.floating],
        threshold: float,
        doubtful: bool = False,
    ) -> "Scores":
        """Scores of (labels,) calibrated probabilities: unsure where the highest is below
        ``threshold``, or where the input itself is ``doubtful``."""
        return cls(
            tuple(labels), tuple(map(float, probs)), doubtful or bool(probs.max() < threshold)
        )

    @property
    def top(self) -> str:
        """The most probable label, whether the model is sure of it or not."""
        return self.labels[self.probs.index(max(self.probs))]

    @property
    def confidence(self) -> float:
        return max(self.probs)

    def as_dict(self) -> dict[str, float]:
        """label -> probability, in the order of the labels."""
        return dict(zip(self.labels, self.probs, strict=True))

    def to_dict(self) -> dict[str, Any]:
        return {
            "top": self.top,
            "confidence": self.confidence,
            "unsure": self.unsure,
            "probs": self.as_dict(),
        }


@dataclass(frozen=True)
class Phrase:
    """Neighbouring words, ``start`` to ``end`` (not included) of the tokens, whose joint attribution
    differs from the sum of theirs. ``attribution``: the log-odds of the prediction less those
    without all of them."""

    start: int
    end: int
    attribution: float
