"""Transcripts with a line of times over each entry, or before its words: SRT, WebVTT, SBV,
SubViewer, Whisper's terminal."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mmsent.transcripts.clock import NUMBER, Certainty, Times, holds_times, time_range
from mmsent.transcripts.entry import PREFACE, Entry, ParsedTranscript

WEBVTT = re.compile(r"WEBVTT(?:\s|$)", re.IGNORECASE)
HEADER = re.compile(r"[\w-]{1,30}[:=]")  # lines under the title of WebVTT
SENTENCE = re.compile(r"[.!?…]$")
QUOTED = re.compile(r"^[ \t]*>(?:[ \t]|$)", re.MULTILINE)  # in mails
INLINE = re.compile(
    r"(?<=\S)[ \t]+(?=(?:\d{1,6}[ \t]{1,3})?\d{1,3}:\d{2}(?::\d{2})?[,.]\d{1,9}[ \t]{0,3}-->)"
)
TOKENS = re.compile(r"<\|(\d{1,4}\.\d\d)\|>([^<\n]*)<\|(\d{1,4}\.\d\d)\|>")  # of Whisper
TOKEN = re.compile(r"<\|\w{1,30}\|>")
COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
LOG_LINE = re.compile(r"(?:whisper|ggml|llama)_\w+: ")

Line = tuple[int, str]  # its number in the text, from 1, and what stands in it, stripped


def parse_ranges(text: str) -> ParsedTranscript | None:
    """Entries from lines that say from when to when, None where there are none."""
    if not holds_times(text) and text.strip() != "WEBVTT":
        return None
    if TOKENS.search(text):
        text = TOKEN.sub("", TOKENS.sub(r"[\1 --> \3] \2\n", text))
    if all(QUOTED.match(line) for line in text.split("\n") if line.strip()):
        text = QUOTED.sub("", text)
    flowed = "\n" not in text.strip()  # pasted where there are no lines
    parts = INLINE.split(text) if flowed else text.split("\n")
    lines = _drop_doubled_line_ends(
        [(1 if flowed else at, part.strip()) for at, part in enumerate(parts, 1)]
    )
    heads = {
        at: times
        for at, (_, line) in enumerate(lines)
        if (times := time_range(line, _is_headed(lines, at)))
    }
    first = next((at for at, (_, line) in enumerate(lines) if line), 0)
    titled = bool(WEBVTT.match(lines[first][1]))
    if not _has_times(lines, heads, first) and not (titled and heads):
        return ParsedTranscript([]) if lines[first][1] == "WEBVTT" else None
    begins = _entry_starts(lines, sorted(heads), titled)
    entries = [
        Entry(
            lines[at][0],
            heads[at].start,
            heads[at].end,
            [heads[at].rest, *_spoken_lines(lines[at + 1 : begins.get(after, after)], titled)],
        )
        for at, after in pairwise([*begins, len(lines)])
    ]
    return ParsedTranscript(
        [*_preface(lines[first : next(iter(begins.values()))], titled), *entries]
    )


def _has_times(lines: Sequence[Line], heads: dict[int, Times], first: int) -> bool:
    """Whether the lines of times are more than prose that happens to name some."""
    sure = [
        times.sure is Certainty.SURELY
        or (
            not times.rest
            and (at == first or (at > 0 and bool(NUMBER.fullmatch(lines[at - 1][1]))))
        )
        for at, times in heads.items()
    ]
    return (
        any(sure)
        or sum(times.start is not None and times.end is not None for times in heads.values()) > 1
    )


def _drop_doubled_line_ends(lines: list[Line]) -> list[Line]:
    """The lines, with one empty line of each gap removed if every line end is doubled, so that no two
    lines stand together."""
    full = [at for at, (_, line) in enumerate(lines) if line]
    if len(full) < 3 or any(after - at == 1 for at, after in pairwise(full)):
        return lines
    single: list[Line] = []
    for at, after in pairwise([*full, len(lines)]):
        single += [lines[at], *lines[at + 1 : at + 1 + (after - at - 2) // 2]]
    return single


def _entry_starts(lines: Sequence[Line], heads: Sequence[int], titled: bool) -> dict[int, int]:
    """Line of times -> where its entry begins, with its number or (WebVTT) its name."""
    above = {at: _number_above(lines, at) for at in heads}
    numbered = 2 * sum(at - number == 1 for at, number in above.items()) > len(heads)
    named = {at for at in heads if titled and _stands_alone(lines, at - 1)}
    # most entries have one then; else a single word may be one
    names = 2 * len(named) >= len(heads)
    begins, before = {}, 0
    for count, at in enumerate(heads, 1):
        number = above[at]
        value = int(NUMBER.fullmatch(lines[number][1])[1]) if number < at else 0  # type: ignore[index]
        adjacent = at - number == 1
        if value and (
            value in (before + 1, count)
            or (adjacent and (numbered or _stands_alone(lines, number)))
        ):
            begins[at], before = number, value
        elif (
            at in named
            and (names or " " not in lines[at - 1][1])
            and not SENTENCE.search(lines[at - 1][1])
        ):
            begins[at] = at - 1
        else:
            begins[at] = at
    return begins


def _number_above(lines: Sequence[Line], at: int) -> int:
    """Where digits stand alone over this line, with an empty line between at most; ``at`` where
    they do not."""
    for number in (at - 1, at - 2):
        if number >= 0 and lines[number][1]:
            return number if NUMBER.fullmatch(lines[number][1]) else at
    return at


def _is_headed(lines: Sequence[Line], at: int) -> bool:
    """Whether the number of an entry stands right above this line."""
    return _stands_alone(lines, at - 1) and bool(NUMBER.fullmatch(lines[at - 1][1]))


def _stands_alone(lines: Sequence[Line], at: int) -> bool:
    """Whether this line is not empty and the one above is."""
    return at >= 0 and bool(lines[at][1]) and (at == 0 or not lines[at - 1][1])


def _spoken_lines(lines: Sequence[Line], titled: bool) -> list[str]:
    """The spoken lines below the times, without empty lines and WebVTT's comments."""
    return [
        line for _, line in _without_comments(lines, titled) if line and not LOG_LINE.match(line)
    ]


def _without_comments(lines: Sequence[Line], titled: bool) -> Iterator[Line]:
    comment, above = False, "" if titled else "-"
    for number, line in lines:
        comment = bool(line) and (comment or (titled and not above and bool(COMMENT.match(line))))
        if not comment:
            yield number, line
        above = line


def _preface(lines: Sequence[Line], titled: bool) -> list[Entry]:
    """Words before the first times: an entry without times, unless they are known to be none."""
    if titled:
        lines = lines[1:]
        lines = lines[
            next((at for at, (_, line) in enumerate(lines) if not HEADER.match(line)), len(lines)) :
        ]
    spoken = [
        (number, line)
        for number, line in _without_comments(lines, titled)
        if line and not PREFACE.match(line)
    ]
    return [Entry(spoken[0][0], None, None, [line for _, line in spoken])] if spoken else []
