"""Scores rows, and makes the records of a table from results, whatever the task."""

from collections.abc import Iterator, Sequence
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError
from mmsent.results import Scores
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result, Task

BATCH_SIZE = 64  # rows that are scored together where a task can


def table_columns(task: Task) -> dict[str, type]:
    """Name -> type of each column of a table of results."""
    types: dict[str, type] = {"input": str, **task.details}
    for name, labels in task.scores.items():
        types |= {name: str, f"{name}_confidence": float, f"{name}_unsure": bool}
        types |= {f"{name}_{label}": float for label in labels}
    return types | {"notes": str, "error": str}


def flatten_scores(record: Record) -> Record:
    """The record with each of its Scores as columns: label, confidence, unsure, probabilities."""
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


def score_rows(
    task: Task, pipeline: Pipeline, rows: Sequence[Row], whole_results: bool, size: int = BATCH_SIZE
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records, or with what is wrong with it, ``size`` rows at a time. A
    ``whole`` result is one record, all that is known. Each has ``notes``: a list in a whole one,
    else a text or None."""
    for start in range(0, len(rows), size):
        yield from _score_batch(task, pipeline, rows[start : start + size], whole_results)


def _score_batch(
    task: Task, pipeline: Pipeline, rows: Sequence[Row], whole_results: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    usable = [row for row in rows if not row.problem]
    if (classify := task.rows.classify) and usable and not whole_results:
        results: dict[Row, Any] = dict(zip(usable, classify(pipeline, usable), strict=True))
    else:
        results = {row: _predict_or_error(task, pipeline, row) for row in usable}
    for row in rows:
        result = MediaError(row.problem) if row.problem else results[row]
        if isinstance(result, MediaError):
            yield row, result
        else:
            yield (
                row,
                [
                    _add_row_notes(row, record, whole_results)
                    for record in (
                        [result.to_dict()] if whole_results else task.rows.records(row, result)
                    )
                ],
            )


def _add_row_notes(row: Row, record: Record, whole_results: bool) -> Record:
    """The record with the notes on its row, too; in one cell, unless it is ``whole``."""
    notes = [*row.notes, *record["notes"]]
    return record | {"notes": notes if whole_results else " ".join(notes) or None}


def _predict_or_error(task: Task, pipeline: Pipeline, row: Row) -> Result | MediaError:
    try:
        return task.rows.predict(pipeline, row)
    except MediaError as error:
        return error
