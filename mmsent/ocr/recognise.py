"""Reads single lines of text with the recogniser of PP-OCRv6."""

import cv2
import numpy as np

from mmsent.media import Picture
from mmsent.ocr.nets import MAX_SIDE, STRIDE, Corners, load_net, resize, run_net

RECOGNISER = "PP-OCRv6_rec_small.onnx"
# pixels: the height at which lines are read, and the width to which shorter ones are padded
LINE_HEIGHT, MIN_LINE_WIDTH = 48, 320


class LineRecogniser:
    """Reads lines; any number of threads may call it."""

    def __init__(self) -> None:
        self._net = load_net(RECOGNISER)
        known = self._net.session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = ("", *known, " ")  # class 0 is the blank of CTC

    def __call__(self, bgr: Picture, corners: Corners) -> tuple[str, float]:
        """Text and mean confidence 0..1 of its characters, ("", 0) for none, of a line whose first
        corner is the top left of its letters."""
        probabilities = run_net(self._net, _cut_line(bgr, corners))  # (steps, characters)
        best = probabilities.argmax(axis=1)
        # CTC: a character that goes on is one, and blanks part two
        fresh = best != np.concatenate([[0], best[:-1]])
        kept = fresh & (best > 0)
        text = "".join(self._characters[i] for i in best[kept]).strip()
        return text, float(probabilities.max(axis=1)[kept].mean()) if kept.any() else 0.0


def side_lengths(corners: Corners) -> tuple[float, float]:
    """Width and height of a line: along its letters and across."""
    return (
        float(np.linalg.norm(corners[1] - corners[0])),
        float(np.linalg.norm(corners[3] - corners[0])),
    )


def _cut_line(bgr: Picture, corners: Corners) -> Picture:
    """The line, upright, LINE_HEIGHT pixels high, with grey padding on the right."""
    width, height = (max(round(side), 1) for side in side_lengths(corners))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    strip = cv2.warpPerspective(
        bgr, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    scaled = min(-(-LINE_HEIGHT * width // height), MAX_SIDE)
    strip = resize(strip, scaled, LINE_HEIGHT)
    fill = max(MIN_LINE_WIDTH, scaled + -scaled % STRIDE) - scaled
    return cv2.copyMakeBorder(strip, 0, 0, 0, fill, cv2.BORDER_CONSTANT, value=(128, 128, 128))
