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
    python -m mmsent export face face.onnx                   # not scoring: the model as an ONNX file
    python -m mmsent site public/                            # not scoring: the face tabs as a static site
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
import sys
from collections.abc import Sequence
from pathlib import Path

from mmsent.console import add_source_option, manual_parser, replace_unprintable
from mmsent.tasks import TASKS
from mmsent.version import __version__

# What scores, serves, exports or deploys is imported where it is called, so that --help is there at once.


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status; wrong usage raises SystemExit(2)."""
    replace_unprintable()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--version"]:
        print(f"mmsent {__version__}")
        return 0
    if arguments[:1] == ["app"]:
        from mmsent import launch

        return launch.main(arguments[1:], "mmsent app")
    if arguments[:1] == ["deploy"]:
        from mmsent import deploy

        return deploy.main(arguments[1:])
    if arguments[:1] == ["site"]:
        from mmsent import site

        return site.main(arguments[1:])
    if arguments[:1] == ["export"]:
        from mmsent.export import command as export

        return export.main(arguments[1:])
    parser = _parser()
    args = parser.parse_intermixed_args(arguments)
    from mmsent.command import score

    return score(parser, args)


def _parser() -> argparse.ArgumentParser:
    parser = manual_parser("mmsent", __doc__)
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
    add_source_option(parser)
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


def run() -> None:
    """The command ``mmsent``."""
    sys.exit(main())


if __name__ == "__main__":
    run()
