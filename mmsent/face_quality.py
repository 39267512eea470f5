"""Quality of a face crop: why a face can't be read well, by simple measures.

The thresholds were chosen on every other photo of a small set and checked on the rest
(docs/robustness.md; ``python -m bench.face_robustness`` measures them again).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.face_boxes import Detection
from mmsent.face_rotation import angle_between
from mmsent.media import Picture

TOO_SMALL, CUT_OFF = "too small", "cut off by the edge"
BLURRED, UNCLEAR = "blurred", "hardly looks like a face"
POOR_NOTE = "Not sure, since they can't be read well: {}."
TURNED_NOTE = "Turned upright to be read: face {}."
MIN_SPAN = 14.0  # pixels: hypot(eye to eye, eyes to mouth); about 28 px from brow to chin
MIN_SHARE_INSIDE = 0.75  # share of the crop that lies inside the picture
MIN_DETAIL = 0.25  # deviation of the crop's Laplacian, as a share of that of its grey values
MIN_FACE_PROBABILITY = 0.99  # of being a face


def poor_quality(
    picture: Picture, face: Detection, crop: NDArray[np.uint8], to_crop: NDArray[np.float64]
) -> str | None:
    """The reason why a face can't be read with confidence, None where it can. ``crop`` is its grey
    (size, size) picture, and ``to_crop`` (2, 3) the map from the picture to it."""
    eyes, mouth = face.landmarks[:2], face.landmarks[3:].mean(axis=0)
    span = np.hypot(np.linalg.norm(eyes[1] - eyes[0]), np.linalg.norm(mouth - eyes.mean(axis=0)))
    if 1 < span < MIN_SPAN:  # points on one spot tell nothing
        return TOO_SMALL
    if span > 1 and _share_inside(picture, crop.shape[0], to_crop) < MIN_SHARE_INSIDE:
        return CUT_OFF
    deviation = float(crop.std())
    if deviation > 1 and cv2.Laplacian(crop, cv2.CV_32F).std() < MIN_DETAIL * deviation:
        return BLURRED
    return UNCLEAR if face.probability < MIN_FACE_PROBABILITY else None


def quality_notes(reasons: list[str | None]) -> tuple[str, ...]:
    """A sentence on the faces that can't be read, in the order of the result; none without them."""
    poor = [(number, reason) for number, reason in enumerate(reasons, 1) if reason]
    if not poor:
        return ()
    named = ", ".join(f"face {number} ({reason})" for number, reason in poor)
    return (POOR_NOTE.format(named),)


def turn_notes(rolls: list[float]) -> tuple[str, ...]:
    """A sentence on the faces that were turned upright."""
    turned = [str(i) for i, roll in enumerate(rolls, 1) if angle_between(roll, 0) > 0]
    if not turned:
        return ()
    return (TURNED_NOTE.format(", ".join(turned)),)


def _share_inside(picture: Picture, size: int, to_crop: NDArray[np.float64]) -> float:
    """The share (0..1) of the crop's points that lie inside the picture, by every fourth point."""
    rows, columns = np.mgrid[0:size:4, 0:size:4]
    points = np.stack([columns.ravel(), rows.ravel()], axis=1) - to_crop[:, 2]
    x, y = np.linalg.solve(to_crop[:, :2], points.T)
    height, width = picture.shape[:2]
    return float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())
