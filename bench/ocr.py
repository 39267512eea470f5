"""Character error of the words read from pictures, and the time it takes, against rapidocr as it
comes.

    python -m bench.ocr               # about a minute on two idle cores

The pictures are drawn by bench.captions and bench.layouts, so their words are known. Character
error is the Levenshtein distance to them over their length, both with case and white space folded,
summed over all pictures of a kind. Both readers see the same pictures of 800x800 in turn; the ratio
is what counts, milliseconds depend on the machine.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnxruntime
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

from bench.captions import Caption, captions
from bench.layouts import layouts
from bench.targets import Row, report
from mmsent.console import manual_parser
from mmsent.media import Picture
from mmsent.ocr import TextReader, caption

MAX_ERROR = 5.0  # per cent of characters of captions ...
MAX_LAYOUT_ERROR = 10.0  # ... and of layouts
MAX_MILLISECONDS = 1200.0  # milliseconds on two idle cores

Reader = Callable[[Picture], str]


@dataclass
class Tally:
    """Wrong and all characters of some pictures, and milliseconds for each: elapsed, and spent on
    all cores together."""

    wrong: int = 0
    characters: int = 0
    elapsed: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)

    @property
    def error(self) -> float:
        """Per cent."""
        return 100 * self.wrong / self.characters

    def add(self, read: Reader, drawn: Caption) -> None:
        start, busy = time.perf_counter(), time.process_time()
        text = read(drawn.picture)
        self.elapsed.append(1000 * (time.perf_counter() - start))
        self.spent.append(1000 * (time.process_time() - busy))
        self.wrong += distance(fold(text), fold(drawn.text))
        self.characters += len(fold(drawn.text))


def fold(text: str) -> str:
    return " ".join(text.casefold().split())


def distance(a: str, b: str) -> int:
    """Levenshtein: the fewest characters to insert, delete or replace that make one of the
    other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def shipped_reader() -> Reader:
    reader = TextReader()
    return lambda picture: caption(reader.read(picture))


def rapidocr_reader() -> Reader:
    """rapidocr with its own settings; arrays are BGR to it."""
    engine = RapidOCR(params={"Global.log_level": "error"})

    def read(picture: Picture) -> str:
        found = engine(picture[..., ::-1])
        assert isinstance(found, RapidOCROutput)  # the other kinds come when a step is left out
        return " ".join(found.txts or ())

    return read


def errors(what: str, read: Reader, pictures: list[Caption], worst: float) -> list[Row]:
    """The character error of pictures, and of each kind of them."""
    by_kind = {one.kind: Tally() for one in pictures}
    for one in pictures:
        by_kind[one.kind].add(read, one)
    wrong = sum(tally.wrong for tally in by_kind.values())
    error = 100 * wrong / sum(tally.characters for tally in by_kind.values())
    return [
        (f"{len(pictures)} {what}: character error, %", error, f"<= {worst:.0f}", error <= worst),
        *((f"  {kind}", tally.error, "", True) for kind, tally in by_kind.items()),
    ]


def main() -> None:
    parser = manual_parser("python -m bench.ocr", __doc__)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--layouts", type=int, default=40)
    parser.add_argument("--timed", type=int, default=20, help="pictures of 800x800")
    args = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, onnxruntime {onnxruntime.__version__}")
    read, read_plain = shipped_reader(), rapidocr_reader()
    mine, theirs = Tally(), Tally()
    for reader in (read, read_plain):
        reader(np.zeros((800, 800, 3), np.uint8))  # the first run of a net costs more
    for drawn in captions(args.timed, seed=1, size=(800, 800)):
        mine.add(read, drawn)
        theirs.add(read_plain, drawn)
    median, spent = float(np.median(mine.elapsed)), float(np.median(mine.spent))
    rows = [
        *errors("captions", read, captions(args.pictures), MAX_ERROR),
        *errors("layouts", read, layouts(args.layouts), MAX_LAYOUT_ERROR),
        ("800x800: median ms", median, f"<= {MAX_MILLISECONDS:.0f}", median <= MAX_MILLISECONDS),
        ("800x800: median ms on all cores together", spent, "", True),
        ("800x800: character error, %", mine.error, "", True),
        ("800x800, rapidocr as it comes: median ms", float(np.median(theirs.elapsed)), "", True),
        ("800x800, rapidocr: ms on all cores together", float(np.median(theirs.spent)), "", True),
        ("800x800, rapidocr: character error, %", theirs.error, "", True),
        (
            "800x800: times faster, of the medians",
            float(np.median(theirs.elapsed)) / median,
            "",
            True,
        ),
    ]
    report(rows, digits=2)


if __name__ == "__main__":
    main()
