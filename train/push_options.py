"""--push-to of the training scripts: publishes what they have made, as train.publish does."""

import argparse
from pathlib import Path

from huggingface_hub import get_token

from train.publish import add_encoder_option, publish_or_exit


def add_push_options(parser: argparse.ArgumentParser, head: bool = False) -> None:
    """``head``: of a model that stands on encoders."""
    parser.add_argument(
        "--push-to", metavar="OWNER/NAME", help="publish the finished checkpoint on the Hub (see train.publish)"
    )
    if head:
        add_encoder_option(parser)


def check_push_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Says before the training, not after it, that nobody is logged in."""
    if args.push_to and get_token() is None:
        parser.error("--push-to needs a login: “hf auth login”, or HF_TOKEN with a token that may write")


def push_finished(args: argparse.Namespace, folder: Path) -> None:
    """Publishes ``folder`` if --push-to was given; ends with a sentence and status 1 where that fails."""
    if args.push_to:
        publish_or_exit(folder, args.push_to, None, getattr(args, "encoder", []))
