"""Results on reviews."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent.results.scores import Phrase, Scores


@dataclass(frozen=True, eq=False)  # arrays have no plain equality
class ReviewResult:
    """The sentiment of a text and a photo together, and its attribution.

    ``tokens`` are the words of ``text`` (W of them, sub-words merged), ``spans`` their (start, end)
    characters in it, and ``attributions`` (W) the leave-one-out change of each: the log-odds of
    ``sentiment.top`` less those of the text without the word, of up to three words once others are
    gone that say the same, where that is more. ``phrases`` are neighbours whose
    joint attribution differs from their sum. ``shares`` are the Shapley values of "text" and
    "image" in log-odds: their sum is the prediction less that of an empty input. Where no reasons
    were asked for, ``attributions`` and ``phrases`` are empty. ``attention`` (W, gh * gw) float32
    is that of each word over the patches, row by row of the ``grid`` (gh, gw) that lies over the
    whole photo; a row sums to the share of the word's attention that the photo got, and the rest
    went to the null key. ``image_weight`` is the mean of those sums, 0 without a photo. A photo
    without text has the one row of ``attention`` that stands for no word, and no tokens.
    ``contributions`` holds the predictions from "text" and "image" alone, as far as they are given;
    ``conflict`` when both are sure and opposite. ``notes`` are sentences the reader should know.
    """

    text: str
    sentiment: Scores
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    attributions: tuple[float, ...]
    attention: NDArray[np.float32]
    grid: tuple[int, int]
    image_weight: float
    contributions: dict[str, Scores] = field(default_factory=dict)
    conflict: bool = False
    notes: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def pull(self) -> tuple[float, ...]:
        """Deprecated, goes in the next version: ``attributions``."""
        return self.attributions

    def to_dict(self) -> dict[str, Any]:
        found = self.attributions or [None] * len(self.tokens)
        return {
            "text": self.text,
            "sentiment": self.sentiment.to_dict(),
            "words": [
                {"word": word, "span": list(span), "attribution": value, "pull": value}
                for word, span, value in zip(self.tokens, self.spans, found, strict=True)
            ],
            "phrases": [asdict(phrase) for phrase in self.phrases],
            "shares": dict(self.shares),
            "attention": self.attention.round(5).tolist(),
            "grid": list(self.grid),
            "image_weight": self.image_weight,
            "contributions": {
                name: scores.to_dict() for name, scores in self.contributions.items()
            },
            "conflict": self.conflict,
            "notes": list(self.notes),
        }
