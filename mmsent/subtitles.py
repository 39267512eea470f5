"""Transcripts: SRT and WebVTT read and written, and plain text laid over the places where somebody speaks."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mmsent.media import MediaError
from mmsent.text import whole

MAX_CHARACTERS = 200_000
MAX_CUES = 2_000
CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[,.](\d{1,9}))?"
TIMES = re.compile(rf"\s*{CLOCK}\s*-->\s*{CLOCK}(?:\s.*)?")
TIMED = re.compile(r"\s*\d{1,3}:\d[^>]{0,20}-->")  # a line that wants to be one of times; bounded, since visitors write it
TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|<[\d:.]+>|\{\\[^{}\n]*\}")  # <i>, <v Roger>, <00:01.500>, {\an8}
SENTENCE_END = re.compile(r"([.!?…][\"'”’»)\]]*)\s+|([。！？])")


@dataclass(frozen=True)
class Cue:
    """What is said from one second to another."""

    start: float
    end: float
    text: str


def parse_transcript(text: str) -> list[Cue] | str:
    """SRT or WebVTT -> its cues in order, none over another, without tags; any other text -> itself, stripped.

    Raises MediaError with one sentence where it is too long, or subtitles that can't be read.
    """
    text = whole(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"The transcript is longer than {MAX_CHARACTERS:,} characters. Please send a shorter one.")
    lines = text.split("\n")
    timed = [number for number, line in enumerate(lines) if TIMED.match(line)]
    if not timed and lines[0].strip() != "WEBVTT":
        return text
    cues = [cue for cue in (_cue(lines, number) for number in timed) if cue.text and cue.start < cue.end]
    if not cues:
        raise MediaError("Nothing is said in these subtitles. Please check the file, or type the words without times.")
    if len(cues) > MAX_CUES:
        raise MediaError(f"The subtitles have more than {MAX_CUES:,} entries. Please send fewer.")
    return _apart(sorted(cues, key=lambda cue: cue.start))


def spread(text: str, stretches: Sequence[tuple[float, float]]) -> list[Cue]:
    """Lays the sentences of a plain text over the stretches of speech (seconds, in order, at least one), each taking its share
    of the time by its length. Every word is in one cue."""
    sentences = [" ".join(line.split()) for line in SENTENCE_END.sub(r"\1\2\n", text).splitlines() if line.strip()]
    speech = sum(end - start for start, end in stretches)
    letters = sum(map(len, sentences))
    cues, done = [], 0
    for sentence in sentences:
        start = _moment(stretches, speech * done / letters, opens=True)
        done += len(sentence)
        cues.append(Cue(start, max(_moment(stretches, speech * done / letters, opens=False), start), sentence))
    return cues


def write_srt(cues: Sequence[Cue]) -> str:
    entries = (
        f"{number}\n{_stamp(cue.start)} --> {_stamp(cue.end)}\n{_lines(cue.text)}\n" for number, cue in enumerate(cues, 1)
    )
    return "\n".join(entries)


def _cue(lines: list[str], number: int) -> Cue:
    """What stands under the times in this line, up to the next empty line."""
    match = TIMES.fullmatch(lines[number])
    start, end = (_seconds(*match.groups()[at : at + 4]) for at in (0, 4)) if match else (1.0, 0.0)
    if end < start:
        raise MediaError(
            f"The times in line {number + 1} of the subtitles can't be read. Please write 00:00:01,000 --> 00:00:02,500."
        )
    said: list[str] = []
    for line in lines[number + 1 :]:
        if not line.strip():
            break
        if TIMED.match(line):  # no empty line between two cues: the number of the next one is not said
            said = said[:-1] if said and said[-1].strip().isdigit() else said
            break
        said.append(line)
    return Cue(start, end, " ".join(html.unescape(TAG.sub("", " ".join(said))).split()))


def _apart(cues: list[Cue]) -> list[Cue]:
    """Cues by their start -> none lasts into the next; those that start together become one."""
    apart = cues[:1]
    for cue in cues[1:]:
        last = apart[-1]
        if cue.start == last.start:
            apart[-1] = Cue(last.start, max(last.end, cue.end), f"{last.text} {cue.text}")
        else:
            apart[-1] = replace(last, end=min(last.end, cue.start))
            apart.append(cue)
    return apart


def _moment(stretches: Sequence[tuple[float, float]], spoken: float, opens: bool) -> float:
    """When so many seconds were spoken; between two stretches the beginning of the later one where a sentence opens."""
    for start, end in stretches:
        if spoken < end - start - 1e-6 or (spoken <= end - start + 1e-6 and not opens):
            return min(start + spoken, end)
        spoken -= end - start
    return stretches[-1][1]


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def _stamp(seconds: float) -> str:
    """00:01:02,500"""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"


def _lines(text: str) -> str:
    """Without empty lines and arrows, which would end a cue or begin one."""
    return "\n".join(line for line in text.replace("-->", "->").splitlines() if line.strip())
