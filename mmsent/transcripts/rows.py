"""Transcripts as data: JSON of Whisper and similar programs, tables with start, end and text."""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
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
    "word",
    "punctuated_word",
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
LOOKS_LIKE_JSON = re.compile(r"\{\s*[\"']|\[\s*[{\"']")
STRING = re.compile(r"""'((?:[^'\\\n]|\\.)*)'|"(?:[^"\\\n]|\\.)*\"""")
# as it prints what JSON prints so
PYTHON = (("None", "null"), ("True", "true"), ("False", "false"), ("(", "["), (")", "]"))
DAMAGED = "This looks like JSON, but it is damaged. Please export it again, or send SRT, VTT or plain text."
NO_WORDS = "This JSON holds no words that we can find. Please send SRT, VTT or plain text."
BROKEN_TABLE = "Line {} of the transcript can't be read ({}). Please send SRT or plain text."
AUDACITY_COLUMNS = ("start", "end", "text")
MAX_ENTRY_SECONDS = 60.0  # "seconds" that half of the entries last, in whole numbers: milliseconds
PHRASE_PAUSE = 0.8  # seconds between two words of different entries
MAX_DEPTH = 12

Row = Mapping[str, Any]


def parse_json(text: str) -> ParsedTranscript | str | None:
    """Entries, or the words alone, of JSON or JSON lines; None for any other text. Raises
    Unreadable."""
    text = text.lstrip()
    if not LOOKS_LIKE_JSON.match(text):
        return None
    data = _load_json(text)
    if data is None:
        if text[0] == "{" or text[1:].lstrip().startswith("{"):
            raise Unreadable(DAMAGED)
        return None  # prose in brackets
    if rows := _best_rows(data):
        return ParsedTranscript(_join_words(_to_entries(list(enumerate(rows, 1)))), "entry")
    parts = data if isinstance(data, list) else [data]
    words = "\n".join(
        _row_text(part) if isinstance(part, dict) else part
        for part in parts
        if isinstance(part, dict | str)
    )
    if not words.strip():
        raise Unreadable(NO_WORDS)
    return words


def parse_table(text: str) -> ParsedTranscript | None:
    """Entries of a table whose first line names start and text, or that has three columns as
    Audacity writes them."""
    lines = text.split("\n")
    skipped = next((at for at, line in enumerate(lines) if line.strip()), 0)
    lines = lines[skipped:]
    mark = next((mark for mark in "\t;," if mark in lines[0]), None)
    if mark is None:
        return None
    labels = [line.split("\t", 2) for line in lines if line.strip()]
    if all(len(cells) == 3 and _is_number(cells[0]) and _is_number(cells[1]) for cells in labels):
        rows = [dict(zip(AUDACITY_COLUMNS, cells, strict=True)) for cells in labels]
        return ParsedTranscript(_to_entries(list(enumerate(rows, skipped + 1))))
    names = [_normalize_key(name) for name in lines[0].split(mark)]
    if not (set(names) & set(START_KEYS) and set(names) & set(TEXT_KEYS)):
        return None
    if mark == "\t":  # quotation marks mean nothing there
        return ParsedTranscript(
            _to_entries(
                [
                    (at + skipped, _to_row(names, line.split("\t"), mark))
                    for at, line in enumerate(lines[1:], 2)
                    if line
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
        return ParsedTranscript(_to_entries(table[1:]))
    except csv.Error as error:
        raise Unreadable(BROKEN_TABLE.format(place, error)) from None


def _to_row(names: Sequence[str], cells: list[str], mark: str) -> Row:
    """The cells by name; separators in the last cell are part of it."""
    last = len(names) - 1
    return dict(zip(names, [*cells[:last], mark.join(cells[last:])], strict=False))


def _load_json(text: str) -> Any:
    """What the JSON holds, a list where there is one object a line, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_python_to_json(text))
    except (ValueError, RecursionError):
        return None


def _python_to_json(text: str) -> str:
    """What Python prints of lists and dictionaries, as JSON."""
    parts, last = [], 0
    for found in STRING.finditer(text):
        between = text[last : found.start()]
        for ours, theirs in PYTHON:
            between = between.replace(ours, theirs)
        single = found[1]
        parts += [between, found[0] if single is None else json.dumps(single.replace("\\'", "'"))]
        last = found.end()
    return "".join([*parts, text[last:].replace(")", "]")])


def _best_rows(data: Any) -> list[Row]:
    """The list of rows with words and times that has most of the text in the fewest rows: segments,
    not their single words."""
    places: dict[tuple[str, ...], list[Row]] = {}
    for place, rows in _row_lists(data, ()):
        places.setdefault(place, []).extend(rows)
    letters = {
        place: sum(len("".join(_row_text(row).split())) for row in rows)
        for place, rows in places.items()
    }
    most = max(letters.values(), default=0)
    return min(
        (rows for place, rows in places.items() if letters[place] >= 0.8 * most),
        key=len,
        default=[],
    )


def _row_lists(data: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    if len(place) > MAX_DEPTH:
        return
    if isinstance(data, list):
        rows: list[Row] = [row for row in data if isinstance(row, dict) and _row_text(row).strip()]
        if any(_row_times(row)[0] is not None for row in rows):
            yield place, rows
        for part in data:
            yield from _row_lists(part, (*place, "*"))
    elif isinstance(data, dict):
        for name, part in data.items():
            yield from _row_lists(part, (*place, name))


def _row_text(row: Row, depth: int = 0) -> str:
    """The words of a row, also where they are in parts."""
    named = {_normalize_key(name): value for name, value in row.items()}
    for name in TEXT_KEYS:
        if isinstance(named.get(name), str):
            return named[name]
    for name in PART_KEYS:
        if depth < 2 and isinstance(parts := named.get(name), list):
            parts = parts[:1] if name == "alternatives" else parts
            words = [_row_text(part, depth + 1) for part in parts if isinstance(part, dict)]
            return ("" if name in ("segs", "elements") else " ").join(words)
    return ""


def _row_times(row: Row) -> tuple[float | None, float | None, bool]:
    """(start, end, whether they may as well be milliseconds) of a row."""
    named = {_normalize_key(name): value for name, value in row.items()}
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


def _to_entries(rows: Sequence[tuple[int, Row]]) -> list[Entry]:
    """The entries of (place, row), with times in milliseconds if seconds make no sense."""
    rows = rows[: MAX_ENTRIES + 1]  # more are refused
    times = [_row_times(row) for _, row in rows]
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
            _row_text(row).split("\n"),
            endless=end is None and (none_ends or place == rows[-1][0]),
        )
        for (place, row), (start, end, _) in zip(rows, times, strict=True)
    ]


def _join_words(entries: list[Entry]) -> list[Entry]:
    """Single words with times, joined up to a pause or the end of a sentence."""
    if len(entries) < 4 or any(len(" ".join(entry.lines).split()) > 1 for entry in entries):
        return entries
    phrases: list[Entry] = []
    for entry in entries:
        last, word = phrases[-1] if phrases else None, entry.lines[0].strip()
        near = (
            last
            and last.end is not None
            and (entry.start is None or entry.start - last.end < PHRASE_PAUSE)
        )
        if last and re.fullmatch(r"\W{1,3}", word):
            last.lines[-1] += word
        elif last and near and not last.lines[-1].endswith((".", "!", "?", "…")):
            last.lines.append(word)
            last.end = entry.end if entry.end is not None else last.end
        else:
            phrases.append(entry)
    return phrases


def _normalize_key(name: str) -> str:
    """ "Start_Time", "start (ms)" -> "starttime", "startms" """
    return re.sub(r"[\W_]+", "", name).lower()


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*\d{1,6}\.\d{1,9}\s*", cell))
