"""What a command line's INPUT stands for: files, folders, globs and tables become rows to score."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmsent.read_table import KINDS, read_table
from mmsent.text import whole

if TYPE_CHECKING:
    from mmsent.batch import Task

UNREADABLE = "There is no readable file of that name."


@dataclass(frozen=True)
class Row:
    """One thing to score. ``name`` is how output and messages call it: a path, or a table and the place in it. ``problem`` is
    the sentence that says why it can't be scored, if that is known already. ``transcript`` is a file that holds what is said
    in a clip."""

    name: str
    path: Path | None = None
    text: str | None = None
    problem: str | None = None
    transcript: Path | None = None


def collect(task: "Task", inputs: Sequence[str], text: str | None) -> list[Row]:
    """The rows that ``inputs`` (files, folders, globs) stand for, each once, in their order; ``text`` goes with every picture,
    or is the one row where there is no input."""
    text = None if text is None else whole(text)  # bytes of a command line that are not UTF-8 come as halves of signs
    if not inputs:
        return [Row("--text", text=text)]
    rows = [row for given in inputs for path in _expand(given) for row in _rows(task, path, text)]
    return list({row.name: row for row in rows}.values())


def brings_text(name: str) -> bool:
    """Whether an input of that name has texts of its own."""
    return Path(name).suffix.lower() in (*KINDS, ".txt")


def _expand(given: str) -> list[Path]:
    """What is there by that very name, else what it matches as a glob, else the name as it is, to be reported."""
    return [Path(name) for name in ([given] if os.path.exists(given) else sorted(glob.glob(given, recursive=True)) or [given])]


def _rows(task: "Task", path: Path, text: str | None) -> Iterator[Row]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in task.suffixes and file.is_file())
        seen = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
        yield from (Row(_visible(file), file, text) for file in seen)
        if not seen:
            yield Row(_visible(path), problem="There is nothing to score in this folder.")
    elif path.suffix.lower() in KINDS:
        yield from _table_rows(task, path)
    elif path.suffix.lower() == ".txt" and task.text_alone:
        yield _text_row(path)
    else:
        yield Row(_visible(path), path, text)


def _table_rows(task: "Task", file: Path) -> Iterator[Row]:
    place = "row" if file.suffix.lower() == ".parquet" else "line"
    needs, also = (["text"], [task.column]) if task.text_alone else ([task.column], ["text"])
    try:
        for number, cells in read_table(file, needs, also):
            name = f"{_visible(file)}, {place} {number}"
            if isinstance(cells, str):
                yield Row(name, problem=cells)
            elif not cells.get(task.column) and not task.text_alone:
                yield Row(name, problem=f"The column “{task.column}” is empty.")
            else:
                path = file.parent / cells[task.column] if cells.get(task.column) else None
                yield Row(name, path, cells.get("text") or None)
    except OSError:
        yield Row(_visible(file), problem=UNREADABLE)


def _text_row(file: Path) -> Row:
    try:
        return Row(_visible(file), text=file.read_text(encoding="utf-8-sig"))
    except OSError:
        return Row(_visible(file), problem=UNREADABLE)
    except UnicodeDecodeError:
        return Row(_visible(file), problem="The text is not UTF-8; please save it as UTF-8.")


def _visible(path: Path) -> str:
    """The path in signs that can be printed and written on one line, whatever it holds."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(path))
