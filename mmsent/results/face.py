"""Results on faces in images."""

from dataclasses import asdict, dataclass
from typing import Any

from mmsent.results.scores import Box, Scores


@dataclass(frozen=True)
class Face:
    """A face: its box, the probability (0..1) of being one, the number of its track, and its
    emotions.

    ``landmarks`` are five (x, y) points in input pixels: left eye, right eye, nose, left and right
    corner of the mouth, as seen in the picture; of a turned face, as seen once it stands upright.
    ``quality`` says why it can't be read well ("too small", "blurred", "cut off by the edge",
    "hardly looks like a face"), and then ``emotions`` are unsure; None where it can.
    """

    box: Box
    detection: float
    track: int | None
    emotions: Scores
    landmarks: tuple[tuple[float, float], ...] = ()
    quality: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"emotions": self.emotions.to_dict()}


@dataclass(frozen=True)
class FaceResult:
    """The faces of a picture, largest first; ``size`` is its (width, height) in pixels. No face is
    an empty tuple. ``notes`` are sentences the reader should know."""

    faces: tuple[Face, ...]
    size: tuple[int, int]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "size": list(self.size),
            "faces": [face.to_dict() for face in self.faces],
            "notes": list(self.notes),
        }
