"""Copied chats: their lines carry times of day, which are none of a clip, and who wrote them."""

import re

from mmsent.transcripts.clock import holds_times, normalize_signs
from mmsent.transcripts.entry import TIMES_OF_DAY, Entry, ParsedTranscript

DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:to|yester)day|(?:jan|feb|ma[ry]|apr|ju[nl]|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}\.? \d{1,2}(?:, \d{4})?)"
)
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
STAMP = rf"(?:(?P<date>{DATE}),? {{1,3}}(?:at )?)?(?P<clock>{CLOCK})(?P<half> ?[ap]\.?m\b\.?)?"
# [10:30] Anna: words; 28/11/2026, 10:30 - Anna: words
LINE = re.compile(
    rf"(?P<open>[\[(])?{STAMP}(?(open)[\])])\s{{0,3}}(?:-\s{{1,3}})?"
    r"(?P<who><[^<>\n]{1,40}>|[~+\w(][^:\n<>]{0,40}?:(?=\s))?(?P<words>.*)",
    re.IGNORECASE,
)
# Anna — Today at 10:30; Anna, [28.11.2026 10:30]: the words stand below
HEADER = re.compile(
    rf"(?P<who>[^\W\d_][^.!?:\n]{{0,40}}?)(?P<apart>,? {{1,4}}-? {{0,4}})(?P<open>[\[(])?{STAMP}(?(open)[\])])",
    re.IGNORECASE,
)
MAX_NAMES = 4  # words of a name
TIMED_LINE = re.compile(rf"[\[(]\s?{CLOCK}|(?:.{{0,80}}?(?:{CLOCK}|\d[.,]\d{{2}})(?!\d)){{2}}")


def parse_chat(text: str) -> ParsedTranscript | None:
    """The messages of a copied chat in their order, None for anything else."""
    if not holds_times(text):
        return None
    lines = [(at, line.strip()) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    for begin in (_begin_line, _begin_below):
        begun = {at: match for at, line in lines if (match := begin(line))}
        dated = any(match["date"] or match["half"] or match["open"] for match in begun.values())
        if (
            len(begun) < (1 if dated else 2)
            or lines[0][0] not in begun
            or 4 * len(begun) < len(lines)
        ):
            continue
        entries: list[Entry] = []
        for at, line in lines:
            if match := begun.get(at):
                words = match.groupdict().get("words", "")
                entries.append(Entry(at, None, None, [words] if words else []))
            else:
                entries[-1].lines.append(line)
        if any(entry.lines for entry in entries):
            clock = begun[lines[0][0]]["clock"]
            return ParsedTranscript(entries, notes=(TIMES_OF_DAY.format(clock),), timed=False)
    return None


def holds_unknown_times(text: str) -> bool:
    """Whether at least half of several lines carry times, as prose hardly does."""
    lines = [normalize_signs(line) for line in text.split("\n") if line.strip()]
    timed = sum(bool(TIMED_LINE.match(line.strip())) for line in lines)
    return timed > 1 and 2 * timed >= len(lines)


def _begin_line(line: str) -> re.Match[str] | None:
    """The match of a line that begins with a stamp; one without date names its writer, too."""
    match = LINE.fullmatch(normalize_signs(line))
    if not match:
        return None
    named = bool(match["who"]) and (match["who"][0] == "<" or _is_name(match["who"][:-1]))
    return match if match["date"] or named else None


def _begin_below(line: str) -> re.Match[str] | None:
    """The match of a line that only says who writes, and when."""
    match = HEADER.fullmatch(normalize_signs(line))
    if not match or not _is_name(match["who"]):
        return None
    told = match["date"] or match["half"] or match["open"] or len(match["apart"]) > 1
    return match if told else None


def _is_name(words: str) -> bool:
    names = words.strip("~ ").split()
    return 0 < len(names) <= MAX_NAMES and all(name[0].isupper() for name in names)
