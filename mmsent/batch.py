"""What the command line scores: files, folders, globs and CSV files become rows, and a task turns rows into records."""

import glob
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from mmsent.labels import FACE_EMOTIONS, MEME_ASPECTS, SENTIMENTS
from mmsent.media import FORMATS, MediaError, open_image
from mmsent.results import FaceResult, Scores
from mmsent.table import Record, read_table

BATCH = 64  # rows that are scored together where a task can
PICTURES = frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS)


@dataclass(frozen=True)
class Row:
    """One thing to score. ``name`` is how output and messages call it: a path, or a CSV file and its line. ``problem`` is the
    sentence that says why it can't be scored, if that is known already."""

    name: str
    path: Path | None = None
    text: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Task:
    """How the command line deals with a task.

    ``column`` of a CSV file holds the path of a picture, ``suffixes`` are the files to look for in a folder; with
    ``text_alone`` a text needs neither. ``predict(pipeline, row)`` is the whole result. ``records(row, result)`` are the rows
    it makes in a table: the columns in ``details`` and the Scores named in ``scores``, with their labels; ``counter`` is the
    one of ``details`` that says how many, where it is not always one. ``classify(pipeline, rows)``, if there is one, gives
    many results at once for ``records``, a MediaError for a row that has none.
    """

    details: Mapping[str, type]
    scores: Mapping[str, Sequence[str]]
    predict: Callable[[Any, Row], Any]
    records: Callable[[Row, Any], list[Record]]
    column: str = "image_path"
    suffixes: Collection[str] = PICTURES
    text_alone: bool = False
    counter: str | None = None
    classify: Callable[[Any, Sequence[Row]], list[Any]] | None = None


def _faces(row: Row, result: FaceResult) -> list[Record]:
    count = len(result.faces)
    corners = ("x0", "y0", "x1", "y1")
    return [
        {"faces": count, "face": number, **dict(zip(corners, face.box, strict=True))}
        | {"detection": face.detection, "emotion": face.emotions}
        for number, face in enumerate(result.faces, 1)
    ] or [{"faces": 0}]


def _classify_reviews(review: Any, rows: Sequence[Row]) -> list[Scores | MediaError]:
    """Many at once, several times as fast as one by one. Rows that can't go with others go alone, so that they spoil none."""
    from mmsent.pipelines.encoders import MAX_CHARACTERS, squash  # here, since it imports PyTorch

    answers: dict[Row, Scores | MediaError] = {}
    photos: dict[Row, Any] = {}
    for row in rows:
        text = row.text or ""
        try:
            if len(text) > MAX_CHARACTERS or not (row.path or any(map(str.isalnum, text))):  # perhaps nothing to read
                answers[row] = review.predict(text, row.path).sentiment
            else:  # at its final size, since 64 large photos would not fit into the memory
                photos[row] = squash(open_image(row.path), review.image.size) if row.path else None
        except MediaError as error:
            answers[row] = error
    scores = review.classify([row.text or "" for row in photos], list(photos.values()))
    answers |= dict(zip(photos, scores, strict=True))
    return [answers[row] for row in rows]


TASKS = {
    "face": Task(
        details={"faces": int, "face": int, "x0": int, "y0": int, "x1": int, "y1": int, "detection": float},
        scores={"emotion": FACE_EMOTIONS},
        predict=lambda face, row: face.predict(row.path),
        records=_faces,
        counter="faces",
    ),
    "review": Task(
        details={"text": str},
        scores={"sentiment": SENTIMENTS},
        predict=lambda review, row: review.predict(row.text or "", row.path),
        records=lambda row, scores: [{"text": row.text, "sentiment": scores}],
        text_alone=True,
        classify=_classify_reviews,
    ),
    "meme": Task(
        details={"text": str},
        scores=MEME_ASPECTS,
        predict=lambda meme, row: meme.predict(row.path, row.text),
        records=lambda row, result: [{"text": result.text, **result.aspects}],
    ),
}


def collect(task: Task, inputs: Sequence[str], text: str | None) -> list[Row]:
    """The rows that ``inputs`` (files, folders, globs) stand for, each once, in their order; ``text`` goes with every picture,
    or is the one row where there is no input."""
    if not inputs:
        return [Row("--text", text=text)]
    rows = [row for given in inputs for path in _expand(given) for row in _rows(task, path, text)]
    return list({row.name: row for row in rows}.values())


def columns(task: Task) -> dict[str, type]:
    """Names and types of the columns of a table."""
    found: dict[str, type] = {"input": str, **task.details}
    for name, labels in task.scores.items():
        found |= {name: str, f"{name}_confidence": float, f"{name}_unsure": bool}
        found |= {f"{name}_{label}": float for label in labels}
    return found | {"error": str}


def flat(record: Record) -> Record:
    """A record with its Scores laid out in columns."""
    cells: Record = {}
    for name, value in record.items():
        if isinstance(value, Scores):
            cells |= {name: value.top, f"{name}_confidence": value.confidence, f"{name}_unsure": value.unsure}
            cells |= {f"{name}_{label}": prob for label, prob in value.as_dict().items()}
        else:
            cells[name] = value
    return cells


def answer(task: Task, pipeline: Any, rows: Sequence[Row], whole: bool) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records, or with what is wrong with it. A ``whole`` result is one record, all that is known."""
    fit = [row for row in rows if not row.problem]
    if task.classify and fit and not whole:
        results = dict(zip(fit, task.classify(pipeline, fit), strict=True))
    else:
        results = {row: _attempt(task, pipeline, row) for row in fit}
    for row in rows:
        result = MediaError(row.problem) if row.problem else results[row]
        if isinstance(result, MediaError):
            yield row, result
        else:
            yield row, [result.to_dict()] if whole else task.records(row, result)


def _attempt(task: Task, pipeline: Any, row: Row) -> Any:
    try:
        return task.predict(pipeline, row)
    except MediaError as error:
        return error


def _expand(given: str) -> list[Path]:
    """What is there by that very name, else what it matches as a glob, else the name as it is, to be reported."""
    return [Path(name) for name in ([given] if os.path.exists(given) else sorted(glob.glob(given, recursive=True)) or [given])]


def _rows(task: Task, path: Path, text: str | None) -> Iterator[Row]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in task.suffixes and file.is_file())
        seen = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
        yield from (Row(_visible(file), file, text) for file in seen)
        if not seen:
            yield Row(_visible(path), problem="There is nothing to score in this folder.")
    elif path.suffix.lower() == ".csv":
        yield from _table_rows(task, path)
    elif path.suffix.lower() == ".txt" and task.text_alone:
        yield _text_row(path)
    else:
        yield Row(_visible(path), path, text)


def _table_rows(task: Task, file: Path) -> Iterator[Row]:
    try:
        for line, cells in read_table(file, ["text" if task.text_alone else task.column]):
            name = f"{_visible(file)}, line {line}"
            if isinstance(cells, str):
                yield Row(name, problem=cells)
            elif not cells.get(task.column) and not task.text_alone:
                yield Row(name, problem=f"The column “{task.column}” is empty.")
            else:
                path = file.parent / cells[task.column] if cells.get(task.column) else None
                yield Row(name, path, cells.get("text") or None)
    except OSError:
        yield Row(_visible(file), problem="There is no readable file of that name.")


def _text_row(file: Path) -> Row:
    try:
        return Row(_visible(file), text=file.read_text(encoding="utf-8-sig"))
    except OSError:
        return Row(_visible(file), problem="There is no readable file of that name.")
    except UnicodeDecodeError:
        return Row(_visible(file), problem="The text is not UTF-8; please save it as UTF-8.")


def _visible(path: Path) -> str:
    """The path in signs that can be printed and written on one line, whatever it holds."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(path))
