"""Which way up lines of text are: read at several turns where the first reading is poor.

On rendered captions the confidence of an upright line is at least 0.94, that of 99 % of lines that
are upside down below 0.86 (n = 173), so ordinary pictures are read once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.ocr.nets import Corners
from mmsent.ocr.recognise import side_lengths

UPRIGHT = 1.5  # a region this many times as high as wide is a line standing on its end
POOR = 0.87  # confidence below which other turns are tried ...
TURNED = 0.85  # ... and from which one of them is believed, if it is better ...
BETTER = 0.05  # ... by this
PROOF = 4  # letters that a line must have to prove that it is turned: 8 and 101 look alike so
TRIES = 3  # lines of a picture that are tried: texture that looks like text costs no more
TIE = 0.1  # confidence that a line may lose to lie as the others do

ReadLine = Callable[[Corners], tuple[str, float]]


@dataclass(frozen=True)
class TurnedLine:
    """What was read of a line: ``corners`` from the top left of its letters on; ``quarters``
    clockwise that it is turned from upright, 0..3."""

    corners: Corners
    quarters: int
    text: str
    confidence: float

    @property
    def on_its_side(self) -> bool:
        return self.quarters % 2 == 1


def read_turned(found: Sequence[Corners], read: ReadLine) -> list[TurnedLine]:
    """Each of the found lines as it is read best, in the same order.

    Lines that stand on their end are read from top to bottom first. Of those read poorly the
    largest are turned; where most of a picture's letters prove to be turned, all lines are. Short
    words never decide: texture looks like two letters at some turn, and WOW turned is MOM.
    """
    lines = [_read(corners, _first_turn(corners), read) for corners in found]
    poor = [i for i, line in enumerate(lines) if line.confidence < POOR and not _short(found[i])]
    for i in sorted(poor, key=lambda i: _area(found[i]), reverse=True)[:TRIES]:
        other = _read(found[i], (lines[i].quarters + 2) % 4, read)
        better = other.confidence >= max(TURNED, lines[i].confidence + BETTER)
        if better and len(other.text) >= PROOF:
            lines[i] = other
    letters = [0] * 4  # surely read, of each turn
    for line, corners in zip(lines, found, strict=True):
        if line.confidence >= TURNED and not _short(corners):
            letters[line.quarters] += len(line.text)
    return [
        _as_most(line, corners, letters, read) for line, corners in zip(lines, found, strict=True)
    ]


def _as_most(
    line: TurnedLine, corners: Corners, letters: Sequence[int], read: ReadLine
) -> TurnedLine:
    """A line turned as most letters of its axis are, of a short one as most of all are, unless it
    is read much worse so."""
    axis = range(4) if _short(corners) else (line.quarters % 2, line.quarters % 2 + 2)
    most = max(axis, key=lambda quarters: letters[quarters])
    if most == line.quarters or letters[most] == 0:
        return line
    other = _read(corners, most, read)
    return other if other.confidence >= line.confidence - TIE else line


def _first_turn(corners: Corners) -> int:
    width, height = side_lengths(corners)
    return 1 if height >= UPRIGHT * width else 0


def _read(corners: Corners, quarters: int, read: ReadLine) -> TurnedLine:
    turned = np.roll(corners, -quarters, axis=0)
    return TurnedLine(turned, quarters, *read(turned))


def _short(corners: Corners) -> bool:
    width, height = side_lengths(corners)
    return max(width, height) < UPRIGHT * min(width, height)


def _area(corners: Corners) -> float:
    width, height = side_lengths(corners)
    return width * height
