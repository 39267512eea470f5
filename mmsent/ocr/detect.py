"""Detection of lines of text in a picture, with the detector of PP-OCRv6."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.ocr.nets import MAX_SIDE, STRIDE, Corners, load_net, resize, run_net

DETECTOR = "PP-OCRv6_det_small.onnx"
# pixels that lines are searched in: larger pictures are scaled down, smaller ones up ...
SEARCH_AREA = 640 * 640
MAX_ENLARGEMENT = 4.0  # ... by this at most
# probability from which a pixel belongs to a line; this and the next two as PP-OCRv6 was tuned
DET_THRESH = 0.3
BOX_THRESH = 0.5  # mean probability from which a region is a line
# the net is taught shrunken lines; how far they grow back (DB, arXiv:1911.08947, section 3.5)
UNCLIP_RATIO = 1.6
MIN_THICKNESS = 3  # pixels of the search below which a region is a speck


class LineDetector:
    """Finds lines; any number of threads may call it."""

    def __init__(self) -> None:
        self._net = load_net(DETECTOR)

    def __call__(self, bgr: Picture) -> list[Corners]:
        """The four corners (4, 2) of every line in pixels of the picture: top left, top right,
        bottom right, bottom left, however the letters lie."""
        height, width = bgr.shape[:2]
        scale = min(
            np.sqrt(SEARCH_AREA / (height * width)), MAX_SIDE / max(height, width), MAX_ENLARGEMENT
        )
        small = resize(bgr, max(round(width * scale), 1), max(round(height * scale), 1))
        bottom, right = (-length % STRIDE for length in small.shape[:2])
        padded = cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        heat = run_net(self._net, padded)[0]
        mask = cv2.dilate((heat > DET_THRESH).astype(np.uint8), np.ones((2, 2), np.uint8))
        found = []
        for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
            middle, sides, angle = cv2.minAreaRect(contour)
            if min(sides) < MIN_THICKNESS or _mean_inside(heat, contour) < BOX_THRESH:
                continue
            # twice area over perimeter, both sides
            grow = UNCLIP_RATIO * sides[0] * sides[1] / (sides[0] + sides[1])
            grown = cv2.boxPoints((middle, (sides[0] + grow, sides[1] + grow), angle))
            found.append(_clockwise(grown) * (np.array([width, height]) / small.shape[1::-1]))
        return [corners.astype(np.float32) for corners in found]


def _mean_inside(heat: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour], 0, 1, cv2.FILLED, offset=(-x, -y))
    return cv2.mean(heat[y : y + height, x : x + width], mask)[0]


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Four corners from the top left on."""
    left, right = np.split(corners[np.argsort(corners[:, 0], kind="stable")], 2)
    (a, d), (b, c) = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.stack([a, b, c, d])
