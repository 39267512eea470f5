"""Export a model as an ONNX file that ONNX Runtime runs without mmsent and without PyTorch, in
Python, in a page, on a phone.

    python -m mmsent export face face.onnx
    python -m mmsent export review review.onnx               # a head: it reads what its encoders give
    python -m mmsent export text text.onnx                   # an encoder: text, image, speech or motion
    python -m mmsent export face face.onnx --source me/mmsent-face@v1

The metadata of the file (metadata_props, values in JSON) say what its inputs and outputs are, how
inputs are prepared, the labels of each output, and the temperature, bias and threshold that make
calibrated probabilities of its logits. The file is compared with PyTorch before it is there. An
earlier export of that name is replaced, any other file is left alone. docs/export.md shows how to
use it from Python and from JavaScript.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from pkgutil import resolve_name

from mmsent.checkpoint import CheckpointError
from mmsent.console import add_source_option, manual_parser

# where the function that makes each graph is; they import PyTorch, for which --help need not wait
EXPORTS: Mapping[str, str] = {
    **{task: f"mmsent.export.heads:{task}" for task in ("face", "review")},
    **{task: f"mmsent.export.{task}:{task}" for task in ("meme", "video")},
    **{name: f"mmsent.export.encoders:{name}" for name in ("text", "image", "speech", "motion")},
}


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m mmsent export`` and returns its exit status; wrong usage raises
    SystemExit(2)."""
    parser = manual_parser("mmsent export", __doc__)
    parser.add_argument("task", metavar="TASK", choices=EXPORTS, help=", ".join(EXPORTS))
    parser.add_argument("out", metavar="OUT.onnx", type=Path, help="the file to write")
    add_source_option(parser)
    args = parser.parse_args(arguments)
    from mmsent.export.graph import ExportError, Graph, check_path, write

    make: Callable[[str | None], Graph] = resolve_name(EXPORTS[args.task])
    try:
        check_path(args.out)
        graph = make(args.source)
        written = write(graph, args.out)
    except (ExportError, CheckpointError) as error:
        parser.error(str(error))
    print(
        f"{args.out}: {written.size / 1e6:,.1f} MB, opset {written.opset}; differs from PyTorch by "
        f"at most {written.difference:.0e}"
    )
    for arrow, parts in (("in ", graph.inputs), ("out", graph.outputs)):
        for one in parts:
            shape = ", ".join(map(str, one.shape))
            print(f"  {arrow} {one.name} ({shape}): {one.meaning}")
    return 0
