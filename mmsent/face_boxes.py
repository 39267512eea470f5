"""Detected faces as plain numbers, and the geometry of their boxes.

Coordinates are pixels of the input picture, x to the right and y down, boxes (x0, y0, x1, y1). Left
and right are as seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsent.face_rotation import MAX_UPRIGHT_ROLL, roll_of
from mmsent.media import Picture

# (5, 2): left eye, right eye, nose, left and right corner of the mouth
Points = NDArray[np.float32]

# An upright face is found with at least this probability (5 of 100 have less than 0.999); one that
# is upside down and taken for upright reaches 0.94 in the median and 0.991 in 5 of 100
MIN_UPRIGHT_PROBABILITY = 0.995
MIN_SAME_FACE_SHARE = 0.5  # of the smaller of two boxes inside the other: both hold one face


@dataclass(frozen=True)
class Detection:
    """One face: box (4,) float32, probability 0..1 of being a face, landmarks (5, 2) float32."""

    box: NDArray[np.float32]
    probability: float
    landmarks: Points

    @property
    def roll(self) -> float:
        """Degrees, clockwise, by which it is turned; 0 where the nets see it as upright."""
        roll = roll_of(self.landmarks)
        return roll if abs(roll) > MAX_UPRIGHT_ROLL else 0.0

    @property
    def is_upright(self) -> bool:
        """Whether it is certainly upright; only of a face found in an upright picture."""
        return self.probability >= MIN_UPRIGHT_PROBABILITY and not self.roll

    def shifted(self, x: float, y: float) -> "Detection":
        """The same face in a picture that begins ``x`` and ``y`` pixels earlier."""
        shift = np.array([x, y], np.float32)
        return Detection(self.box + np.tile(shift, 2), self.probability, self.landmarks + shift)

    def scaled(self, factor: float) -> "Detection":
        """The same face in a picture ``factor`` times as large."""
        return Detection(self.box * factor, self.probability, self.landmarks * factor)


def area(box: NDArray) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def overlap(a: NDArray, b: NDArray) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = float(width * height)
    return inner / (area(a) + area(b) - inner)


def clip_box(box: NDArray, picture: Picture) -> tuple[int, int, int, int]:
    """The box in whole pixels inside the picture."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = (round(float(value)) for value in box)
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def square_around(box: NDArray) -> NDArray:
    """The square around a box that MTCNN's last net was trained to see."""
    side = max(box[2] - box[0], box[3] - box[1], 1)
    x, y = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
    return np.array([x, y, x + side, y + side], dtype=np.float32)


def drop_duplicates(sure: list[Detection], others: list[Detection]) -> list[Detection]:
    """The ``sure`` faces, and each of the ``others`` once: of duplicates the most probable
    (non-maximum suppression)."""
    kept = list(sure)
    for face in sorted(others, key=lambda face: -face.probability):
        if all(_shared_area(face.box, other.box) < MIN_SAME_FACE_SHARE for other in kept):
            kept.append(face)
    return kept


def _shared_area(a: NDArray, b: NDArray) -> float:
    """The share of the smaller of two boxes that lies in the other, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0) / max(min(area(a), area(b)), 1e-6)
