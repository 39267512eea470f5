"""Scores rows, and makes the records of a table from results, whatever the task."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError
from mmsent.results import Scores
from mmsent.table import Record
from mmsent.tasks import Pipeline, Task

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
    task: Task,
    pipeline: Pipeline,
    rows: Sequence[Row],
    whole_results: bool,
    size: int = BATCH_SIZE,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records, or with what is wrong with it; ``size`` rows at a time where the
    task can. A ``whole`` result is one record, all that is known. Each has ``notes``: a list in a
    whole one, else a text or None. ``go_on`` is asked before each row: once it says no, those
    before it are still answered, and that is the end."""
    if whole_results or not task.rows.classify:
        size = 1  # so that what is done is out
    for start in range(0, len(rows), size):
        batch = list(rows[start : start + size])
        results = _results(task, pipeline, takewhile(lambda _: go_on(), batch), whole_results)
        for row, result in results.items():
            if isinstance(result, MediaError):
                yield row, result
            else:
                records = [result.to_dict()] if whole_results else task.rows.records(row, result)
                yield row, [_add_row_notes(row, record, whole_results) for record in records]
        if len(results) < len(batch):
            return


def named_records(row: Row, outcome: list[Record] | MediaError) -> list[Record]:
    """What ``score_rows`` has for a row, as records of a table."""
    if isinstance(outcome, MediaError):
        return [{"input": row.name, "error": str(outcome)}]
    return [{"input": row.name, **record} for record in outcome]


def _results(
    task: Task, pipeline: Pipeline, rows: Iterable[Row], whole_results: bool
) -> dict[Row, Any]:
    """Row -> its result or MediaError, in the order of the rows."""
    results: dict[Row, Any] = {}
    prepared: dict[Row, Any] = {}
    prepare, classify = (None, None) if whole_results else (task.rows.prepare, task.rows.classify)
    for row in rows:
        results[row] = None
        try:
            if row.problem:
                raise MediaError(row.problem)
            if prepare:
                prepared[row] = prepare(pipeline, row)
            else:
                results[row] = task.rows.predict(pipeline, row)
        except MediaError as error:
            results[row] = error
    return results | (classify(pipeline, prepared) if classify and prepared else {})


def _add_row_notes(row: Row, record: Record, whole_results: bool) -> Record:
    """The record with the notes on its row, too; in one cell, unless it is ``whole``."""
    notes = [*row.notes, *record["notes"]]
    return record | {"notes": notes if whole_results else " ".join(notes) or None}
