"""Transcripts as tables with start, end and text; rows by name to entries."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from mmsent.transcripts.clock import parse_seconds
from mmsent.transcripts.entry import MAX_ENTRIES, Entry, ParsedTranscript, Unreadable

TEXT_KEYS = (
    "text",
    "utf8",
    "transcript",
    "sentence",
    "caption",
    "content",
    "punctuatedword",
    "word",
    "value",
    "line",
)
START_KEYS = (
    "start",
    "begin",
    "from",
    "starttime",
    "tstart",
    "startms",
    "tstartms",
    "timestamp",
    "time",
    "t",
    "ts",
    "offset",
)
END_KEYS = ("end", "stop", "to", "endtime", "tend", "endms", "tendms", "endts")
DURATION_KEYS = ("duration", "dur", "ddurationms", "durationms", "d")
PART_KEYS = ("segs", "alternatives", "words", "elements")  # what an entry may hold its text in
BROKEN_TABLE = "Line {} of the transcript can't be read ({}). Please send SRT or plain text."
# a line without names of columns; Audacity's has tabs
UNNAMED = re.compile(
    r"\s*(?P<start>\d{1,6}\.\d{1,9})(?P<mark>\t|\s*[,;|]\s*|[ ]{1,8})(?P<end>\d{1,6}\.\d{1,9})(?P=mark)"
    r"(?P<text>.*)"
)
FRAMED = re.compile(r"\s*\|(.*)\|\s*")  # a row of Markdown
RULE = re.compile(r"[\s|:-]+")  # below its first row
MAX_ENTRY_SECONDS = 60.0  # "seconds" that half of the entries last, in whole numbers: milliseconds

Row = Mapping[str, Any]


def parse_table(text: str) -> ParsedTranscript | None:
    """Entries of a table whose first line names start and text, or that has no names and in every
    line start, end and text."""
    lines = _unframe(text.split("\n"))
    skipped = next((at for at, line in enumerate(lines) if line.strip()), 0)
    lines = lines[skipped:]
    if unnamed := _unnamed_rows(lines, skipped + 1):
        return ParsedTranscript(to_entries(unnamed))
    mark = next((mark for mark in "\t;,|" if mark in lines[0]), None)
    if mark is None:
        return None
    names = [normalize_key(name) for name in lines[0].split(mark)]
    if not (set(names) & set(START_KEYS) and set(names) & set(TEXT_KEYS)):
        return None
    if mark in "\t|":  # quotation marks mean nothing there
        return ParsedTranscript(
            to_entries(
                [
                    (at + skipped, _to_row(names, line.split(mark), mark))
                    for at, line in enumerate(lines[1:], 2)
                    if line.strip()
                ]
            )
        )
    table, reader = [], csv.reader(lines, delimiter=mark, strict=True)
    try:
        while True:
            place = reader.line_num + 1 + skipped
            if cells := next(reader):
                table.append((place, _to_row(names, cells, mark)))
    except StopIteration:
        return ParsedTranscript(to_entries(table[1:]))
    except csv.Error as error:
        raise Unreadable(BROKEN_TABLE.format(place, error)) from None


def _unframe(lines: list[str]) -> list[str]:
    """The lines of a table of Markdown without its frame, other lines as they are."""
    rows = [FRAMED.fullmatch(line) for line in lines if line.strip()]
    if not rows or not all(rows):
        return lines
    return ["" if RULE.fullmatch(line) else FRAMED.sub(r"\1", line).strip(" ") for line in lines]


def _unnamed_rows(lines: Sequence[str], first: int) -> list[tuple[int, Row]]:
    """(number of its line, row) of each line, [] where they are no table."""
    found = [(at, UNNAMED.fullmatch(line)) for at, line in enumerate(lines, first) if line.strip()]
    rows = [(at, match) for at, match in found if match]
    certain = len(rows) > 1 or (rows and rows[0][1]["mark"] == "\t")  # prose may hold one
    if len(rows) < len(found) or not certain:
        return []
    return [(at, match.groupdict() | {"text": _unquote(match["text"])}) for at, match in rows]


def _unquote(cell: str) -> str:
    cell = cell.strip()
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell


def _to_row(names: Sequence[str], cells: list[str], mark: str) -> Row:
    """The cells by name; separators in the last cell are part of it."""
    last = len(names) - 1
    return dict(zip(names, [*cells[:last], mark.join(cells[last:])], strict=False))


def row_text(row: Row, depth: int = 0) -> str:
    """The words of a row, also where they are in parts."""
    named = {normalize_key(name): value for name, value in row.items()}
    for name in TEXT_KEYS:
        if isinstance(named.get(name), str):
            return named[name]
    for name in PART_KEYS:
        if depth < 2 and isinstance(parts := named.get(name), list):
            parts = parts[:1] if name == "alternatives" else parts
            words = [row_text(part, depth + 1) for part in parts if isinstance(part, dict)]
            return ("" if name in ("segs", "elements") else " ").join(words)
    return ""


def row_times(row: Row) -> tuple[float | None, float | None, bool]:
    """(start, end, whether they may as well be milliseconds) of a row."""
    named = {normalize_key(name): value for name, value in row.items()}
    for name, scale in (("timestamps", 1.0), ("offsets", 0.001)):
        if isinstance(part := named.get(name), dict):
            start, end = _parse_number(part.get("from")), _parse_number(part.get("to"))
            return (
                (None if start is None else start * scale),
                (None if end is None else end * scale),
                False,
            )
    pair = named.get("timestamp", named.get("timestamps"))
    if isinstance(pair, list) and len(pair) == 2:
        return _parse_number(pair[0]), _parse_number(pair[1]), False
    start_name, end_name, lasts = (
        next((name for name in names if name in named), "")
        for names in (START_KEYS, END_KEYS, DURATION_KEYS)
    )
    raw = [named.get(name) for name in (start_name, end_name, lasts)]
    start, end, length = (
        None
        if (value := _parse_number(part)) is None
        else value / (1000 if name.endswith("ms") else 1)
        for part, name in zip(raw, (start_name, end_name, lasts), strict=True)
    )
    if end is None and start is not None and length is not None:
        end = start + length
    may_be_milliseconds = all(
        str(part).strip().isdecimal() for part in raw if part is not None
    ) and not start_name.endswith("ms")
    return start, end, may_be_milliseconds


def _parse_number(value: Any) -> float | None:
    if isinstance(value, str):
        return parse_seconds(value)
    if isinstance(value, dict):  # of protocol buffers
        return _parse_number(value.get("seconds", 0))
    fit = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
    return float(value) if fit and math.isfinite(value) else None


def to_entries(rows: Sequence[tuple[int, Row]]) -> list[Entry]:
    """The entries of (place, row), with times in milliseconds if seconds make no sense."""
    rows = rows[: MAX_ENTRIES + 1]  # more are refused
    times = [row_times(row) for _, row in rows]
    lengths = [end - start for start, end, _ in times if start is not None and end is not None]
    scale = (
        0.001
        if lengths
        and all(may_be_milliseconds for *_, may_be_milliseconds in times)
        and median(lengths) > MAX_ENTRY_SECONDS
        else 1.0
    )
    none_ends = all(end is None for _, end, _ in times)
    return [
        Entry(
            place,
            None if start is None else start * scale,
            None if end is None else end * scale,
            row_text(row).split("\n"),
            endless=end is None and (none_ends or place == rows[-1][0]),
        )
        for (place, row), (start, end, _) in zip(rows, times, strict=True)
    ]


def normalize_key(name: str) -> str:
    """ "Start_Time", "start (ms)" -> "starttime", "startms" """
    return re.sub(r"[\W_]+", "", name).lower()
