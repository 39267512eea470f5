"""Score pictures, texts and clips from the command line.

    python -m mmsent face photo.jpg                          # photo.jpg: happy 0.93
    python -m mmsent face photos/ "more/*.png" --json        # one JSON object a picture, all that is known of it
    python -m mmsent face photos/ --out faces.csv            # a table, one row a face
    python -m mmsent review --text "It broke." bag.jpg       # a text, a photo, or both
    python -m mmsent review reviews.csv --out scored.csv     # goes on where it was, if it was stopped
    python -m mmsent meme memes/ --out memes.parquet         # Parquet needs pyarrow
    python -m mmsent video clip.mp4 --json                   # its moments, faces and all that is known of it
    python -m mmsent video clip.mp4 --transcript clip.srt    # what is said in it, from a file
    python -m mmsent video clips/ --out clips.csv            # one row a clip: what it is as a whole
    python -m mmsent review big.parquet --out scored.parquet --engine ray   # on all machines of a Ray cluster
    python -m mmsent app                                     # not scoring: starts the page (mmsent app --help)
    python -m mmsent deploy me/my-space                      # not scoring: puts the page on Hugging Face Spaces

INPUT is a file, a folder (every picture or clip below it, whatever its name; what is left out is
told), a glob in quotation marks, or a table: .csv or .tsv (the first line names the columns),
.jsonl (an object a line), .json (an array of objects or an object of columns) or .parquet. Its
columns are image_path, for video video_path (relative to the table), and text for review, meme and
video. For review image_path may be missing, for meme text may (the caption is read from the picture
then). For video text is what is said (plain words or subtitles), and may be missing, too. Other
columns are ignored. A .txt file is one review.

Without --out each row gets one line; "(not sure)" means that the model would rather not say. A
table has the columns input, notes and error, and for each verdict its label, its confidence,
whether the model is unsure, and the probability of every label. Notes say what was left out, cut or
guessed; without --out they go to standard error. Text in a CSV file stands on one line, with an
apostrophe before what a spreadsheet would run as a formula. JSONL holds the whole result, reasons
included.

After a kill or Ctrl-C the same command goes on with the rows that are not yet in the table. Rows
are known by their name alone, so name another file for another task or checkpoint. What can't be
scored is reported, and the rest goes on. The exit status is 0 if all went well, 1 if a row failed
(in an earlier run, too; a file left out of a folder is none), 2 if the command could not run, 130
after Ctrl-C.
"""

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
from mmsent import deploy, launch, scale
from mmsent.batch import BATCH, TASKS, answers, columns, flat
from mmsent.console import replace_unprintable
from mmsent.inputs import Row, brings_text, collect
from mmsent.media import MediaError
from mmsent.results import Scores
from mmsent.table import Record, Table, TableError, json_line
from mmsent.transcripts import names_a_file, open_transcript
from mmsent.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status; wrong usage raises SystemExit(2)."""
    replace_unprintable()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--version"]:
        print(f"mmsent {__version__}")
        return 0
    if arguments[:1] == ["app"]:
        return launch.main(arguments[1:], "mmsent app")
    if arguments[:1] == ["deploy"]:
        return deploy.main(arguments[1:])
    parser = _parser()
    args = parser.parse_intermixed_args(arguments)
    try:
        _check(parser, args)
        failed = _run(args)
    except (TableError, mmsent.CheckpointError, scale.EngineError, MediaError) as error:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "mmsent", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", metavar="TASK", choices=TASKS, help=", ".join(TASKS))
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help="file, folder, glob or table")
    parser.add_argument(
        "--text", help="goes with every picture or clip named; for review also alone"
    )
    parser.add_argument(
        "--transcript",
        type=Path,
        metavar="FILE",
        help="of video: what is said in the one clip named",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a row")
    form.add_argument(
        "--out", type=Path, metavar="FILE", help="write a table: .csv, .jsonl or .parquet"
    )
    parser.add_argument(
        "--source", help="checkpoint: a folder or owner/name@revision on the Hugging Face Hub"
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), help="default: cuda where there is one"
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: on all machines of a cluster",
    )
    return parser


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
        from mmsent.runtime import choose_device  # here, since --help need not wait for PyTorch

        try:
            choose_device(args.device)
        except ValueError as error:
            parser.error(str(error))


def _run(args: argparse.Namespace) -> int:
    """Scores what is still to be done; returns how many inputs have failed, those of earlier runs
    included."""
    task = TASKS[args.task]
    rows, left_out = collect(task, args.inputs, args.text)
    rows = _with_transcript(rows, args.transcript)
    for sentence in left_out:
        _print(sentence, sys.stderr)
    if left_out:
        _print(f"Left out of folders: {len(left_out)}. To be scored: {len(rows)}.", sys.stderr)
    table = Table(args.out, columns(task), task.counter) if args.out else None
    left = [row for row in rows if table is None or row.name not in table]
    if len(left) < len(rows):
        print(
            f"{len(rows) - len(left)} of {len(rows)} inputs are in {args.out} already.",
            file=sys.stderr,
        )
    whole = args.json or (table is not None and args.out.suffix.lower() == ".jsonl")
    failed = 0
    with tqdm(total=len(rows), initial=len(rows) - len(left), unit="row", disable=None) as bar:
        for row, found in _answers(args, left, whole):
            if isinstance(found, MediaError):
                failed += 1
                _print(f"{row.name}: {found}", sys.stderr)
                records: list[Record] = [{"input": row.name, "error": str(found)}]
            else:
                records = [{"input": row.name, **record} for record in found]
                if not table and (notes := found[0]["notes"]):
                    _print(
                        f"{row.name}: {notes if isinstance(notes, str) else ' '.join(notes)}",
                        sys.stderr,
                    )
            if table:
                table.add([flat(record) for record in records])
            elif args.json:
                _print(json_line(records[0]), sys.stdout)
            elif not isinstance(found, MediaError):
                _print(f"{row.name}: {_in_words(found)}", sys.stdout)
            bar.update()
    if table is None:
        return failed
    table.finish()
    print(f"{args.out}: {len(table.done)} inputs, {table.failed} with an error.", file=sys.stderr)
    return table.failed


def _with_transcript(rows: list[Row], transcript: Path | None) -> list[Row]:
    """The one clip with what is said in it. Raises MediaError where there are more, or the
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


def _answers(
    args: argparse.Namespace, rows: Sequence[Row], whole: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records or what is wrong with it. No model is loaded where none can be
    scored."""
    scorable = any(row.problem is None for row in rows)
    if scorable and args.engine == "ray":
        return scale.answers(args.task, rows, args.source, args.device, whole)
    pipeline = mmsent.load(args.task, args.source, args.device) if scorable else None
    # on the screen no row waits for others
    return answers(TASKS[args.task], pipeline, rows, whole, BATCH if args.out else 1)


def _in_words(records: list[Record]) -> str:
    """What a person wants to know of the records of one input, on one line."""
    verdicts = [
        (name, value)
        for record in records
        for name, value in record.items()
        if isinstance(value, Scores)
    ]
    several = len({name for name, _ in verdicts}) > 1
    parts = [
        f"{f'{name} ' * several}{scores.top} {scores.confidence:.2f}{' (not sure)' * scores.unsure}"
        for name, scores in verdicts
    ]
    return ", ".join(parts) or "nothing found"


def _print(line: str, to: TextIO) -> None:
    with tqdm.external_write_mode():  # the bar steps aside
        print(line, file=to, flush=True)


def run() -> None:
    """The command ``mmsent``."""
    sys.exit(main())


if __name__ == "__main__":
    run()
