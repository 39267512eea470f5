"""The input for several files, and the rows that they make. A table of a visitor's never opens a
file of the server, nor an address: its cells name files of the same upload."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace as changed
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final, NamedTuple

import gradio as gr
from gradio.data_classes import ListFiles
from gradio.utils import get_upload_folder, is_in_or_equal

from mmsent.inputs import Inputs, Row, file_rows, visible_path
from mmsent.media import MediaError
from mmsent.read_table import KINDS
from mmsent.tasks import Task
from mmsent.ui.common.example_button import OWN_INPUT
from mmsent.ui.server.gradio_patches import replace
from mmsent.ui.several.limits import MAX_ROWS, check_files

PLEASE_UPLOAD: Final = "Please upload the files themselves."
NOTHING: Final = "There are no files yet. Please add some."
SAME_NAME: Final = "Two of the files are called “{}”. Please give them different names."
MISSING: Final = "No file “{}” came with the table; files are found by their names alone."
AMBIGUOUS: Final = (
    "The table names several files “{}” in different folders, and one came with it; please give "
    "them different names."
)
UNNAMED: Final = "{}: Left out. No row of the table names it."
# A small one may grow to any size in memory, and most servers lack what reads it.
NO_PARQUET: Final = "Parquet is not read on the page; please save the table as CSV or JSON lines."


class Sent(NamedTuple):
    """A file of an upload: its name on the visitor's side, and where it lies here."""

    name: str
    path: Path

    @property
    def is_table(self) -> bool:
        return self.path.suffix.lower() in KINDS


def files_input(**settings: Any) -> gr.File:
    """A ``gr.File`` whose handlers get a list of Sent, untouched uploads; whatever else a request
    names is refused. The method is replaced on the object because a subclass makes Gradio write a
    stub file next to the source."""
    files = gr.File(file_count="multiple", **settings)
    replace(files, "preprocess", _untouched)
    files.upload(None, js=OWN_INPUT)
    return files


def _untouched(payload: ListFiles | None) -> list[Sent]:
    sent = []
    for file in payload or ():
        # Gradio itself checks only requests that carry its own mark; any other could name any file
        # of the server.
        if not file.path or not is_in_or_equal(file.path, get_upload_folder()):
            raise gr.Error(PLEASE_UPLOAD, print_exception=False)
        path = Path(file.path)
        sent.append(Sent(PureWindowsPath(file.orig_name or "").name or path.name, path))
    return sent


def rows_of(task: Task, sent: Sequence[Sent]) -> Inputs:
    """The rows of tables, and of files that stand for themselves; beside a table, a file that none
    of its rows names is left out. Raises MediaError for an upload that can't be read as a whole."""
    if not sent:
        raise MediaError(NOTHING)
    name, count = Counter(_plain(one.name) for one in sent).most_common(1)[0]
    if count > 1:
        raise MediaError(SAME_NAME.format(visible_path(Path(name))))
    tables, files = [[one for one in sent if one.is_table is kind] for kind in (True, False)]
    check_files(task, [one.path for one in files], [one.path for one in tables])
    named = _Named(files)
    alone = [one for one in files if not tables or one.path.suffix.lower() == ".txt"]
    rows = list(islice(_rows(task, [*tables, *alone], named), MAX_ROWS + 1))
    return Inputs(
        [named.checked(row) for row in rows],
        [
            UNNAMED.format(visible_path(Path(one.name)))
            for one in files
            if one not in alone and _plain(one.name) not in named.asked
        ],
    )


class _Named:
    """Finds the files of an upload by their names, and remembers what was asked for."""

    def __init__(self, files: Sequence[Sent]) -> None:
        self._paths = {_plain(one.name): one.path for one in files}
        self.asked: dict[str, set[str]] = defaultdict(set)  # name -> the cells it was found by

    def __call__(self, cell: str) -> Path | None:
        """Of a path only its last part counts: an upload has no folders."""
        name = _plain(PurePosixPath(cell).name)
        path = self._paths.get(name)
        if path:
            self.asked[name].add(str(PurePosixPath(cell)))
        return path

    def checked(self, row: Row) -> Row:
        """The row, or, where it may have got another row's file, the same with that problem."""
        for name, cells in self.asked.items():
            if len(cells) > 1 and row.path == self._paths[name]:
                return changed(row, path=None, problem=AMBIGUOUS.format(visible_path(Path(name))))
        return row


def _rows(task: Task, sent: Sequence[Sent], named: _Named) -> Iterator[Row]:
    for one in sent:
        name = visible_path(Path(one.name))
        if one.path.suffix.lower() == ".parquet":
            yield Row(name, problem=NO_PARQUET)
        else:
            yield from file_rows(task, one.path, name, named, MISSING)


def _plain(name: str) -> str:
    """As it is written on any system: some take an accent for a sign of its own."""
    return unicodedata.normalize("NFC", name)
