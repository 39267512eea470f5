"""The parts of a transcript with times: entries as they are written, cues once they are in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mmsent.media import MediaError

# what programs and sites write before the first entry: nobody says it
PREFACE = re.compile(
    r"Detect(?:ing|ed) language\b|whisper_|system_info|main: |Transcript(?:ion)?:?$|(?:Kind|Language): \S+$|https?://\S+$|"
    r"\[(?:INFORMATION|TITLE|AUTHOR|SOURCE|PRG|FILEPATH|DELAY|CD TRACK|COMMENT|END INFORMATION|SUBTITLE|"
    r"COLF|SIZE|FONT|BEGIN|END)\]|"
    r"\$\w{1,30}\s{0,3}="
)
MAX_CUES = 2_000
MAX_ENTRIES = 4 * MAX_CUES  # those without words and those that roll included
# who speaks, alone in a line
NAME_ALONE = re.compile(r"[-~\s]{0,4}[A-Z][\w'’-]{0,20}(?: [A-Z\d][\w.'’-]{0,20}){0,3}:?")
MAX_LISTED = 12  # places that a sentence names
TIMES_OF_DAY = (
    "Times such as {} are taken for times of day, as in a chat, so only the words were read."
)


@dataclass(frozen=True)
class Cue:
    """Words with start and end in seconds; ``place`` is the line or number in the transcript, 0 where
    there is none."""

    start: float
    end: float
    text: str
    place: int = field(default=0, compare=False)


@dataclass
class Entry:
    """One entry of a notation: ``place`` (line or number, from 1), seconds, None where
    they can't be read, and the ``lines`` under them. ``endless``: the notation has only
    start times."""

    place: int
    start: float | None
    end: float | None
    lines: list[str]
    endless: bool = False


@dataclass(frozen=True)
class ParsedTranscript:
    """The entries of a transcript with times, as its notation has them; ``unit`` is what their places
    count. Not ``timed``: they are said in this order, and their times are none of a clip."""

    entries: list[Entry]
    unit: str = "line"
    notes: tuple[str, ...] = ()
    timed: bool = True


class Unreadable(MediaError):  # noqa: N818
    """A transcript in a known notation that can't be parsed; its text is one sentence."""


def list_places(unit: str, places: Sequence[int]) -> str:
    """ "line 7", "lines 7, 12, 30"; of many the first."""
    more = f" and {len(places) - MAX_LISTED} more" if len(places) > MAX_LISTED else ""
    named = "line" if unit == "line" else "entry"
    several = "lines" if unit == "line" else "entries"
    return (
        f"{named if len(places) == 1 else several} {', '.join(map(str, places[:MAX_LISTED]))}{more}"
    )
