"""Copied chats: their lines carry times of day, which are none of a clip, and who wrote them."""

import re

from mmsent.transcripts.clock import holds_times, normalize_signs
from mmsent.transcripts.entry import NAME_ALONE, TIMES_OF_DAY, Entry, ParsedTranscript

DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}/\d{1,2}|(?:to|yester)day|(?:jan|feb|ma[ry]|apr|ju[nl]|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}\.? \d{1,2}(?:, \d{4})?)"
)
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?"
STAMP = rf"(?:(?P<date>{DATE}),? {{1,3}}(?:at )?)?(?P<clock>{CLOCK})(?P<half> ?[ap]\.?m\b\.?)?"
# [10:30] Anna: words; 28/11/2026, 10:30 - Anna: words
LINE = re.compile(
    rf"(?P<open>[\[(])?{STAMP}(?(open)[\])])\s{{0,3}}(?:-\s{{1,3}})?"
    r"(?P<who><[^<>\n]{1,40}>|[~+\w(][^:\n<>]{0,40}?:(?=\s|$))?(?P<words>.*)",
    re.IGNORECASE,
)
# Anna — Today at 10:30; Anna, [28.11.2026 10:30]: the words stand below
HEADER = re.compile(
    rf"(?P<who>[^\W\d_][^.!?:\n]{{0,40}}?)(?P<apart>,? {{1,4}}-? {{0,4}})(?P<open>[\[(])?{STAMP}(?(open)[\])])",
    re.IGNORECASE,
)
MAX_NAMES = 4  # words of a name
ADDRESSEE = re.compile(r"^From\s|\sto\s.*$")
EDGES = " \t\u200b\u200e\u200f\u202a\u202c"  # what stands around a line and is not seen
NOT_SENT = re.compile(r"<Media omitted>|\S*(?:image|video|audio|sticker|GIF|document) omitted")
TIMED_LINE = re.compile(rf"[\[(]\s?{CLOCK}|(?:.{{0,80}}?(?:{CLOCK}|\d[.,]\d{{2}})(?!\d)){{2}}")


def parse_chat(text: str) -> ParsedTranscript | None:
    """The messages of a copied chat in their order, None for anything else."""
    if not holds_times(text):
        return None
    lines = [
        (at, line.strip(EDGES)) for at, line in enumerate(text.split("\n"), 1) if line.strip(EDGES)
    ]
    for begin in (_begin_line, _begin_below):
        begun = {at: match for at, line in lines if (match := begin(line))}
        dated = any(match["date"] or match["half"] or match["open"] for match in begun.values())
        if (
            len(begun) < (1 if dated else 2)
            or lines[0][0] not in begun
            or 4 * len(begun) < len(lines)
        ):
            continue
        words = {
            at: NOT_SENT.sub("", line[match.end() - len(match.groupdict().get("words", "")) :])
            for at, line in lines
            if (match := begun.get(at))
        }
        named = any(match["who"] for match in begun.values())
        if not named and all(map(NAME_ALONE.fullmatch, words.values())):
            # who writes: the words stand below
            words = dict.fromkeys(words, "")
        entries: list[Entry] = []
        for at, line in lines:
            if at in words:
                entries.append(Entry(at, None, None, [words[at]] if words[at].strip() else []))
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
    """The match of a line that begins with a stamp; one without date names its writer, or has
    brackets around noon's halves."""
    match = LINE.fullmatch(normalize_signs(line))
    if not match:
        return None
    named = bool(match["who"]) and (match["who"][0] == "<" or _is_name(match["who"][:-1]))
    return match if match["date"] or named or (match["open"] and match["half"]) else None


def _begin_below(line: str) -> re.Match[str] | None:
    """The match of a line that only says who writes, and when."""
    match = HEADER.fullmatch(normalize_signs(line))
    if not match or not _is_name(match["who"]):
        return None
    told = match["date"] or match["half"] or match["open"] or len(match["apart"]) > 1
    return match if told else None


def _is_name(words: str) -> bool:
    names = ADDRESSEE.sub("", words.strip("~ ")).split()
    return 0 < len(names) <= MAX_NAMES and all(name[0].isupper() for name in names)
