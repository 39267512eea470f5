"""Publish a finished checkpoint on the Hugging Face Hub: config, weights, tokenizer, figures,
plots, model card, then a tag.

    python -m train.publish checkpoints/face me/mmsent-face
    python -m train.publish checkpoints/text me/mmsent-text --tag v2
    python -m train.publish checkpoints/image me/mmsent-image
    python -m train.publish checkpoints/review me/mmsent-review \\
        --encoder text=me/mmsent-text --encoder image=me/mmsent-image

Every training script does the same when it is done, with --push-to me/mmsent-face. Log in first
(“hf auth login”), or set HF_TOKEN to a token that may write. Without --tag the tags are v1, v2,
...; where nothing has changed nothing is pushed.

review, meme and video stand on encoders. Those in the checkpoint's own folder (encoders/text ...)
go into the same repository, in the same commit. Of others what is pushed names owner/name@commit,
so publish those first; the folder here stays as it is. An encoder that is not the very one the
model was trained on is refused. --licence FILE says on which terms the weights may be used; without
it the card of a model that was trained on your own data says that one has to ask you.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi
from safetensors import SafetensorError, safe_open

from mmsent import hub
from mmsent.console import manual_parser, replace_unprintable
from mmsent.hub import WEIGHTS
from mmsent.push import PushError, push, reserve, translate_hub_errors
from train.common.hub_card import card_and_terms, read_licence
from train.common.hub_encoders import inside, on_the_hub


class Published(NamedTuple):
    commit: str
    tag: str


def publish(
    folder: Path,
    name: str,
    tag: str | None = None,
    encoders: Mapping[str, str] | None = None,
    private: bool = False,
    licence: Path | None = None,
) -> Published:
    """Pushes the checkpoint in ``folder`` to the repository ``name`` and tags it.

    ``encoders`` maps the encoders of a head to ``owner/name`` or ``owner/name@revision``; ``licence``
    is a file with the terms of the weights. Raises PushError or CheckpointError.
    """
    terms_chosen = read_licence(licence)
    config = _checked(folder)
    named = config.get("encoders", {})
    own = inside(folder, named)
    elsewhere = {name: what for name, what in named.items() if name not in own}
    found = on_the_hub(elsewhere, encoders or {})
    if named:
        config["encoders"] = named | found
    bases = [what["source"].partition("@")[0] for what in found.values()]
    card, terms = card_and_terms(folder, name, bases, terms_chosen)
    files: dict[str, Path | bytes] = {
        path.relative_to(folder).as_posix(): path
        for pattern in (*hub.FILES, hub.PLOTS)
        for path in sorted(folder.glob(pattern))
    }
    files["config.json"] = (json.dumps(config, indent=2) + "\n").encode()
    files["README.md"], files["LICENSE.md"] = card.encode(), terms.encode()
    commit = push(
        name,
        files,
        f"{config['task']}, made with mmsent {config['mmsent_version']}",
        private=private,
    )
    return Published(commit, _tag(name, commit, tag))


def prepare(
    name: str,
    tag: str | None,
    private: bool,
    named: Mapping[str, Mapping[str, str]],
    encoders: Mapping[str, str],
    licence: Path | None = None,
) -> None:
    """What ``publish`` would fail at, before hours of training: makes the repository ``name``, empty,
    where there is none. ``named`` are the encoders as the head's config will name them. Raises
    PushError."""
    read_licence(licence)
    on_the_hub(named, encoders)
    reserve(name, private=private)
    with translate_hub_errors(name):
        tags = {ref.name for ref in HfApi().list_repo_refs(name).tags}
    if tag in tags:
        raise PushError(f"“{name}” has a tag {tag} already; name a new --tag.")


def _checked(folder: Path) -> hub.Config:
    """The config of a checkpoint that is whole and finished."""
    try:
        task = json.loads((folder / "config.json").read_text(encoding="utf-8"))["task"]
    except (OSError, ValueError, KeyError, TypeError):
        raise PushError(f"{folder} holds no readable config.json of a checkpoint.") from None
    for needed in (WEIGHTS, "metrics.json", "README.md"):
        if not (folder / needed).is_file():
            raise PushError(f"{folder} holds no {needed}, so its training is not finished.")
    try:
        with safe_open(folder / WEIGHTS, "np"):
            pass
    except SafetensorError as error:
        raise PushError(f"{folder / WEIGHTS} is damaged ({error}).") from None
    if hub.read_metrics(folder, hub.sha256(folder / WEIGHTS)) is None:
        raise PushError(
            f"The figures in {folder / 'metrics.json'} are not of the weights beside them, so its "
            "training is not finished; "
            "run it again, and it goes on where it was."
        )
    return hub.read_config(folder, task)


def _tag(name: str, commit: str, tag: str | None) -> str:
    """Tags ``commit``: with ``tag``, else with the tag it has already, else with the next of v1,
    v2, ..."""
    with translate_hub_errors(name):
        tags = {ref.name: ref.target_commit for ref in HfApi().list_repo_refs(name).tags}
        number = 1 + max(
            (int(old[1:]) for old in tags if old[:1] == "v" and old[1:].isdecimal()), default=0
        )
        tag = tag or next((old for old, at in tags.items() if at == commit), f"v{number}")
        if tags.get(tag, commit) != commit:
            raise PushError(
                f"“{name}” is pushed (commit {commit}), but its tag {tag} is at another; name a "
                "new --tag."
            )
        if tag not in tags:
            HfApi().create_tag(name, tag=tag, revision=commit)
    return tag


def main() -> None:
    replace_unprintable()
    parser = manual_parser("python -m train.publish", __doc__)
    parser.add_argument("folder", type=Path, help="the checkpoint")
    parser.add_argument(
        "name", metavar="OWNER/NAME", help="the repository; it is made where there is none"
    )
    add_publish_options(parser)
    add_encoder_option(parser)
    args = parser.parse_args()
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


if __name__ == "__main__":
    main()
