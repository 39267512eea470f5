"""Reads tables that people bring, row by row, with a sentence for each bad one: CSV and its
relatives, JSON, Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mmsent.read_cells import (
    NO_ROWS,
    TableRow,
    duplicate_column,
    failed_row,
    make_row,
    missing_column,
)
from mmsent.read_csv import read_csv
from mmsent.read_json import read_json

SEPARATED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
JSON = (".json", ".jsonl", ".ndjson")
KINDS = (*SEPARATED, *JSON, ".parquet")
NO_PYARROW = "Parquet needs pyarrow: “pip install pyarrow”, or save the table as CSV."
DAMAGED_PARQUET = "From here on the file is not Parquet, or it is damaged."
# What holds tables that are not read, by its ending.
UNREAD_KINDS = dict.fromkeys(
    (".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "A spreadsheet’s own file"
)
UNREAD_KINDS |= dict.fromkeys(
    (".feather", ".arrow", ".orc", ".xml", ".sqlite", ".db", ".pkl"), "This kind of table"
)
UNREAD_KINDS |= dict.fromkeys((".gz", ".zip", ".bz2", ".xz", ".zst", ".7z"), "A packed file")
SAVE_AS = "{} can't be read; please {} CSV (“CSV UTF-8” in a spreadsheet), JSON lines or Parquet."


def read_table(file: Path, needs: Sequence[str], also: Sequence[str] = ()) -> Iterator[TableRow]:
    """Each row of a table, or the sentence that says what is wrong with it.

    The columns ``needs`` must be there, ``also`` are read where they are; CSV gives all others,
    too. A column that is wanted may be there only once. Text may be in any encoding of Unicode, or
    Windows-1252. Raises OSError where the file can't be opened.
    """
    kind = file.suffix.lower()
    if kind == ".parquet":
        return _read_parquet(file, needs, also)
    content = file.read_bytes()
    if kind in JSON:
        return read_json(content, needs, also)
    return read_csv(content, needs, also, SEPARATED.get(kind))


def unread_kind(file: Path) -> str | None:
    """The sentence for a table of a kind that is not read, None for all other files."""
    kind = UNREAD_KINDS.get(file.suffix.lower())
    return kind and SAVE_AS.format(
        kind, "unpack it to" if kind == "A packed file" else "save the table as"
    )


def _read_parquet(file: Path, needs: Sequence[str], also: Sequence[str]) -> Iterator[TableRow]:
    try:
        from pyarrow import parquet
    except ImportError:
        yield failed_row("row 1", NO_PYARROW)
        return
    number, wanted = 0, (*needs, *also)
    try:
        with parquet.ParquetFile(file) as table:
            names = table.schema_arrow.names
            lacking = next((name for name in needs if name not in names), None)
            problem = duplicate_column(names, wanted)
            if lacking is not None:
                problem = missing_column(lacking, names, "the table must have it")
            if problem:
                yield failed_row("row 1", problem)
                return
            for batch in table.iter_batches(columns=[name for name in wanted if name in names]):
                for cells in batch.to_pylist():
                    number += 1
                    yield make_row(
                        f"row {number}",
                        {name: cells[name] for name in wanted if name in cells},
                        wanted,
                    )
    except ValueError:  # that of pyarrow, too
        yield failed_row(f"row {number + 1}", DAMAGED_PARQUET)
        return
    if not number:
        yield failed_row("row 1", NO_ROWS)
