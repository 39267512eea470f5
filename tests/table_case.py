"""A table as people bring it, made in code, with what must be read of it or told."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow
import pyarrow.parquet

PHOTO = "photos/bag.png"  # is there, below the table's folder
LONG = "good " * 30_000


class Want(NamedTuple):
    """What a row must be: its place, its text and picture, or words of the sentence on it, and of
    its notes."""

    place: str
    text: str | None = None
    path: str | None = None
    told: str = ""
    noted: str = ""


class Case(NamedTuple):
    name: str
    file: str
    content: bytes
    rows: list[Want]


def utf8(text: str) -> bytes:
    return text.encode()


def parquet(table: pd.DataFrame | pyarrow.Table) -> bytes:
    buffer = io.BytesIO()
    if isinstance(table, pd.DataFrame):
        table.to_parquet(buffer)
    else:
        pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def good(place: str, text: str = "I love it", path: str | None = None, noted: str = "") -> Want:
    return Want(place, text, path, noted=noted)


L2, L3, L4, L5, R1, R2, R3 = "line 2", "line 3", "line 4", "line 5", "row 1", "row 2", "row 3"
FRAME = {"text": ["I love it", "It broke"], "image_path": [None, PHOTO]}
BOTH = [good(R1), good(R2, "It broke", PHOTO)]
LINES = [good(L2), good(L3, "It broke", PHOTO)]
COMMA = f"text,image_path\nI love it,\nIt broke,{PHOTO}\n"
SEMICOLONS = COMMA.replace(",", ";")
TABS = COMMA.replace(",", "\t")
JSON_LINES = "".join(
    json.dumps(dict(zip(FRAME, cells, strict=True))) + "\n"
    for cells in zip(*FRAME.values(), strict=True)
)


def case(name: str, file: str, content: bytes | str, *rows: Want) -> Case:
    return Case(name, file, content if isinstance(content, bytes) else utf8(content), list(rows))


def as_wanted(want: Want, file: Path, row: Any) -> bool:
    """Whether a row of the command line is what it must be."""
    if row.name != (f"{file}, {want.place}" if want.place else str(file)):
        return False
    if want.told:
        return bool(row.problem) and want.told in row.problem
    path = file.parent / want.path if want.path else None
    notes = " ".join(getattr(row, "notes", ()))
    return (row.problem, row.text, row.path) == (None, want.text, path) and (
        want.noted in notes if want.noted else not notes
    )


def read(case: Case, folder: Path, collect: Callable[[Path], list[Any]]) -> bool:
    """Whether everything in a table is read right or told, and nothing else."""
    (folder / "photos").mkdir(exist_ok=True)
    (folder / PHOTO).touch()
    file = folder / case.file
    file.write_bytes(case.content)
    rows = collect(file)
    return len(rows) == len(case.rows) and all(
        as_wanted(*pair) for pair in zip(case.rows, [file] * len(rows), rows, strict=True)
    )
