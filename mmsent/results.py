"""What the pipelines return: frozen, plain CPU data that pickles and turns into JSON with ``to_dict()``."""

from dataclasses import asdict, dataclass
from typing import Any

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
