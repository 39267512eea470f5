"""Publish a finished checkpoint on the Hugging Face Hub: config, weights, tokenizer, figures,
plots, model card, then a tag.

    python -m train.publish checkpoints/face me/mmsent-face
    python -m train.publish checkpoints/text me/mmsent-text --tag v2
    python -m train.publish checkpoints/image me/mmsent-image
    python -m train.publish checkpoints/review me/mmsent-review \\
        --encoder text=me/mmsent-text --encoder image=me/mmsent-image
    python -m train.publish --all me --tag v1             # all of checkpoints/, to me/mmsent-face and so on

Every training script does the same when it is done, with --push-to me/mmsent-face. Log in first
(“hf auth login”), or set HF_TOKEN to a token that may write. Without --tag the tags are v1, v2,
...; where nothing has changed nothing is pushed.

review, meme and video stand on encoders. Those in the checkpoint's own folder (encoders/text ...)
go into the same repository, in the same commit. Of others what is pushed names owner/name@commit,
so publish those first; the folder here stays as it is. An encoder that is not the very one the
model was trained on is refused. --licence FILE says on which terms the weights may be used; without
it the card of a model that was trained on your own data says that one has to ask you.

--all publishes every checkpoint in this order, each to OWNER/mmsent-TASK, and writes their commits
into mmsent/pinned.py, so that a package without a checkpoints folder loads them. A run that broke
off is run again: what is published and has not changed stays as it is.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from mmsent import hub
from mmsent.console import manual_parser, replace_unprintable
from mmsent.hub_upload import PushError
from train.common import release
from train.common.publishing import Published as Published
from train.common.publishing import prepare as prepare
from train.common.publishing import publish as publish


def main() -> None:
    replace_unprintable()
    parser = manual_parser("python -m train.publish", __doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="the checkpoint")
    parser.add_argument(
        "name",
        metavar="OWNER/NAME",
        nargs="?",
        help="the repository; it is made where there is none",
    )
    parser.add_argument("--all", metavar="OWNER", help="publish every checkpoint, and pin them")
    add_publish_options(parser)
    add_encoder_option(parser)
    args = parser.parse_args()
    if args.all and (args.folder or args.encoder or args.licence):
        parser.error(
            "--all publishes every checkpoint on its own terms; name no folder, encoder or licence"
        )
    if args.all:
        publish_all_or_exit(args.all, args.tag, args.private)
    elif not args.name:
        parser.error("name a checkpoint and OWNER/NAME, or --all OWNER")
    else:
        publish_or_exit(
            args.folder, args.name, args.tag, dict(args.encoder), args.private, args.licence
        )


def add_publish_options(parser: argparse.ArgumentParser) -> None:
    """--tag, --private and --licence."""
    parser.add_argument("--tag", help="of what is published; default: the next of v1, v2, ...")
    parser.add_argument(
        "--private", action="store_true", help="publish to a repository that only you can see"
    )
    parser.add_argument(
        "--licence",
        type=Path,
        metavar="FILE",
        help="text of the terms on which the weights may be used; goes to the card and LICENSE.md",
    )


def add_encoder_option(parser: argparse.ArgumentParser) -> None:
    """--encoder NAME=OWNER/NAME, as often as wanted; ``args.encoder`` is a list of pairs."""
    words = "where an encoder that the model stands on is published; once for each"
    parser.add_argument(
        "--encoder", type=_pair, action="append", default=[], metavar="NAME=OWNER/NAME", help=words
    )


def _pair(text: str) -> tuple[str, str]:
    encoder, mark, source = text.partition("=")
    if not mark:
        raise argparse.ArgumentTypeError(f"“{text}” is not like text=owner/name")
    return encoder, source


def publish_or_exit(
    folder: Path,
    name: str,
    tag: str | None,
    encoders: Mapping[str, str],
    private: bool = False,
    licence: Path | None = None,
) -> None:
    """Publishes and prints where; ends with a sentence and status 1 where that fails."""
    try:
        commit, tag = publish(folder, name, tag, encoders, private, licence)
    except (PushError, hub.CheckpointError) as error:
        sys.exit(
            f"{error}\nThe checkpoint in {folder} is as it was; “python -m train.publish {folder} "
            f"{name}” tries again."
        )
    print(f"{folder} is published: {name}@{tag}, pinned {name}@{commit}")


def publish_all_or_exit(owner: str, tag: str | None, private: bool = False) -> None:
    """Publishes all checkpoints, pins them and prints what that changes; ends with a sentence and
    status 1 where it fails."""

    def tell(name: str, published: Published) -> None:
        print(f"{name}@{published.tag} is at {published.commit}", flush=True)

    try:
        pins = release.publish_all(owner, hub.ROOT, tag, private, tell)
    except (PushError, hub.CheckpointError) as error:
        sys.exit(f"{error}\nNothing is pinned; the same command goes on from here.")
    try:
        changed = release.write_pins(pins, release.PINNED_FILE)
    except OSError as error:
        lines = "\n".join(f"{task}: {source}" for task, source in pins.items())
        sys.exit(
            f"{release.PINNED_FILE} can't be written ({error.strerror}); write into it:\n{lines}"
        )
    print(changed.rstrip() or f"{release.PINNED_FILE.name} names these already.")


if __name__ == "__main__":
    main()
