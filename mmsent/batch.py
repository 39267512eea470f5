"""Rows to results, and results to the records of a table, whatever the task."""

from collections.abc import Iterator, Sequence
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError
from mmsent.results import Scores
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result, Task

BATCH = 64  # rows that are scored together where a task can


def columns(task: Task) -> dict[str, type]:
    """Names and types of the columns of a table."""
    found: dict[str, type] = {"input": str, **task.details}
    for name, labels in task.scores.items():
        found |= {name: str, f"{name}_confidence": float, f"{name}_unsure": bool}
        found |= {f"{name}_{label}": float for label in labels}
    return found | {"notes": str, "error": str}


def flat(record: Record) -> Record:
    """A record with its Scores laid out in columns."""
    cells: Record = {}
    for name, value in record.items():
        if isinstance(value, Scores):
            cells |= {
                name: value.top,
                f"{name}_confidence": value.confidence,
                f"{name}_unsure": value.unsure,
            }
            cells |= {f"{name}_{label}": prob for label, prob in value.as_dict().items()}
        else:
            cells[name] = value
    return cells


def answers(
    task: Task, pipeline: Pipeline, rows: Sequence[Row], whole: bool, size: int = BATCH
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records, or with what is wrong with it, ``size`` rows at a time. A
    ``whole`` result is one record, all that is known. Each has ``notes``: a list in a whole one,
    else a text or None."""
    for start in range(0, len(rows), size):
        yield from _answers(task, pipeline, rows[start : start + size], whole)


def _answers(
    task: Task, pipeline: Pipeline, rows: Sequence[Row], whole: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    fit = [row for row in rows if not row.problem]
    if (classify := task.rows.classify) and fit and not whole:
        results: dict[Row, Any] = dict(zip(fit, classify(pipeline, fit), strict=True))
    else:
        results = {row: _attempt(task, pipeline, row) for row in fit}
    for row in rows:
        result = MediaError(row.problem) if row.problem else results[row]
        if isinstance(result, MediaError):
            yield row, result
        else:
            yield (
                row,
                [
                    _noted(row, record, whole)
                    for record in ([result.to_dict()] if whole else task.rows.records(row, result))
                ],
            )


def _noted(row: Row, record: Record, whole: bool) -> Record:
    """The record with the notes on its row, too; in one cell, unless it is ``whole``."""
    notes = [*row.notes, *record["notes"]]
    return record | {"notes": notes if whole else " ".join(notes) or None}


def _attempt(task: Task, pipeline: Pipeline, row: Row) -> Result | MediaError:
    try:
        return task.rows.predict(pipeline, row)
    except MediaError as error:
        return error
