"""Rotation of lines of text: a line is read at other quarter turns where the first reading is poor.

On rendered captions the confidence of an upright line is at least 0.94, that of 99 % of lines that
are upside down below 0.86 (n = 173), so ordinary pictures are read once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.ocr.nets import Corners
from mmsent.ocr.recognise import side_lengths

ON_END_RATIO = 1.5  # a region this many times as high as wide is a line standing on its end
RETRY_CONFIDENCE = 0.87  # confidence below which other turns are tried ...
MIN_TURNED_CONFIDENCE = 0.85  # ... and from which one of them is believed, if it is better ...
MIN_GAIN = 0.05  # ... by this
MIN_PROOF_LETTERS = (
    4  # letters that a line must have to prove that it is turned: 8 and 101 look alike so
)
MAX_RETRIED_LINES = (
    3  # lines of a picture that are tried: texture that looks like text costs no more
)
TIE_MARGIN = 0.1  # confidence that a line may lose to lie as the others do

ReadLine = Callable[[Corners], tuple[str, float]]


@dataclass(frozen=True)
class TurnedLine:
    """A recognised line: ``corners`` from the top left of its letters on; ``quarters``
    clockwise that it is turned from upright, 0..3."""

    corners: Corners
    quarters: int
    text: str
    confidence: float

    @property
    def is_sideways(self) -> bool:
        return self.quarters % 2 == 1


def read_turned(found: Sequence[Corners], read: ReadLine) -> list[TurnedLine]:
    """The best reading of each found line, in the same order.

    Lines that stand on their end are read from top to bottom first. Of those read poorly the
    largest are turned; where most of a picture's letters prove to be turned, all lines are. Short
    words never decide: texture looks like two letters at some turn, and WOW turned is MOM.
    """
    lines = [_read(corners, _first_turn(corners), read) for corners in found]
    poor = [
        i
        for i, line in enumerate(lines)
        if line.confidence < RETRY_CONFIDENCE and not _is_short(found[i])
    ]
    for i in sorted(poor, key=lambda i: _area(found[i]), reverse=True)[:MAX_RETRIED_LINES]:
        other = _read(found[i], (lines[i].quarters + 2) % 4, read)
        better = other.confidence >= max(MIN_TURNED_CONFIDENCE, lines[i].confidence + MIN_GAIN)
        if better and len(other.text) >= MIN_PROOF_LETTERS:
            lines[i] = other
    letters = [0] * 4  # surely read, of each turn
    for line, corners in zip(lines, found, strict=True):
        if line.confidence >= MIN_TURNED_CONFIDENCE and not _is_short(corners):
            letters[line.quarters] += len(line.text)
    return [
        _turn_as_most(line, corners, letters, read)
        for line, corners in zip(lines, found, strict=True)
    ]


def _turn_as_most(
    line: TurnedLine, corners: Corners, letters: Sequence[int], read: ReadLine
) -> TurnedLine:
    """A line turned as most letters of its axis are, of a short one as most of all are, unless it
    is read much worse so."""
    axis = range(4) if _is_short(corners) else (line.quarters % 2, line.quarters % 2 + 2)
    most = max(axis, key=lambda quarters: letters[quarters])
    if most == line.quarters or letters[most] == 0:
        return line
    other = _read(corners, most, read)
    return other if other.confidence >= line.confidence - TIE_MARGIN else line


def _first_turn(corners: Corners) -> int:
    width, height = side_lengths(corners)
    return 1 if height >= ON_END_RATIO * width else 0


def _read(corners: Corners, quarters: int, read: ReadLine) -> TurnedLine:
    turned = np.roll(corners, -quarters, axis=0)
    return TurnedLine(turned, quarters, *read(turned))


def _is_short(corners: Corners) -> bool:
    width, height = side_lengths(corners)
    return max(width, height) < ON_END_RATIO * min(width, height)


def _area(corners: Corners) -> float:
    width, height = side_lengths(corners)
    return width * height
