"""What all table readers share: decoding bytes, and cells as text or missing values."""

import codecs
import json
import math
import re
import string
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

EMPTY = "The file is empty."
NO_ROWS = "The table names its columns, but has no rows."
GUESSED_ENCODING = "The text is not UTF-8; it was read as Western European (Windows-1252)."
NOT_TEXT = "The value in “{}” is not text."
DUPLICATE_COLUMN = "The column “{}” occurs more than once; please rename all but one."
# How programs write a missing value; never words of a text.
MISSING_MARKS = ("nan", "NaN", "<NA>", "NaT", "#N/A")
MISSING_MARK_NOTE = "“{}” in the column “{}” marks a missing value, so it was not read as a word."
# The same, but people write them as words, too.
AMBIGUOUS_MARKS = ("None", "null", "NULL", "N/A", "NA")
AMBIGUOUS_MARK_NOTE = "“{}” in the column “{}” was read as a word; where it marks a missing value, please leave the cell empty."

BROKEN = "\udcff"  # a lone surrogate, which valid text never holds
codecs.register_error("mmsent.broken", lambda error: (BROKEN, error.end))  # type: ignore[attr-defined]
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
HIGH, LETTERS = bytes(range(128, 256)), string.ascii_letters.encode()
# of UTF-8
UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


class TableRow(NamedTuple):
    """A row of a table. ``place`` is how people find it, such as "line 3"; ``cells`` are its
    stripped texts by column, "" for what is missing. ``problem`` is the sentence that says why it
    can't be used, or None; ``notes`` are sentences that the reader should know."""

    place: str
    cells: Mapping[str, str]
    problem: str | None = None
    notes: tuple[str, ...] = ()


def failed_row(place: str, problem: str) -> TableRow:
    return TableRow(place, {}, problem)


def decode(content: bytes) -> tuple[str, str | None]:
    """A file as text, and the sentence that says so where its encoding was guessed.

    UTF-8, UTF-16 and UTF-32 are known by a byte order mark or by their zeros; what is neither and
    looks like a European language is read as Windows-1252, which spreadsheets there write. Bytes
    that are no text become BROKEN.
    """
    encoding = json.detect_encoding(content)  # of any text that begins in ASCII
    if encoding == "utf-8":
        try:
            return content.decode(), None
        except UnicodeDecodeError:
            if _is_western(content):
                return content.decode("cp1252", "mmsent.broken"), GUESSED_ENCODING
    return content.decode(encoding, "mmsent.broken"), None


def _is_western(content: bytes) -> bool:
    """Whether bytes that are not UTF-8 may be Windows-1252: nothing in them is a sign of UTF-8, and
    most letters are those of ASCII, as in no other script."""
    high, letters = (len(content) - len(content.translate(None, kind)) for kind in (HIGH, LETTERS))
    return not UTF8_SEQUENCE.search(content) and high < letters / 2


def is_broken(text: str) -> bool:
    """Whether the text holds a lone surrogate."""
    return LONE_SURROGATE.search(text) is not None


def missing_column(name: str, names: Sequence[str], where: str) -> str:
    """The sentence for a table whose columns ``names`` lack one that is needed; ``where`` names the
    place and says what must stand there."""
    shown = ", ".join(f"“{printable(other)}”" for other in names[:8]) or "nothing"
    return f"There is no column “{name}”; {where}, and it names {shown}{', …' if len(names) > 8 else ''}."


def duplicate_column(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The sentence for a column of ``wanted`` that occurs more than once in ``names``, else
    None."""
    return next((DUPLICATE_COLUMN.format(name) for name in wanted if names.count(name) > 1), None)


def printable(text: str, most: int = 60) -> str:
    """A text of a table for a message: on one line, only printable characters, at most ``most``."""
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def make_row(
    place: str, values: Mapping[str, Any], wanted: Sequence[str], notes: tuple[str, ...] = ()
) -> TableRow:
    """The row with its ``values``, which JSON or Parquet may have as numbers, dates or nothing, as
    texts. In the columns ``wanted`` marks of missing values are recognised."""
    cells: dict[str, str] = {}
    for name, value in values.items():
        text = _as_text(value)
        if text is None:
            return failed_row(place, NOT_TEXT.format(name))
        cells[name] = text.strip()
        if name not in wanted:
            continue
        if cells[name] in AMBIGUOUS_MARKS and isinstance(value, str):
            notes = (*notes, AMBIGUOUS_MARK_NOTE.format(cells[name], name))
        elif cells[name] in MISSING_MARKS:
            notes = (*notes, MISSING_MARK_NOTE.format(cells[name], name))
            cells[name] = ""
    return TableRow(place, cells, None, notes)


def _as_text(value: Any) -> str | None:
    """ "" for a missing value, None for what is no text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return None if is_broken(value) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isinf(value):
        return None
    return (
        str(value) if isinstance(value, int | float | Decimal | date | time | timedelta) else None
    )
