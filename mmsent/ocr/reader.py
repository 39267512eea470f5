"""The whole of OCR: the lines of text in a picture, and notes on what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.media import Picture
from mmsent.ocr.detect import LineDetector
from mmsent.ocr.layout import reading_order
from mmsent.ocr.recognise import LineRecogniser
from mmsent.ocr.turns import TurnedLine, read_turned
from mmsent.ocr.windows import search
from mmsent.results import Line

MIN_CONFIDENCE = (
    0.75  # confidence below which texture, or what nobody can read, was read as text ...
)
MIN_SINGLE_CONFIDENCE = 0.9  # ... and for a single character: eyes and buttons look like 0
MAX_LINES = 200  # that are read of a picture, from the top: about five seconds
# times the letters of upright lines that sideways ones must have to be the caption
SIDEWAYS_RATIO = 2
HARD_NOTE = "left out: hard to read."
SIDEWAYS_NOTE = "left out: up the side, where watermarks and credits stand."
TURNED_NOTE = "turned upright to be read."
TOO_MANY_NOTE = "not read, further down: {} of a picture are read."
TOO_TALL_NOTE = "The picture is too tall: no words were looked for below {:,} pixels."


@dataclass(frozen=True)
class OcrResult:
    """The lines of a picture in reading order, and sentences on what was turned or left out."""

    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()


class TextReader:
    """Finds and reads the lines of a picture. Make it once; any number of threads may call it."""

    def __init__(self) -> None:
        """Raises FileNotFoundError where the installed rapidocr carries other nets."""
        self._detect = LineDetector()
        self._recognise = LineRecogniser()

    def read(self, picture: Picture) -> tuple[Line, ...]:
        """The lines of an RGB uint8 picture (H, W, 3) in reading order, none where there is no
        text."""
        return self.read_noted(picture).lines

    def read_noted(self, picture: Picture) -> OcrResult:
        """``read``, with notes on what was turned or left out."""
        bgr = np.ascontiguousarray(picture[..., ::-1])  # as the nets were taught
        found, searched = search(bgr, self._detect)
        lines = read_turned(found[:MAX_LINES], lambda corners: self._recognise(bgr, corners))
        legible = [line for line in lines if _is_legible(line)]
        kept = _drop_sideways(legible)
        illegible = sum(len(line.text) > 1 and not _is_legible(line) for line in lines)
        counts = (
            (illegible, HARD_NOTE),
            (len(legible) - len(kept), SIDEWAYS_NOTE),
            (sum(line.quarters > 0 for line in kept), TURNED_NOTE),
            (len(found) - len(lines), TOO_MANY_NOTE.format(MAX_LINES)),
        )
        notes = [_count_note(number, what) for number, what in counts if number]
        if searched < len(bgr):
            notes.append(TOO_TALL_NOTE.format(searched))
        in_order = reading_order([_to_line(line, bgr.shape[1], bgr.shape[0]) for line in kept])
        return OcrResult(in_order, tuple(notes))


def _is_legible(line: TurnedLine) -> bool:
    return line.confidence >= (MIN_CONFIDENCE if len(line.text) > 1 else MIN_SINGLE_CONFIDENCE)


def _drop_sideways(lines: Sequence[TurnedLine]) -> list[TurnedLine]:
    """The lines without those that run up or down the side of a picture whose caption is
    upright."""
    upright = [line for line in lines if not line.is_sideways]
    letters = sum(len(line.text) for line in upright)
    sideways = sum(len(line.text) for line in lines) - letters
    return upright if letters and sideways <= SIDEWAYS_RATIO * letters else list(lines)


def _count_note(number: int, what: str) -> str:
    return f"{number} {'line was' if number == 1 else 'lines were'} {what}"


def _to_line(line: TurnedLine, width: int, height: int) -> Line:
    inside = np.clip(np.round(line.corners), 0, (width, height)).astype(int)
    (x0, y0), (x1, y1) = inside.min(axis=0).tolist(), inside.max(axis=0).tolist()
    return Line(
        line.text, (x0, y0, x1, y1), line.confidence, tuple((x, y) for x, y in inside.tolist())
    )
