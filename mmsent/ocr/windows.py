"""Searches tall pictures, such as screenshots of a chat, in windows that overlap: as a whole they
would be scaled down until their letters are specks."""

from collections.abc import Callable

import cv2
import numpy as np

from mmsent.media import Picture
from mmsent.ocr.detect import AREA
from mmsent.ocr.nets import LONGEST, Corners

TALL = 3  # times its width from which a picture is tall; a phone's screen is 2.2
ASPECT = 2  # height of a window in widths, where that is more than a window at full scale has
OVERLAP = 0.25  # of two windows, in heights of one
SLACK = 0.02  # of a window's height: how far one line's middle may differ between two windows
SAME = 0.5  # share of the smaller of two regions from which they are one line
MOST_WINDOWS = 40  # about five seconds


def search(bgr: Picture, detect: Callable[[Picture], list[Corners]]) -> tuple[list[Corners], int]:
    """The corners of the lines that ``detect`` finds, from top to bottom, and how many rows of
    pixels were searched: all, but for pictures that would take more than MOST_WINDOWS."""
    height, width = bgr.shape[:2]
    parts = cuts(height, width)
    found: list[Corners] = []
    for i, (start, end) in enumerate(parts):
        slack = SLACK * (end - start)
        upper = (parts[i - 1][1] + start) / 2 - slack if i else start
        lower = (parts[i + 1][0] + end) / 2 + slack if i + 1 < len(parts) else end
        shown = [corners + np.array([0, start], np.float32) for corners in detect(bgr[start:end])]
        inside = [corners for corners in shown if upper <= corners[:, 1].mean() <= lower]
        found = _joined(found, inside)
    return sorted(found, key=lambda corners: float(corners[:, 1].mean())), parts[-1][1]


def cuts(height: int, width: int) -> list[tuple[int, int]]:
    """First and last row of pixels of each window; one for all where a picture isn't tall."""
    if height <= TALL * width:
        return [(0, height)]
    length = min(max(ASPECT * width, AREA // width), LONGEST)
    step = round(length * (1 - OVERLAP))
    count = min(max(-(-(height - length) // step), 0) + 1, MOST_WINDOWS)
    return [(i * step, min(i * step + length, height)) for i in range(count)]


def _joined(before: list[Corners], here: list[Corners]) -> list[Corners]:
    """Of a line that two windows show the larger region is kept: the other may be cut off."""
    joined = list(before)
    for corners in here:
        twins = [i for i, other in enumerate(before) if _shared(other, corners) >= SAME]
        if not twins:
            joined.append(corners)
        elif cv2.contourArea(corners) > cv2.contourArea(before[twins[0]]):
            joined[twins[0]] = corners
    return joined


def _shared(a: Corners, b: Corners) -> float:
    """Area that two regions have in common, over that of the smaller."""
    smaller = min(cv2.contourArea(a), cv2.contourArea(b))
    return cv2.intersectConvexConvex(a, b)[0] / max(smaller, 1e-6)
