"""From a picture to its lines of text, with what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.media import Picture
from mmsent.ocr.detect import LineDetector
from mmsent.ocr.layout import reading_order
from mmsent.ocr.recognise import LineRecogniser, side_lengths
from mmsent.ocr.turns import TurnedLine, read_turned
from mmsent.results import Line

SURE = 0.75  # confidence below which texture, or what nobody can read, was read as text ...
SURE_ALONE = 0.9  # ... and for a single character: eyes and buttons look like 0
MOST_LINES = 60  # of a page full of text the tallest are read: more is no caption and takes seconds
# times the letters of lines on their feet that those on their side must have to be the caption
MOSTLY = 2
HARD = "left out: hard to read."
ASIDE = "up the side {} left out, as watermarks and credits stand there."
TURNED = "turned upright to be read."


@dataclass(frozen=True)
class Reading:
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

    def read_noted(self, picture: Picture) -> Reading:
        """``read``, and what is to be said of it."""
        bgr = np.ascontiguousarray(picture[..., ::-1])  # as the nets were taught
        found = sorted(self._detect(bgr), key=lambda four: min(side_lengths(four)), reverse=True)
        lines = read_turned(found[:MOST_LINES], lambda corners: self._recognise(bgr, corners))
        legible = [line for line in lines if _is_legible(line)]
        hard = sum(len(line.text) > 1 for line in lines) - sum(
            len(line.text) > 1 for line in legible
        )
        kept = _without_sides(legible)
        return Reading(
            reading_order([_line(line, bgr.shape[1], bgr.shape[0]) for line in kept]),
            _notes(hard, len(legible) - len(kept), sum(line.quarters > 0 for line in kept)),
        )


def _is_legible(line: TurnedLine) -> bool:
    return line.confidence >= (SURE if len(line.text) > 1 else SURE_ALONE)


def _without_sides(lines: Sequence[TurnedLine]) -> list[TurnedLine]:
    """Without what runs up or down the side of a picture whose caption is on its feet."""
    upright = [line for line in lines if not line.on_its_side]
    letters = sum(len(line.text) for line in upright)
    aside = sum(len(line.text) for line in lines) - letters
    return upright if letters and aside <= MOSTLY * letters else list(lines)


def _notes(hard: int, aside: int, turned: int) -> tuple[str, ...]:
    told = []
    if hard:
        told.append(f"{_count(hard)} {HARD}")
    if aside:
        told.append(f"{aside} {_lines(aside)} {ASIDE.format(_were(aside))}")
    if turned:
        told.append(f"{_count(turned)} {TURNED}")
    return tuple(told)


def _count(number: int) -> str:
    return f"{number} {_lines(number)} {_were(number)}"


def _lines(number: int) -> str:
    return "line" if number == 1 else "lines"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _line(line: TurnedLine, width: int, height: int) -> Line:
    inside = np.clip(np.round(line.corners), 0, (width, height)).astype(int)
    (x0, y0), (x1, y1) = inside.min(axis=0).tolist(), inside.max(axis=0).tolist()
    return Line(
        line.text, (x0, y0, x1, y1), line.confidence, tuple((x, y) for x, y in inside.tolist())
    )
