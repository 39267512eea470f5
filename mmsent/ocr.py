"""Reads the words on a picture: PP-OCRv6 finds lines of text and reads each, in ONNX Runtime on the
CPU.

Both nets come inside the wheel of rapidocr. They are run here rather than by rapidocr itself, which
fetches files it misses, makes the short side of every picture at least 736 px long, and leaves its
threads spinning.
"""

from collections.abc import Sequence
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.results import Line
from mmsent.runtime import OnnxNet

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# pixels that lines are searched in: larger pictures are scaled down, smaller ones up ...
AREA = 640 * 640
ENLARGE = 4.0  # ... by this at most
LONGEST = 3200  # pixels of the longer side in the search, and of a line that is read
STRIDE = 32  # pixels: both nets want sides that are multiples of it
# probability from which a pixel belongs to a line; this and the next two as PP-OCRv6 was tuned
INK = 0.3
LINE = 0.5  # mean probability from which a region is a line
# the net is taught shrunken lines; how far they grow back (DB, arXiv:1911.08947, section 3.5)
UNCLIP = 1.6
THINNEST = 3  # pixels of the search below which a region is a speck
# pixels: the height lines are read at, and the width shorter ones are filled up to
HEIGHT, WIDTH = 48, 320
UPRIGHT = 1.5  # a region this many times as high as wide is a line standing on its end
SURE = 0.6  # confidence below which texture was read as text ...
SURE_ALONE = 0.9  # ... and for a single character: eyes and buttons look like 0
MOST_LINES = 60  # of a page full of text the tallest are read: more is no caption and takes seconds
SAME_ROW = 0.5  # share of the lower line's height that two lines of a row have in common


class TextReader:
    """Finds and reads the lines of a picture. Make it once; any number of threads may call it."""

    def __init__(self) -> None:
        """Raises FileNotFoundError where the installed rapidocr carries other nets."""
        self._detector = _net(DETECTOR)
        self._recogniser = _net(RECOGNISER)
        known = (
            self._recogniser.session.get_modelmeta().custom_metadata_map["character"].splitlines()
        )
        self._characters = ("", *known, " ")  # class 0 is the blank of CTC

    def read(self, picture: Picture) -> tuple[Line, ...]:
        """The lines of an RGB uint8 picture (H, W, 3) in reading order, none where there is no
        text."""
        bgr = np.ascontiguousarray(picture[..., ::-1])  # as the nets were taught
        corners = sorted(self._find(bgr), key=_height, reverse=True)[:MOST_LINES]
        lines = [self._read_line(bgr, four) for four in corners]
        return reading_order(
            [
                line
                for line in lines
                if line.confidence >= (SURE if len(line.text) > 1 else SURE_ALONE)
            ]
        )

    def _find(self, bgr: Picture) -> list[NDArray[np.float32]]:
        """The four corners (4, 2) of every line in pixels of the picture: top left, top right,
        bottom right, bottom left."""
        height, width = bgr.shape[:2]
        scale = min(np.sqrt(AREA / (height * width)), LONGEST / max(height, width), ENLARGE)
        small = _resize(bgr, max(round(width * scale), 1), max(round(height * scale), 1))
        bottom, right = (-length % STRIDE for length in small.shape[:2])
        padded = cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        heat = _run(self._detector, padded)[0]
        mask = cv2.dilate((heat > INK).astype(np.uint8), np.ones((2, 2), np.uint8))
        found = []
        for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
            middle, sides, angle = cv2.minAreaRect(contour)
            if min(sides) < THINNEST or _mean_inside(heat, contour) < LINE:
                continue
            # twice area over perimeter, both sides
            grow = UNCLIP * sides[0] * sides[1] / (sides[0] + sides[1])
            grown = cv2.boxPoints((middle, (sides[0] + grow, sides[1] + grow), angle))
            found.append(_clockwise(grown) * (np.array([width, height]) / small.shape[1::-1]))
        return [corners.astype(np.float32) for corners in found]

    def _read_line(self, bgr: Picture, corners: NDArray[np.float32]) -> Line:
        strip = _cut(bgr, corners)
        probabilities = _run(self._recogniser, strip)  # (steps, characters)
        best = probabilities.argmax(axis=1)
        # CTC: a character that goes on is one, and blanks part two
        fresh = best != np.concatenate([[0], best[:-1]])
        kept = fresh & (best > 0)
        text = "".join(self._characters[i] for i in best[kept]).strip()
        height, width = bgr.shape[:2]
        (x0, y0), (x1, y1) = np.clip(
            np.round([corners.min(axis=0), corners.max(axis=0)]), 0, (width, height)
        ).astype(int)
        box = (int(x0), int(y0), int(x1), int(y1))
        return Line(text, box, float(probabilities.max(axis=1)[kept].mean()) if kept.any() else 0.0)


def reading_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Rows from top to bottom, the lines of a row from left to right."""
    return tuple(line for row in _rows(lines) for line in row)


def caption(lines: Sequence[Line]) -> str:
    """All lines as one text in reading order: a line break between rows, a space between lines of
    one row."""
    return "\n".join(" ".join(line.text for line in row) for row in _rows(lines))


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3]):
        if rows and _same_row(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box[0]) for row in rows]


def _same_row(a: Line, b: Line) -> bool:
    common = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return common >= SAME_ROW * min(a.box[3] - a.box[1], b.box[3] - b.box[1])


def _net(name: str) -> OnnxNet:
    return OnnxNet(files("rapidocr").joinpath("models", name).read_bytes())


def _run(net: OnnxNet, bgr: Picture) -> NDArray[np.float32]:
    """What a net says of one picture, without the axis of the batch."""
    batch = (bgr.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    return net.session.run(None, {"x": batch})[0][0]


def _resize(picture: Picture, width: int, height: int) -> Picture:
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    return cv2.resize(
        picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )


def _cut(bgr: Picture, corners: NDArray[np.float32]) -> Picture:
    """A line on its feet, HEIGHT pixels high, filled up with grey on the right."""
    width, height = (max(round(float(np.linalg.norm(corners[i] - corners[0]))), 1) for i in (1, 3))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    strip = cv2.warpPerspective(
        bgr, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if height >= UPRIGHT * width:
        strip = np.rot90(strip)
    scaled = min(-(-HEIGHT * strip.shape[1] // strip.shape[0]), LONGEST)
    strip = _resize(strip, scaled, HEIGHT)
    fill = max(WIDTH, scaled + -scaled % STRIDE) - scaled
    return cv2.copyMakeBorder(strip, 0, 0, 0, fill, cv2.BORDER_CONSTANT, value=(128, 128, 128))


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


def _height(corners: NDArray[np.float32]) -> float:
    return float(
        min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0]))
    )
