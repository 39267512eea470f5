"""Expands the INPUT of a command line: files, folders, globs and tables become rows to score."""

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple

from mmsent.folders import SUFFIXES, LeftOut, media_kind, search_folder
from mmsent.media import NO_FILE
from mmsent.read_cells import TableRow, decode, is_broken, printable
from mmsent.read_table import KINDS, read_table, unread_kind
from mmsent.text import replace_lone_surrogates

if TYPE_CHECKING:
    from mmsent.tasks import Task

EMPTY_FOLDER = "There is nothing to score in this folder."
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
NOT_FETCHED = (
    "“{}” is an address, and these are not fetched; please save the file beside the table."
)
MISSING_FILE = "There is no readable file “{}”; paths start from the table’s folder."
CONTROL_CHARACTER = (
    "The path “{}” holds a control character; in JSON each backslash must be written twice."
)
NOT_MEDIA = "This is a text or a table, not a {}; tables end with {} or {}{}."
UNKNOWN_ENCODING = "The text is in no encoding that is known here; please save it as UTF-8."
HEAD_BYTES = 4096  # bytes that tell whether a file is text
Find = Callable[[str], Path | None]  # the file that a cell of a table names


@dataclass(frozen=True)
class Row:
    """One thing to score. ``name`` is how output and messages call it: a path, or a table and the
    place in it. ``problem`` is the sentence that says why it can't be scored, if already
    known; ``notes`` are sentences that the reader should know; ``transcript`` is a file that
    holds what is said in a clip."""

    name: str
    path: Path | None = None
    text: str | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()
    transcript: Path | None = None


class Inputs(NamedTuple):
    """``rows`` to score, and a sentence for each thing in a folder that is ``left_out``."""

    rows: list[Row]
    left_out: list[str]


def collect(task: "Task", inputs: Sequence[str], text: str | None) -> Inputs:
    """The rows that ``inputs`` (files, folders, globs) name, each once, in their order; ``text``
    goes with every picture, or is the one row where there is no input."""
    # bytes of a command line that are not UTF-8 come as halves of signs
    text = None if text is None else replace_lone_surrogates(text)
    if not inputs:
        return Inputs([Row("--text", text=text)], [])
    matches = [
        row for pattern in inputs for path in _expand(pattern) for row in _rows(task, path, text)
    ]
    rows = {row.name: row for row in matches if isinstance(row, Row)}
    left_out = {visible_path(one.path): one.why for one in matches if isinstance(one, LeftOut)}
    return Inputs(
        list(rows.values()),
        [f"{name}: Left out. {why}" for name, why in left_out.items() if name not in rows],
    )


def brings_text(name: str) -> bool:
    """Whether an input of that name has texts of its own."""
    return Path(name).suffix.lower() in (*KINDS, ".txt")


def visible_path(path: Path) -> str:
    """The path in printable characters, on one line."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(path))


def _expand(pattern: str) -> list[Path]:
    """The file of that exact name, else the files it matches as a glob, else the name itself, to be
    reported."""
    return [
        Path(name)
        for name in (
            [pattern]
            if os.path.exists(pattern)
            else sorted(glob.glob(pattern, recursive=True)) or [pattern]
        )
    ]


def _rows(task: "Task", path: Path, text: str | None) -> Iterator[Row | LeftOut]:
    if path.is_dir():
        matches = list(search_folder(task, path))
        yield from (
            one if isinstance(one, LeftOut) else Row(visible_path(one), one, text)
            for one in matches
        )
        if all(isinstance(one, LeftOut) for one in matches):
            yield Row(visible_path(path), problem=EMPTY_FOLDER)
    else:
        yield from file_rows(task, path, visible_path(path), partial(beside, path), text=text)


def file_rows(
    task: "Task",
    path: Path,
    name: str,
    find: Find,
    missing: str = MISSING_FILE,
    text: str | None = None,
) -> Iterator[Row]:
    """The rows of one file: all of a table, else the picture, clip or text that it is. ``name`` is
    what they are called by. ``find`` gives the file that a cell of a table names, None where there
    is none, which ``missing`` then says."""
    if path.suffix.lower() in KINDS:
        yield from _table_rows(task, path, name, find, missing)
    elif path.suffix.lower() == ".txt" and task.text_alone:
        yield _text_row(path, name)
    else:
        yield Row(name, path, text, _media_problem(task, path))


def beside(table: Path, cell: str) -> Path | None:
    """The file of that name, seen from the table's folder."""
    try:
        path = table.parent / cell
        return path if path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _media_problem(task: "Task", path: Path) -> str | None:
    """The sentence for a file that brings texts of a kind that is not read, None for all other
    files."""
    if path.suffix.lower() in SUFFIXES[task.input_kind] or not path.is_file():
        return None
    if problem := unread_kind(path):
        return problem
    try:
        if media_kind(path):
            return None
        with path.open("rb") as file:
            content = file.read(HEAD_BYTES)
    except OSError:
        return None
    whole_lines = content.rpartition(b"\n")[0] if len(content) == HEAD_BYTES else content
    head = decode(whole_lines)[0]
    if not head or is_broken(head) or any(ord(sign) < 9 for sign in head):
        return None
    alone = ", texts with .txt" if task.text_alone else ""
    return NOT_MEDIA.format(task.input_kind, ", ".join(KINDS[:-1]), KINDS[-1], alone)


def _table_rows(task: "Task", file: Path, name: str, find: Find, missing: str) -> Iterator[Row]:
    needs, also = (["text"], [task.column]) if task.text_alone else ([task.column], ["text"])
    try:
        for table_row in read_table(file, needs, also):
            yield _table_row(task, f"{name}, {table_row.place}", table_row, find, missing)
    except OSError:
        yield Row(name, problem=NO_FILE)


def _table_row(task: "Task", name: str, table_row: TableRow, find: Find, missing: str) -> Row:
    cell, text = table_row.cells.get(task.column), table_row.cells.get("text") or None
    if table_row.problem:
        return Row(name, problem=table_row.problem)
    path = _resolve_cell(cell, find, missing) if cell else None
    if isinstance(path, str):
        return Row(name, problem=path)
    if not path and not (text and task.text_alone):
        empty = None if task.text_alone else f"The column “{task.column}” is empty."
        return Row(name, problem=" ".join(table_row.notes) or empty)
    return Row(name, path, text, None, table_row.notes)


def _resolve_cell(cell: str, find: Find, missing: str) -> Path | str:
    """The file that a cell names, or the sentence that says why there is none. On other systems a
    path as Windows writes it is understood."""
    if any(ord(sign) < 32 for sign in cell):
        return CONTROL_CHARACTER.format(printable(cell))
    if ADDRESS.match(cell):
        return NOT_FETCHED.format(printable(cell))
    found = find(cell) or find(PureWindowsPath(cell).as_posix())
    return found or missing.format(printable(cell))


def _text_row(file: Path, name: str) -> Row:
    try:
        text, guessed = decode(file.read_bytes())
    except OSError:
        return Row(name, problem=NO_FILE)
    if is_broken(text):
        return Row(name, problem=UNKNOWN_ENCODING)
    return Row(name, text=text.removeprefix("\ufeff"), notes=(guessed,) if guessed else ())
