"""What every training script does around its training: the common options, an accelerator with
logs, publishing at the end."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator
from huggingface_hub import get_token

from mmsent import hub
from mmsent.console import manual_parser, replace_unprintable
from train.common.loop import accelerator
from train.publish import add_encoder_option, publish_or_exit

TEXT_MODEL_HELP = "text encoder: a checkpoint (compact), a Hub name or folder (reference)"


def script_parser(manual: str | None, task: str, head: bool = False) -> argparse.ArgumentParser:
    """A parser with the options that all scripts have; ``manual`` is the script's docstring,
    ``head`` says that the model stands on encoders."""
    parser = manual_parser(f"python -m train.{task}", manual)
    parser.set_defaults(task=task)
    parser.add_argument("--runs", type=Path, default=Path("runs") / task, help="state and logs")
    parser.add_argument(
        "--out", type=Path, default=Path("checkpoints") / task, help="the checkpoint"
    )
    parser.add_argument("--limit", type=int, help="read only so many rows of each file and part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--push-to",
        metavar="OWNER/NAME",
        help="publish the finished checkpoint on the Hub (see train.publish)",
    )
    if head:
        add_encoder_option(parser)
    return parser


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments. What would fail after the training is said before it, and no sign in its
    figures ends it."""
    replace_unprintable()
    args = parser.parse_args()
    if getattr(args, "preset", "").startswith("reference") and args.out == parser.get_default(
        "out"
    ):
        parser.error(
            "the reference project's presets need --out, so that they don't replace what ships"
        )
    if getattr(args, "data", True):  # something is trained
        try:
            hub.check_own(args.out)
        except hub.CheckpointError as problem:
            parser.error(str(problem))
    if args.push_to and args.task != "face" and getattr(args, "preset", "").startswith("reference"):
        parser.error(
            "only the face model's preset reference can be published: no page or API loads the "
            "others"
        )
    if args.push_to and get_token() is None:
        parser.error(
            "--push-to needs a login: “hf auth login”, or HF_TOKEN with a token that may write"
        )
    return args


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
        publish_or_exit(args.out, args.push_to, None, getattr(args, "encoder", []))
