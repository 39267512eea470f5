"""Scores the inputs of a command line and reports the outcome; mmsent/__main__.py reads the
arguments."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

import mmsent
from mmsent import ray_scoring
from mmsent.batch import (
    BATCH_SIZE,
    flatten_scores,
    named_records,
    score_rows,
    table_columns,
)
from mmsent.inputs import Row, brings_text, collect
from mmsent.labels import NOT_SURE
from mmsent.media import MediaError
from mmsent.results import Scores
from mmsent.table import Record, Table, TableError, json_line
from mmsent.tasks import TASKS
from mmsent.transcripts import names_a_file, open_transcript


def score(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    """Scores what ``args`` name and returns the exit status; what does not go together ends with
    ``parser``'s usage and SystemExit(2)."""
    try:
        _check(parser, args)
        failed = _run(args)
    except (TableError, mmsent.CheckpointError, ray_scoring.EngineError, MediaError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print(
            "Stopped. The same command goes on from here." if args.out else "Stopped.",
            file=sys.stderr,
        )
        return 130
    # whoever read the output has gone; nothing may be written at exit either
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return int(failed > 0)


def _check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends with the usage and one sentence where the arguments do not go together."""
    task = TASKS[args.task]
    if not args.inputs and not (task.text_alone and args.text is not None):
        parser.error(
            "there is nothing to score; name files, folders or a table (--help shows examples)"
        )
    if args.text is not None and "text" not in task.details:
        parser.error(f"{args.task} reads no text, so --text does not go with it")
    if args.text is not None and any(map(brings_text, args.inputs)):
        parser.error("--text goes with pictures and clips; tables and text files bring their own")
    if args.text is not None and names_a_file(args.text):
        name = shlex.quote(args.text.strip())
        how = f"--transcript {name}" if args.task == "video" else f'--text "$(cat {name})"'
        parser.error(
            f"--text {name} names a file: to have it read, write {how}; if it is the text, end it "
            "with a full stop"
        )
    if args.transcript and (
        args.task != "video" or args.text is not None or any(map(brings_text, args.inputs))
    ):
        parser.error(
            "--transcript goes with a clip (video), and neither with --text nor with a table"
        )
    if args.engine == "ray" and not args.out:
        parser.error("--engine ray writes a table; name one with --out")
    if args.device == "cuda" and args.engine == "local":
        from mmsent.runtime import choose_device  # here, since most mistakes need no PyTorch

        try:
            choose_device(args.device)
        except ValueError as error:
            parser.error(str(error))


def _run(args: argparse.Namespace) -> int:
    """Scores what is still to be done; returns how many inputs have failed, those of earlier runs
    included."""
    task = TASKS[args.task]
    rows, left_out = collect(task, args.inputs, args.text)
    rows = _add_transcript(rows, args.transcript)
    for sentence in left_out:
        _print(sentence, sys.stderr)
    if left_out:
        _print(f"Left out of folders: {len(left_out)}. To be scored: {len(rows)}.", sys.stderr)
    table = Table(args.out, table_columns(task), task.count_column) if args.out else None
    remaining = [row for row in rows if table is None or row.name not in table]
    if len(remaining) < len(rows):
        print(
            f"{len(rows) - len(remaining)} of {len(rows)} inputs are in {args.out} already.",
            file=sys.stderr,
        )
    whole_results = args.json or (table is not None and args.out.suffix.lower() == ".jsonl")
    failed = 0
    with tqdm(total=len(rows), initial=len(rows) - len(remaining), unit="row", disable=None) as bar:
        for row, outcome in _score_rows(args, remaining, whole_results):
            if isinstance(outcome, MediaError):
                failed += 1
                _print(f"{row.name}: {outcome}", sys.stderr)
            elif not table and (notes := outcome[0]["notes"]):
                _print(
                    f"{row.name}: {notes if isinstance(notes, str) else ' '.join(notes)}",
                    sys.stderr,
                )
            records = named_records(row, outcome)
            if table:
                table.add([flatten_scores(record) for record in records])
            elif args.json:
                _print(json_line(records[0]), sys.stdout)
            elif not isinstance(outcome, MediaError):
                _print(f"{row.name}: {_summary(outcome)}", sys.stdout)
            bar.update()
    if table is None:
        return failed
    table.finish()
    print(f"{args.out}: {len(table.done)} inputs, {table.failed} with an error.", file=sys.stderr)
    return table.failed


def _add_transcript(rows: list[Row], transcript: Path | None) -> list[Row]:
    """The one clip with its transcript. Raises MediaError where there are more, or the
    transcript can't be read."""
    if transcript is None:
        return rows
    if len(rows) > 1:
        raise MediaError(
            f"--transcript goes with one clip, not with {len(rows)}; name one, or a table with the "
            "column text."
        )
    open_transcript(transcript)  # what is wrong with it is told before a model is loaded
    return [replace(row, transcript=transcript) for row in rows]


def _score_rows(
    args: argparse.Namespace, rows: Sequence[Row], whole_results: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records or what is wrong with it. No model is loaded where none can be
    scored."""
    if all(row.problem for row in rows):
        return ((row, MediaError(row.problem)) for row in rows)
    if args.engine == "ray":
        return ray_scoring.answers(args.task, rows, args.source, args.device, whole_results)
    pipeline = mmsent.load(args.task, args.source, args.device)
    # on the screen no row waits for others
    return score_rows(
        TASKS[args.task], pipeline, rows, whole_results, BATCH_SIZE if args.out else 1
    )


def _summary(records: list[Record]) -> str:
    """One line for a person: the predictions in the records of one input."""
    predictions = [
        (name, value)
        for record in records
        for name, value in record.items()
        if isinstance(value, Scores)
    ]
    several = len({name for name, _ in predictions}) > 1
    parts = [
        f"{f'{name} ' * several}{scores.top} {scores.confidence:.2f}{f' ({NOT_SURE})' * scores.unsure}"
        for name, scores in predictions
    ]
    return ", ".join(parts) or "nothing found"


def _print(line: str, to: TextIO) -> None:
    with tqdm.external_write_mode():  # the bar steps aside
        print(line, file=to, flush=True)
