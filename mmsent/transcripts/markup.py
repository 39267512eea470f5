"""Transcripts in markup: ASS and SSA; TTML, SAMI and what video sites keep in XML."""

import re
from dataclasses import replace

from mmsent.transcripts.clock import FRAMES, parse_seconds
from mmsent.transcripts.entry import Entry, ParsedTranscript, Unreadable
from mmsent.transcripts.words import unescape_html

SECTION = re.compile(r"\[(?:Script Info|Events|V4\+? Styles)\]\s*$", re.IGNORECASE | re.MULTILINE)
DIALOGUE = re.compile(r"Dialogue:\s*", re.IGNORECASE)
FIELDS = (
    "layer",
    "start",
    "end",
    "style",
    "name",
    "marginl",
    "marginr",
    "marginv",
    "effect",
    "text",
)
# shapes, up to the next override
DRAWING = re.compile(r"\{[^{}]{0,200}\\p[1-9][^{}]{0,200}\}[^{}]*")
OTHER = re.compile(r"\s*(?:\w{1,20}:|[;!\[])")  # comments, sections, files inside
BREAK = re.compile(r"\\[Nn]|\\h")
MARKUP = re.compile(
    r"<(?:\?xml|!DOCTYPE|tt\b|tt:tt\b|SAMI\b|transcript\b|timedtext\b|window\b|p\s|text\s|sync\s|time\s)",
    re.IGNORECASE,
)
TAG = re.compile(r"<(/?)(?:\w{1,20}:)?(\w{1,20})([^<>]*)>")
ATTRIBUTE = re.compile(r"(?:\w{1,20}:)?(\w{1,20})\s{0,3}=\s{0,3}[\"']?([^\"'\s<>]+)")
ENTRIES = ("p", "text", "sync", "span", "time", "subtitle")
PARTS = ("div", "body")
BLOCKS = (*ENTRIES[:3], "subtitle", "window", *PARTS)
NOT_SAID = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL
)  # but what CDATA holds
SPACE = re.compile(r"\s+")
DOCUMENT = re.compile(r"<(?:\?xml|tt\b|tt:tt\b|SAMI\b|transcript\b|timedtext\b)", re.IGNORECASE)
NO_TIMES = (
    "This XML holds no words with times that can be read. Please send SRT, VTT or plain text."
)
NOT_READ = "Subtitles in {} notation can't be read here. Please convert them to SRT."
UNREAD_NOTATIONS = {
    "SCC": re.compile("Scenarist_SCC"),  # its words are in code
    "TextGrid": re.compile('File type = "ooTextFile'),
    "VobSub": re.compile("# VobSub index file"),  # its words are pictures
    "MPSub": re.compile(r"(?:[A-Z]{2,9}=.{0,200}\n)*FORMAT=(?:TIME|\d{1,3})\b"),
    "JACOsub": re.compile(
        r"#T(?:IMERES)?\s?\d{2,3}\b|(?:\d{1,2}(?::\d\d){2}\.\d\d ){2}D[A-Z0-9]* "
    ),
    "YAML": re.compile(r"(?:---\s*)?-\s+(?:start|text)\s*:.{0,9999}\n\s+\w+\s*:"),
}


def parse_ass(text: str) -> ParsedTranscript | None:
    """The dialogue lines of ASS or SSA, None for anything else."""
    if not DIALOGUE.search(text) and not SECTION.search(text):
        return None
    lines = list(enumerate(text.split("\n"), 1))
    dialogue = [(number, line.strip()) for number, line in lines if DIALOGUE.match(line.strip())]
    if not SECTION.search(text) and not any(len(line.split(",", 9)) == 10 for _, line in dialogue):
        return None
    fields: tuple[str, ...] = FIELDS
    entries: list[Entry] = []
    for number, line in lines:
        name, _, value = line.strip().partition(":")
        if name.lower() == "format" and "text" in value.lower():
            fields = tuple(field.strip().lower() for field in value.split(","))
        elif name.lower() == "dialogue":
            parts = value.strip().split(",", len(fields) - 1)
            cells = dict(zip(fields, parts, strict=False)) | {"text": parts[-1]}
            times = [parse_seconds(cells.get(key, "")) for key in ("start", "end")]
            entries.append(Entry(number, times[0], times[1], _without_codes(cells["text"])))
        elif entries and not OTHER.match(line):
            entries[-1].lines += _without_codes(line)
    return ParsedTranscript(entries)


def parse_markup(text: str) -> ParsedTranscript | None:
    """The paragraphs of TTML, SAMI and other XML that carry times, None where there are none."""
    text = NOT_SAID.sub(r"\1", text).lstrip()
    if not MARKUP.match(text):
        return None
    rates = {
        unit: _find_rate(text, name, usual)
        for unit, name, usual in (("f", "frameRate", FRAMES), ("t", "tickRate", FRAMES))
    }
    entries: list[Entry] = []
    last, inside = 0, False  # where the tag before ends, and whether what stands between is said
    parts: list[float] = []  # when the parts around begin: times inside count from there
    own_times = False  # the paragraph has times, so that those of its spans only say how it grows
    for tag in TAG.finditer(text):
        if inside:
            entries[-1].lines.append(text[last : tag.start()])
        last, name = tag.end(), tag[2].lower()
        if tag[1]:
            inside = inside and name not in BLOCKS
            if name in PARTS and parts:
                parts.pop()
        elif name == "br" and inside:
            entries[-1].lines.append("\n")
        elif name in PARTS and not tag[3].endswith("/"):
            start, _ = _times(_attributes(tag), name, rates)
            parts.append(start or 0.0)
        elif name in ENTRIES:
            times = _times(_attributes(tag), name, rates)
            timed = times != (None, None)
            if name == "span" and (own_times or not timed):
                continue
            own_times = timed and name != "span"
            if timed or not inside:  # a paragraph of SAMI has none of its own
                start, end = (None if time is None else sum(parts) + time for time in times)
                entries.append(Entry(len(entries) + 1, start, end, []))
                inside = True
    if inside:
        entries[-1].lines.append(text[last:])
    if all(entry.start is None and entry.end is None for entry in entries):
        if DOCUMENT.match(text):
            raise Unreadable(NO_TIMES)
        return None
    endless = all(entry.end is None for entry in entries)
    return ParsedTranscript([_unwrap_lines(entry, endless) for entry in entries], "entry")


def refuse_unread_notations(text: str) -> None:
    """Raises Unreadable for a notation that is known and not read, lest its signs count as
    words."""
    for name, sign in UNREAD_NOTATIONS.items():
        if sign.match(text.lstrip()):
            raise Unreadable(NOT_READ.format(name))


def _without_codes(words: str) -> list[str]:
    return BREAK.sub("\n", DRAWING.sub("", words)).split("\n")


def _unwrap_lines(entry: Entry, endless: bool) -> Entry:
    """The entry with lines as displayed; line breaks of the file are white space."""
    lines = [
        " ".join(line.split())
        for line in "".join(
            part if part == "\n" else SPACE.sub(" ", part) for part in entry.lines
        ).split("\n")
    ]
    return replace(
        entry, lines=[unescape_html(unescape_html(line)) for line in lines], endless=endless
    )


def _find_rate(text: str, name: str, usual: float) -> float:
    head = text[:5000]
    match = re.search(rf"{name}=[\"'](\d{{1,9}})", head)
    part = re.search(rf"{name}Multiplier=[\"']([1-9]\d{{0,8}})[ :]([1-9]\d{{0,8}})", head)
    rate = (float(match[1]) if match else 0.0) or usual
    return rate * int(part[1]) / int(part[2]) if part else rate


def _times(
    attributes: dict[str, str], tag: str, rates: dict[str, float]
) -> tuple[float | None, float | None]:
    """(start, end) of a tag, None what it does not tell."""
    start, end, length = (
        _clock(attributes, names, tag, rates)
        for names in (("begin", "start", "t"), ("end", "stop"), ("dur", "d"))
    )
    if start is not None and end is None and length is not None:
        end = start + length
    return start, end


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    return dict(ATTRIBUTE.findall(tag[3].lower()))


def _clock(
    attributes: dict[str, str], names: tuple[str, ...], tag: str, rates: dict[str, float]
) -> float | None:
    """Seconds; SAMI and the short names count milliseconds, "f" frames, "t" ticks."""
    name = next((name for name in names if name in attributes), None)
    if name is None:
        return None
    value = attributes[name]
    if match := re.fullmatch(r"(\d{1,12}(?:\.\d{1,9})?)(ms|f|t|h|m)", value):
        return float(match[1]) / {"ms": 1000.0, "h": 1 / 3600, "m": 1 / 60, **rates}[match[2]]
    value_seconds = parse_seconds(value)
    return (
        value_seconds / 1000
        if value_seconds is not None and (tag == "sync" or name in ("t", "d"))
        else value_seconds
    )
