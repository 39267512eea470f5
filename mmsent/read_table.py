"""Reads tables that people bring: CSV, JSON lines and Parquet, row by row, with a sentence for each bad one."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

KINDS = (".csv", ".jsonl", ".parquet")
EMPTY = "The file is empty."

# where it begins (line, or row of a Parquet file), and its cells by column or what is wrong with it
Found = tuple[int, dict[str, str] | str]


def read_table(file: Path, needs: Sequence[str], also: Sequence[str] = ()) -> Iterator[Found]:
    """Each row of a table with its number: its stripped cells by column, or the sentence that says what is wrong with it.

    The columns ``needs`` must be there; of JSON lines and Parquet only they and ``also`` are read, of CSV all. Text is UTF-8,
    with or without byte order mark; the first line of a CSV file names the columns, and where that line is wrong, its sentence
    is all that comes. Raises OSError where the file can't be opened.
    """
    kind = file.suffix.lower()
    if kind == ".parquet":
        return _read_parquet(file, needs, also)
    return _read_jsonl(file, needs, also) if kind == ".jsonl" else _read_csv(file, needs)


def _read_csv(file: Path, needs: Sequence[str]) -> Iterator[Found]:
    header: list[str] = []
    # bytes that are not UTF-8 become surrogates, so that they spoil their own row only
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        reader = csv.reader(lines)
        while True:
            line = reader.line_num + 1  # where the row begins: a quoted text may run over several
            try:
                fields = next(reader)
                if not header:
                    header = _checked_header(fields, needs)
                elif fields:
                    yield line, _checked_row(fields, header)
            except StopIteration:
                break
            except (csv.Error, ValueError) as error:
                yield line, str(error)
                if not header:
                    return  # nothing below can be understood
    if not header:
        yield 1, EMPTY


def _checked_header(fields: list[str], needs: Sequence[str]) -> list[str]:
    header = [name.strip() for name in fields]
    missing = [name for name in needs if name not in header]
    if missing:
        raise ValueError(f"There is no column “{missing[0]}”; the first line must name the columns, separated by commas.")
    return header


def _checked_row(fields: list[str], header: list[str]) -> dict[str, str]:
    if len(fields) != len(header):
        raise ValueError(f"There are {len(fields)} columns instead of {len(header)}; is a quotation mark or a comma wrong?")
    if any(map(_broken, fields)):
        raise ValueError("The row is not UTF-8; please save the file as “CSV UTF-8”.")
    return {name: field.strip() for name, field in zip(header, fields, strict=True)}


def _read_jsonl(file: Path, needs: Sequence[str], also: Sequence[str]) -> Iterator[Found]:
    number = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                yield number, "The line is not one JSON object in UTF-8."
            elif missing := [name for name in needs if name not in row]:
                yield number, f"The line says nothing of “{missing[0]}”."
            else:
                yield number, _texts(row, (*needs, *also))
    if not number:
        yield 1, EMPTY


def _read_parquet(file: Path, needs: Sequence[str], also: Sequence[str]) -> Iterator[Found]:
    try:
        from pyarrow import parquet
    except ImportError:
        yield 1, "Parquet needs pyarrow: “pip install pyarrow”, or save the table as CSV."
        return
    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            names = table.schema_arrow.names
            if missing := [name for name in needs if name not in names]:
                yield 1, f"There is no column “{missing[0]}”."
                return
            for batch in table.iter_batches(columns=[name for name in (*needs, *also) if name in names]):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _texts(row, (*needs, *also))
    except ValueError:  # that of pyarrow, too
        yield number + 1, "From here on the file is not Parquet, or it is damaged."
        return
    if not number:
        yield 1, EMPTY


def _texts(row: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, str] | str:
    """The cells ``wanted`` as stripped text, "" for null; a sentence where one can't be text."""
    cells = {name: row[name] for name in wanted if name in row}
    for name, cell in cells.items():
        if not isinstance(cell, str | int | float | None) or (isinstance(cell, str) and _broken(cell)):
            return f"What stands in “{name}” is not text."
    return {name: "" if cell is None else str(cell).strip() for name, cell in cells.items()}


def _broken(text: str) -> bool:
    """Whether it holds half of a sign, which no file in UTF-8 can."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)
