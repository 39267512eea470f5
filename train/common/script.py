"""What every training script does around its training: the common options, an accelerator with
logs, publishing at the end."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator

from mmsent import hub
from mmsent.console import manual_parser, replace_unprintable
from mmsent.hub_upload import PushError
from train.common.loop import accelerator
from train.publish import add_encoder_option, add_publish_options, prepare, publish_or_exit

TEXT_MODEL_HELP = "text encoder: a checkpoint (compact), a Hub name or folder (reference)"


def script_parser(manual: str | None, task: str, head: bool = False) -> argparse.ArgumentParser:
    """A parser with the options that all scripts have; ``manual`` is the script's docstring,
    ``head`` says that the model stands on encoders."""
    parser = manual_parser(f"python -m train.{task}", manual)
    parser.set_defaults(task=task)
    parser.add_argument("--runs", type=Path, default=Path("runs") / task, help="state and logs")
    parser.add_argument(
        "--out", type=Path, default=Path("runs") / task / "checkpoint", help="the checkpoint"
    )
    parser.add_argument("--limit", type=int, help="read only so many rows of each file and part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--push-to",
        metavar="OWNER/NAME",
        help="publish the finished checkpoint on the Hub, where its repository is made before the "
        "training (see train.publish)",
    )
    add_publish_options(parser)
    if head:
        add_encoder_option(parser)
    return parser


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments. What would fail after the training is said before it, and no sign in its
    figures ends it."""
    replace_unprintable()
    args = parser.parse_args()
    if getattr(args, "data", True):  # something is trained
        try:
            hub.check_own(args.out)
        except hub.CheckpointError as problem:
            parser.error(str(problem))
        if args.push_to:
            try:
                prepare(
                    args.push_to,
                    args.tag,
                    args.private,
                    _frozen(args),
                    _published(args),
                    args.licence,
                )
            except (PushError, hub.CheckpointError) as problem:
                parser.error(f"--push-to: {problem}")
    return args


def _frozen(args: argparse.Namespace) -> dict[str, dict[str, str]]:
    """The encoders that the head to be trained stands on, as its config will name them; none where
    it brings its own. Raises CheckpointError."""
    if getattr(args, "preset", "compact") != "compact":
        return {}
    options = ((name, f"{name}_model") for name in ("text", "image", "face", "speech"))
    return {
        name: {
            "source": name,
            "sha256": hub.sha256(hub.find(name, getattr(args, option)) / hub.WEIGHTS),
        }
        for name, option in options
        if hasattr(args, option)
    }


def _published(args: argparse.Namespace) -> dict[str, str]:
    """Where --encoder says that encoders are."""
    return dict(getattr(args, "encoder", []))


def trained_or_shipped(args: argparse.Namespace) -> Path:
    """The checkpoint in --out, or, where there is none, the one that ``hub.find`` has."""
    return args.out if (args.out / "config.json").is_file() else hub.find(args.task)


@contextmanager
def training_run(args: argparse.Namespace) -> Iterator[Accelerator]:
    """A seeded accelerator; what was made with it in ``--out`` is published at the end if --push-to
    was given, where failing ends the process with a sentence and status 1."""
    work = accelerator(args.runs, seed=args.seed)
    work.init_trackers("logs")
    torch.manual_seed(args.seed)
    yield work
    work.wait_for_everyone()
    work.end_training()
    if args.push_to and work.is_main_process:
        publish_or_exit(
            args.out, args.push_to, args.tag, _published(args), args.private, args.licence
        )
