"""Transcripts that say only when each entry begins: LRC, lines copied from video sites, TMPlayer,
meeting notes; and frames."""

import re
from collections.abc import Sequence
from itertools import pairwise

from mmsent.clip_kinds import MAX_SECONDS
from mmsent.transcripts.clock import (
    ALONE,
    BRACKETED,
    FRAMES,
    LEADING,
    NAMED,
    TRAILING,
    holds_times,
    normalize_signs,
    parse_seconds,
)
from mmsent.transcripts.entry import NAME_ALONE, PREFACE, TIMES_OF_DAY, Entry, ParsedTranscript

INLINE = re.compile(r"(?<=[^\s\]])\s*(?=\[\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?\])")
OFFSET = re.compile(r"\[offset:\s*([+-]?\d{1,9})\s*\]", re.IGNORECASE)  # of LRC, in milliseconds
TAGGED = re.compile(r"\[[a-z#_]{1,10}:[^\]]*\]$", re.IGNORECASE)  # of LRC: title, artist
# of LRC
HUNDREDTHS, THREE = re.compile(r"\[\d{2}:\d{2}:[6-9]\d\]"), re.compile(r"\[(\d{2}:\d{2}):(\d{2})\]")
MAX_FIRST_TIME = 60.0  # seconds: prose that begins its lines with the time of day begins later
BULLET = re.compile(r"^[-*•]\s{1,3}(?=[\[(<]?\d)")  # of a list
MAX_LINES_BEFORE = 3  # lines before the first time
LOOK_LINE = re.compile(r"\s*\{DEFAULT\}.{0,500}\n")  # of MicroDVD: fonts and colours
FRAME_LINE = re.compile(r"([\[{])(\d{1,9})[\]}][\[{](\d{0,9})[\]}]\s*(.*)")
NO_RATE = f"These subtitles count frames and do not say how many a second; {FRAMES:.0f} were taken."

Mark = tuple[list[float], str]  # when, and the words behind it in its line


def parse_marks(text: str) -> ParsedTranscript | None:
    """Entries from lines that say when something is said, None where they are none."""
    if not holds_times(text):
        return None
    if HUNDREDTHS.search(text):
        text = THREE.sub(r"[\1.\2]", text)
    numbered = [
        (number, BULLET.sub("", part.strip(), count=1))
        for number, line in enumerate(text.split("\n"), 1)
        for part in (INLINE.split(line) if line.lstrip()[:1] in "[0123456789" else [line])
    ]
    lines = [(number, line) for number, line in numbered if line and not TAGGED.match(line)]
    offset = OFFSET.search(text)
    late = int(offset[1]) / 1000 if offset else 0.0
    for parse, accept in (
        (_alone, _is_strong_evidence),
        (_bracketed, _is_bracket_evidence),
        (_leading, _is_weak_evidence),
        (_trailing, _is_weak_evidence),
        (_named, _is_weak_evidence),
    ):
        marks_by_line = {at: mark for at, (_, line) in enumerate(lines) if (mark := parse(line))}
        if (
            marks_by_line
            and _lines_before(lines, next(iter(marks_by_line))) < MAX_LINES_BEFORE
            and accept(marks_by_line, len(lines))
        ):
            first_times, _ = next(iter(marks_by_line.values()))
            of_day = first_times[0] >= MAX_SECONDS  # no clip is that long
            return ParsedTranscript(
                _entries(lines, marks_by_line, late),
                notes=(TIMES_OF_DAY.format(_clock(first_times[0])),) if of_day else (),
                timed=not of_day,
            )
    return None


def parse_frames(text: str) -> ParsedTranscript | None:
    """MicroDVD ({0}{40}words, in frames) and MPL2 ([0][16]words, in tenths of a second), None for
    anything else."""
    if look := LOOK_LINE.match(text):
        text = "\n" + text[look.end() :]  # so that lines keep their numbers
    if not FRAME_LINE.match(text.lstrip()):
        return None
    lines = [
        (number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    matches = [(number, FRAME_LINE.match(line)) for number, line in lines]
    timed_lines = [(number, match) for number, match in matches if match]
    if 2 * len(timed_lines) < len(matches):
        return None
    rate, notes = 10.0, tuple[str, ...]()
    if timed_lines[0][1][1] == "{":
        rate_match = re.fullmatch(r"[1-9]\d{1,2}(?:[.,]\d{1,6})?", timed_lines[0][1][4])
        rate, notes = (
            (float(rate_match[0].replace(",", ".")), ()) if rate_match else (FRAMES, (NO_RATE,))
        )
        timed_lines = timed_lines[1:] if rate_match else timed_lines
    entries = []
    places = dict(timed_lines)
    for number, line in lines:
        if number in places:
            match = places[number]
            words = re.sub(r"^/|(?<=\|)/|\{[a-zA-Z]:[^{}]*\}", "", match[4]).split("|")
            end = int(match[3]) / rate if match[3] else None
            entries.append(Entry(number, int(match[2]) / rate, end, words, endless=end is None))
        elif entries:
            entries[-1].lines.append(line)
    return ParsedTranscript(entries, notes=notes)


def _alone(line: str) -> Mark | None:
    match = ALONE.fullmatch(normalize_signs(line))
    return _mark(match[1], "") if match else None


def _bracketed(line: str) -> Mark | None:
    """LRC has several times before words that come again."""
    flat, times, at = normalize_signs(line), list[float](), 0
    while (match := BRACKETED.match(flat, at)) and (flat[at] == "[" or not times):
        times += [time for time in [parse_seconds(match[1])] if time is not None]
        at = match.end()
    return (times, line[at:]) if times else None


def _leading(line: str) -> Mark | None:
    match = LEADING.match(normalize_signs(line))
    return _mark(match[1], line[match.end() :]) if match else None


def _trailing(line: str) -> Mark | None:
    """The mark of a line with a speaker and a time."""
    match = TRAILING.fullmatch(normalize_signs(line))
    return _mark(match[2], "") if match and len(match["who"].split()) < 5 else None


def _named(line: str) -> Mark | None:
    """The mark of a line with a speaker, a time and words."""
    match = NAMED.match(normalize_signs(line))
    return _mark(match[1], line[match.end() :]) if match else None


def _mark(clock: str, words: str) -> Mark | None:
    time = parse_seconds(clock)
    return None if time is None else ([time], words)


def _clock(time: float) -> str:
    """ "10:30" """
    minutes, seconds = divmod(int(time), 60)
    hours = f"{minutes // 60}:" if minutes >= 60 else ""
    return f"{hours}{minutes % 60:02}:{seconds:02}"


def _lines_before(lines: Sequence[tuple[int, str]], first: int) -> int:
    return sum(not PREFACE.match(line) for _, line in lines[:first])


def _is_strong_evidence(marks: dict[int, Mark], lines: int) -> bool:
    """Whether the marks are in order and early: unlikely in prose."""
    first = next(iter(marks))
    early = marks[first][0][0] < MAX_FIRST_TIME
    return (
        _in_order(marks) and (early or first == 0)
        if len(marks) > 1
        else early and first == 0 and lines > 1
    )


def _is_bracket_evidence(marks: dict[int, Mark], lines: int) -> bool:
    return _is_strong_evidence(marks, lines + 1)  # the words stand in the same line


def _is_weak_evidence(marks: dict[int, Mark], lines: int) -> bool:
    """Whether marks that prose may hold, too, are many, early and in order."""
    early = next(iter(marks.values()))[0][0] < MAX_FIRST_TIME
    return len(marks) > 1 and early and _in_order(marks) and 4 * len(marks) >= lines


def _in_order(marks: dict[int, Mark]) -> bool:
    times = [times[0] for times, _ in marks.values()]
    return 5 * sum(a <= b for a, b in pairwise(times)) >= 4 * (len(times) - 1)


def _entries(lines: Sequence[tuple[int, str]], marks: dict[int, Mark], late: float) -> list[Entry]:
    entries = []
    if preface := [
        (number, line) for number, line in lines[: next(iter(marks))] if not PREFACE.match(line)
    ]:
        entries.append(Entry(preface[0][0], None, None, [line for _, line in preface]))
    below = [at + 1 for at in marks]
    aloud = all(
        at < len(lines) and _is_time_in_words(lines[at][1], marks[at - 1][0][0]) for at in below
    )
    # who speaks stands behind each time, and the words below
    names = len(marks) > 1 and all(
        NAME_ALONE.fullmatch(words) and after - at > 1
        for (at, after), (_, words) in zip(
            pairwise([*marks, len(lines)]), marks.values(), strict=True
        )
    )
    for at, after in pairwise([*marks, len(lines)]):
        times, words = marks[at]
        words = "" if names else words
        said = [line for _, line in lines[at + 1 + aloud : after] if not PREFACE.match(line)]
        entries += [
            Entry(lines[at][0], time - late, None, [words, *said], endless=True) for time in times
        ]
    return entries


def _is_time_in_words(line: str, time: float) -> bool:
    """Whether a line is the time in words, "1 minute, 5 seconds" for 1:05, as sites have it for
    screen readers."""
    minutes, rest = divmod(int(time), 60)
    parts = [part for part in (*divmod(minutes, 60), rest) if part] or [0]
    return (
        len(line.split()) <= 3 * len(parts)
        and [int(number) for number in re.findall(r"\d{1,9}", line)] == parts
    )
