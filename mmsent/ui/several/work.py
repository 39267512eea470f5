"""Scores the rows of an upload into a table, by the command line's own functions, so that the two
are the same."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from mmsent.batch import flatten_scores, named_records, score_rows, table_columns
from mmsent.cancel import Cancelled
from mmsent.inputs import Row
from mmsent.pipelines.video import VideoPipeline
from mmsent.results import VideoResult
from mmsent.table import Record, Table
from mmsent.tasks import TASKS, Pipeline
from mmsent.transcripts import read_transcript
from mmsent.ui.server.gpu import on_gpu
from mmsent.ui.several.limits import MAX_WORK, check_rows
from mmsent.ui.tabs import TABS

SHOWN: Final = 20  # records on the page; the file has all
ON_GPU: Final = ("predict", "classify", "answer")  # what rows ask of a pipeline's nets
CANCELLED: Final = "Cancelled."
OUT_OF_TIME: Final = f"Stopped after {MAX_WORK / 60:.0f} minutes."


@dataclass
class Scored:
    """How far a table is: of ``total`` rows ``begun`` were looked at and ``done`` are in it,
    ``noted`` of them with notes and ``failed`` with what is wrong with them. ``shown`` are its first
    records of ``records``, and ``end`` says why it ended early, if it did."""

    total: int
    begun: int = 0
    done: int = 0
    noted: int = 0
    failed: int = 0
    records: int = 0
    shown: list[Record] = field(default_factory=list)
    end: str = ""

    def add(self, records: Sequence[Record]) -> None:
        self.done += 1
        self.failed += "error" in records[0]
        self.noted += bool(records[0].get("notes"))
        self.records += len(records)
        self.shown += records[: SHOWN - len(self.shown)]


def score_into(
    out: Path,
    task: str,
    pipeline: Pipeline,
    rows: Sequence[Row],
    report: Callable[[Scored], None],
    cancelled: Callable[[], bool],
) -> Scored:
    """Writes the table ``out`` (.csv or .jsonl); once ``cancelled()`` is true, or time is up, with
    the rows that are done. Raises MediaError where the rows are too many."""
    check_rows(TASKS[task], rows)
    scored, until = Scored(len(rows)), time.monotonic() + MAX_WORK
    table = Table(out, table_columns(TASKS[task]), TASKS[task].count_column)

    def is_over() -> bool:
        scored.end = CANCELLED if cancelled() else OUT_OF_TIME * (time.monotonic() > until)
        return bool(scored.end)

    def go_on() -> bool:
        if is_over():
            return False
        scored.begun += 1
        report(scored)
        return True

    whole = out.suffix == ".jsonl"
    reader = cast(Pipeline, _Clips(pipeline, is_over)) if task == "video" else pipeline
    try:
        for row, outcome in score_rows(TASKS[task], reader, rows, whole, go_on=go_on):
            records = named_records(row, outcome)
            table.add([flatten_scores(record) for record in records])
            scored.add(records)
    except Cancelled:  # in the middle of a clip
        pass
    finally:
        table.finish()
    return scored


class _Clips:
    """Reads a clip as ``VideoPipeline.predict`` does, but looks for no file of the name that a text
    may be, and can be told to stop."""

    def __init__(self, video: Any, is_over: Callable[[], bool]) -> None:
        self._video: VideoPipeline = video
        self._is_over = is_over

    def predict(self, path: Path, text: str | None) -> VideoResult:
        said = None if text is None else read_transcript(text)
        watched = self._video.watch(path, None, self._is_over, recognise=said is None)
        return self._video.judge(watched, said, reasons=True, cancelled=self._is_over)


class Lent:
    """A pipeline whose nets borrow a GPU where that is how the Space works; to be made with the
    page."""

    def __init__(self, task: str, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        names = [name for name in ON_GPU if TABS[task].gpu_seconds and hasattr(pipeline, name)]
        self._lent = {name: on_gpu(task, getattr(pipeline, name)) for name in names}

    def __getattr__(self, name: str) -> Any:
        return self._lent[name] if name in self._lent else getattr(self._pipeline, name)
