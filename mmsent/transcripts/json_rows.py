"""Transcripts as JSON of Whisper and similar programs."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mmsent.transcripts.entry import Entry, ParsedTranscript, Unreadable
from mmsent.transcripts.rows import Row, row_text, row_times, to_entries

LOOKS_LIKE_JSON = re.compile(r"\{\s*[\"']|\[\s*[{\"']")
STRING = re.compile(r"""'((?:[^'\\\n]|\\.)*)'|"(?:[^"\\\n]|\\.)*\"""")
# as it prints what JSON prints so
PYTHON = (("None", "null"), ("True", "true"), ("False", "false"), ("(", "["), (")", "]"))
DAMAGED = "This looks like JSON, but it is damaged. Please export it again, or send SRT, VTT or plain text."
NO_WORDS = "This JSON holds no words that we can find. Please send SRT, VTT or plain text."
PHRASE_PAUSE = 0.8  # seconds between two words of different entries
MAX_DEPTH = 12


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
        return ParsedTranscript(_join_words(to_entries(list(enumerate(rows, 1)))), "entry")
    parts = data if isinstance(data, list) else [data]
    words = "\n".join(
        row_text(part) if isinstance(part, dict) else part
        for part in parts
        if isinstance(part, dict | str)
    )
    if not words.strip():
        raise Unreadable(NO_WORDS)
    return words


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
    for match in STRING.finditer(text):
        between = text[last : match.start()]
        for ours, theirs in PYTHON:
            between = between.replace(ours, theirs)
        single = match[1]
        parts += [between, match[0] if single is None else json.dumps(single.replace("\\'", "'"))]
        last = match.end()
    return "".join([*parts, text[last:].replace(")", "]")])


def _best_rows(data: Any) -> list[Row]:
    """The list of rows with words and times that has most of the text in the fewest rows: segments,
    not their single words."""
    places: dict[tuple[str, ...], list[Row]] = {}
    for place, rows in _row_lists(data, ()):
        places.setdefault(place, []).extend(rows)
    letters = {
        place: sum(len("".join(row_text(row).split())) for row in rows)
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
        rows: list[Row] = [row for row in data if isinstance(row, dict) and row_text(row).strip()]
        if any(row_times(row)[0] is not None for row in rows):
            yield place, rows
        for part in data:
            yield from _row_lists(part, (*place, "*"))
    elif isinstance(data, dict):
        for name, part in data.items():
            yield from _row_lists(part, (*place, name))


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
