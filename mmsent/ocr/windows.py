"""Detection in tall pictures, such as screenshots of a chat, window by window with overlap: as a
whole they would be scaled down until their letters are specks."""

from collections.abc import Callable

import cv2
import numpy as np

from mmsent.media import Picture
from mmsent.ocr.detect import SEARCH_AREA
from mmsent.ocr.nets import MAX_SIDE, Corners

TALL_RATIO = 3  # times its width from which a picture is tall; a phone's screen is 2.2
WINDOW_ASPECT = (
    2  # height of a window in widths, where that is more than a window at full scale has
)
WINDOW_OVERLAP = 0.25  # of two windows, in heights of one
BORDER_SLACK = (
    0.02  # of a window's height: how far one line's middle may differ between two windows
)
SAME_LINE_SHARE = 0.5  # share of the smaller of two regions from which they are one line
MAX_WINDOWS = 40  # about five seconds


def search(bgr: Picture, detect: Callable[[Picture], list[Corners]]) -> tuple[list[Corners], int]:
    """The corners of the lines that ``detect`` finds, from top to bottom, and how many rows of
    pixels were searched: all, but for pictures that would take more than MAX_WINDOWS."""
    height, width = bgr.shape[:2]
    parts = window_rows(height, width)
    found: list[Corners] = []
    for i, (start, end) in enumerate(parts):
        slack = BORDER_SLACK * (end - start)
        upper = (parts[i - 1][1] + start) / 2 - slack if i else start
        lower = (parts[i + 1][0] + end) / 2 + slack if i + 1 < len(parts) else end
        shown = [corners + np.array([0, start], np.float32) for corners in detect(bgr[start:end])]
        inside = [corners for corners in shown if upper <= corners[:, 1].mean() <= lower]
        found = _merge_regions(found, inside)
    return sorted(found, key=lambda corners: float(corners[:, 1].mean())), parts[-1][1]


def window_rows(height: int, width: int) -> list[tuple[int, int]]:
    """First and last row of pixels of each window; one for all where a picture isn't tall."""
    if height <= TALL_RATIO * width:
        return [(0, height)]
    length = min(max(WINDOW_ASPECT * width, SEARCH_AREA // width), MAX_SIDE)
    step = round(length * (1 - WINDOW_OVERLAP))
    count = min(max(-(-(height - length) // step), 0) + 1, MAX_WINDOWS)
    return [(i * step, min(i * step + length, height)) for i in range(count)]


def _merge_regions(before: list[Corners], here: list[Corners]) -> list[Corners]:
    """Of a line that two windows show the larger region is kept: the other may be cut off."""
    joined = list(before)
    for corners in here:
        twins = [
            i for i, other in enumerate(before) if _shared_area(other, corners) >= SAME_LINE_SHARE
        ]
        if not twins:
            joined.append(corners)
        elif cv2.contourArea(corners) > cv2.contourArea(before[twins[0]]):
            joined[twins[0]] = corners
    return joined


def _shared_area(a: Corners, b: Corners) -> float:
    """Area that two regions have in common, over that of the smaller."""
    smaller = min(cv2.contourArea(a), cv2.contourArea(b))
    return cv2.intersectConvexConvex(a, b)[0] / max(smaller, 1e-6)
