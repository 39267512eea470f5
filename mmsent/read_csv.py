"""Reads CSV and its relatives, row by row: separated by commas, semicolons, tabs or bars."""

import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence

from mmsent.read_cells import (
    EMPTY,
    NO_ROWS,
    TableRow,
    decode,
    duplicate_column,
    failed_row,
    is_broken,
    make_row,
    missing_column,
)

SEPARATORS = (",", ";", "\t", "|")
# a first line that tells a spreadsheet the separator
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?')
TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how a spreadsheet is made to keep 007 as it is
NOT_UTF8 = "The row is not UTF-8; please save the file as “CSV UTF-8”."
UNCLOSED_QUOTE = "A quotation mark opens in this row and is not closed."
LINES_READ_APART = "The lines after its first one were read as rows of their own."
UNESCAPED_QUOTE = 'A quotation mark stands inside a quoted text; please write it twice ("").'
MERGED_LINES = (
    "Lines {} to {} were read as one row; if a quotation mark is missing there, they are several."
)
STRAY_QUOTE = "A quotation mark is left over from a row above that does not close it."
csv.field_size_limit(sys.maxsize)  # how long a text may be is told by those who read it

# the first line, the line after the last, and what is there
Fields = tuple[int, int, list[str] | str]


def read_csv(
    content: bytes, needs: Sequence[str], also: Sequence[str] = (), separator: str | None = None
) -> Iterator[TableRow]:
    """Each row, with all of its columns. The first line names them; where it is wrong, the only row
    says so. ``separator`` is the one to try first; the one is taken under which most of the
    columns wanted are there."""
    text, guessed = decode(content)
    lines, wanted = list(io.StringIO(text, newline="")), (*needs, *also)
    heading = _find_header(lines, wanted, separator)
    if heading is None:
        yield failed_row("line 1", EMPTY)
        return
    separator, (first, start, names) = heading
    problem = names if isinstance(names, str) else _header_problem(names, needs, also)
    if problem:
        yield failed_row(f"line {first + 1}", problem)
        return
    header, first = [_clean_name(name) for name in names], -1
    for first, end, fields in _rows(lines, start, separator, len(header)):
        notes = _multiline_notes(lines[first:end], separator, len(header), first)
        notes += (guessed,) if guessed and not all(map(str.isascii, fields)) else ()
        yield _to_table_row(f"line {first + 1}", fields, header, wanted, notes)
    if first < 0:
        yield failed_row("line 1", NO_ROWS)


def column_names(content: bytes, wanted: Sequence[str]) -> list[str]:
    """The names in the first line, as ``read_csv`` would find them; [] where there are none."""
    heading = _find_header(list(io.StringIO(decode(content)[0], newline="")), wanted)
    return (
        []
        if heading is None or isinstance(heading[1][2], str)
        else [_clean_name(name) for name in heading[1][2]]
    )


def _find_header(
    lines: list[str], wanted: Sequence[str], separator: str | None = None
) -> tuple[str, Fields] | None:
    """The separator and the first row that is not blank; None where there is none."""
    separator_line = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    order = dict.fromkeys(
        [separator_line[1]]
        if separator_line
        else [*([separator] if separator else []), *SEPARATORS]
    )
    heads = [
        (one, head) for one in order if (head := _first_record(lines, bool(separator_line), one))
    ]
    return max(heads, key=lambda head: _header_fit(head[1][2], wanted), default=None)


def _first_record(lines: list[str], start: int, separator: str) -> Fields | None:
    """The first row that is not blank."""
    rows = _records(lines, start, separator)
    return next(
        (row for row in rows if isinstance(row[2], str) or any(map(str.strip, row[2]))), None
    )


def _header_fit(names: list[str] | str, wanted: Sequence[str]) -> tuple[int, int]:
    """How well a header fits: how many of the wanted columns it has, and how many columns in
    all."""
    if isinstance(names, str):
        return -1, 0
    return len({_clean_name(name) for name in names}.intersection(wanted)), len(names)


def _clean_name(name: str) -> str:
    return name.strip().strip("\ufeff").strip()  # saved twice with a byte order mark


def _header_problem(names: Sequence[str], needs: Sequence[str], also: Sequence[str]) -> str | None:
    header = [_clean_name(name) for name in names]
    if any(map(is_broken, header)):
        return NOT_UTF8
    lacking = next((name for name in needs if name not in header), None)
    if lacking is not None:
        return missing_column(lacking, header, "the first line must name the columns")
    return duplicate_column(header, (*needs, *also))


def _to_table_row(
    place: str,
    fields: list[str] | str,
    header: list[str],
    wanted: Sequence[str],
    notes: tuple[str, ...],
) -> TableRow:
    if isinstance(fields, str):
        return failed_row(place, fields)
    if any(map(is_broken, fields)):
        return failed_row(place, NOT_UTF8)
    cells = (_unwrap_formula(field) for field in fields)
    return make_row(place, dict(zip(header, cells, strict=True)), wanted, notes)


def _unwrap_formula(field: str) -> str:
    formula = TEXT_FORMULA.fullmatch(field.strip())
    return formula[1].replace('""', '"') if formula else field


def _rows(lines: list[str], start: int, separator: str, width: int) -> Iterator[Fields]:
    """The rows with ``width`` fields each, or what is wrong with them; blank lines are left out.

    A row over several lines that can't be read is told at its first one, where a quotation mark
    seems to be open, and the lines that it would swallow are read as rows of their own.
    """
    doubtful = 0  # the line after those that an open quotation mark would swallow
    while start < len(lines):
        for first, end, fields in _records(lines, start, separator):
            start = end
            if isinstance(fields, list) and len(fields) != width:
                if len(fields) < 2 and not any(map(str.strip, fields)):
                    continue
                fields = _count_problem(len(fields), width)
            elif (
                isinstance(fields, list)
                and first < doubtful
                and "".join(lines[first:end]).count('"') % 2
            ):
                fields = STRAY_QUOTE
            if isinstance(fields, str) and end > first + 1:
                doubtful, start = max(doubtful, end), first + 1
                fields = (
                    f"{UNCLOSED_QUOTE if fields == UNESCAPED_QUOTE else fields} {LINES_READ_APART}"
                )
            yield first, end, fields
            if isinstance(fields, str):
                break  # and on from ``start``


def _multiline_notes(
    lines: Sequence[str], separator: str, width: int, first: int
) -> tuple[str, ...]:
    """The note on a row over several lines that look like rows of their own."""
    if len(lines) < 2 or width < 2 or any(line.count(separator) < width - 1 for line in lines):
        return ()
    return (MERGED_LINES.format(first + 1, first + len(lines)),)


def _count_problem(count: int, width: int) -> str:
    count_text = "is 1 column" if count == 1 else f"are {count} columns"
    return f"There {count_text} instead of {width}; is a quotation mark or a comma wrong?"


def _records(lines: list[str], start: int, separator: str) -> Iterator[Fields]:
    """The rows from a line on, however many fields they have; ends with what is wrong with the
    last."""
    reader = csv.reader(
        (lines[number] for number in range(start, len(lines))),
        delimiter=separator,
        strict=True,
        skipinitialspace=True,
    )
    while True:
        first = start + reader.line_num  # where it begins: a quoted text may run over several lines
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield (
                first,
                start + reader.line_num,
                UNCLOSED_QUOTE if "end of data" in str(error) else UNESCAPED_QUOTE,
            )
            return
        yield first, start + reader.line_num, fields
