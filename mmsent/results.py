"""What the pipelines return: frozen, plain CPU data that pickles and turns into JSON with ``to_dict()``."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the input picture


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities (they sum to 1) over ``labels``; ``unsure`` when the model would rather not say."""

    labels: tuple[str, ...]
    probs: tuple[float, ...]
    unsure: bool

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
        return {"top": self.top, "confidence": self.confidence, "unsure": self.unsure, "probs": self.as_dict()}


@dataclass(frozen=True)
class Face:
    """A face: where, how surely it is one (0..1), the number that follows it through a stream, and what it shows.

    ``landmarks`` are five (x, y) points in input pixels: left eye, right eye, nose, left and right corner of the mouth, as
    seen in the picture.
    """

    box: Box
    detection: float
    track: int | None
    emotions: Scores
    landmarks: tuple[tuple[float, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"emotions": self.emotions.to_dict()}


@dataclass(frozen=True)
class FaceResult:
    """The faces of a picture, largest first; ``size`` is its (width, height) in pixels. No face is an empty tuple."""

    faces: tuple[Face, ...]
    size: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        return {"size": list(self.size), "faces": [face.to_dict() for face in self.faces]}


@dataclass(frozen=True)
class LiveResult(FaceResult):
    """One frame of a stream, oldest face first. ``labels`` are the words to show, one a face, steadier than ``emotions.top``;
    ``baseline`` is "collecting", "set" or None."""

    labels: tuple[str, ...] = ()
    baseline: str | None = None


@dataclass(frozen=True, eq=False)  # arrays have no plain equality
class ReviewResult:
    """What a text and a photo say together, and why.

    ``tokens`` are the words of ``text`` (W of them, sub-words merged), ``spans`` their (start, end) characters in it, and
    ``pull`` is how much each moves the verdict: the log-odds of ``sentiment.top`` with the word less those without it.
    ``attention`` (W, gh * gw) float32 says where in the photo each word looked, row by row of the ``grid`` (gh, gw) that lies
    over the whole photo; a row sums to the share of the word's attention that the photo got, and the rest went to "nothing
    relevant here". ``image_weight`` is the mean of those sums, 0 without a photo. A photo without text has the one row of
    ``attention`` that stands for no word, and no tokens. ``contributions`` holds what "text" and "image" say alone, as far as
    they are there; ``conflict`` when both are sure and say the opposite. ``notes`` are sentences the reader should know.
    """

    text: str
    sentiment: Scores
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    pull: tuple[float, ...]
    attention: NDArray[np.float32]
    grid: tuple[int, int]
    image_weight: float
    contributions: dict[str, Scores] = field(default_factory=dict)
    conflict: bool = False
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "sentiment": self.sentiment.to_dict(),
            "words": [
                {"word": word, "span": list(span), "pull": pull}
                for word, span, pull in zip(self.tokens, self.spans, self.pull, strict=True)
            ],
            "attention": self.attention.round(5).tolist(),
            "grid": list(self.grid),
            "image_weight": self.image_weight,
            "contributions": {name: scores.to_dict() for name, scores in self.contributions.items()},
            "conflict": self.conflict,
            "notes": list(self.notes),
        }
