"""Geometry of turned faces: pictures and windows in which they are upright, and the way back.

A roll is the angle in degrees, clockwise as seen, by which a face is turned in the picture's plane:
0 upright, 90 lying on its left side as seen in a mirror, 180 upside down.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture

Array = NDArray[np.floating]

# degrees up to which the nets see a face as upright: of 45 faces turned by 45 a third is lost
MAX_UPRIGHT_ROLL = 30.0


def roll_of(landmarks: Array) -> float:
    """Degrees (-180..180] by which five landmarks (5, 2) are turned: the way of both eyes and both
    corners of the mouth."""
    across = (landmarks[1] - landmarks[0]) + (landmarks[4] - landmarks[3])
    return float(np.degrees(np.arctan2(across[1], across[0])))


def angle_between(a: float, b: float) -> float:
    """Degrees 0..180 between two angles."""
    return abs((a - b + 180) % 360 - 180)


def turn_quarters(picture: Picture, quarters: int) -> Picture:
    """The picture turned counter-clockwise, so that faces of roll 90 * ``quarters`` stand
    upright."""
    return np.ascontiguousarray(np.rot90(picture, quarters))


def unturn_points(points: Array, size: tuple[int, int], quarters: int) -> Array:
    """Points (N, 2) of ``quarter_turned(picture, quarters)`` in the picture of ``size`` (width,
    height)."""
    for done in range(quarters, 0, -1):
        width = size[(done - 1) % 2]  # of the picture before that turn
        points = np.stack([width - points[:, 1], points[:, 0]], axis=1)
    return points


def unturn_box(box: Array, size: tuple[int, int], quarters: int) -> Array:
    """A box (4,) of ``turn_quarters(picture, quarters)`` in the picture of ``size``."""
    corners = unturn_points(box.reshape(2, 2), size, quarters)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def rotation(roll: float) -> Array:
    """The (2, 2) matrix from directions in an upright face to directions in the picture."""
    cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    return np.array([[cos, -sin], [sin, cos]])


def upright_window(picture: Picture, square: Array, roll: float, size: int) -> Picture:
    """The square (4,) around a face as (size, size) with the face upright, black beyond the
    border."""
    side = float(square[2] - square[0])
    finer = int(np.clip(np.ceil(side / size), 1, 8))  # so that no pixel is skipped
    full = size * finer
    turn = rotation(-roll) * full / side
    centre = (square[:2] + square[2:]) / 2
    matrix = np.hstack([turn, (full / 2 - turn @ centre)[:, None]])
    window = cv2.warpAffine(picture, matrix, (full, full))
    return cv2.resize(window, (size, size), interpolation=cv2.INTER_AREA) if finer > 1 else window


def box_of_window(box: Array, centre: Array, roll: float) -> Array:
    """The upright box (4,) of a face around ``centre`` (2,) of the picture, once its window is
    turned back by ``roll``: as large as the face, with sides that change places on the way from
    standing to lying."""
    middle = centre + rotation(roll) @ ((box[:2] + box[2:]) / 2 - centre)
    upright = np.cos(np.radians(roll)) ** 2
    half = (upright * (box[2:] - box[:2]) + (1 - upright) * (box[2:] - box[:2])[::-1]) / 2
    return np.concatenate([middle - half, middle + half])
