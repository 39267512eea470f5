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
model was trained on is refused.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import HfApi, ModelCard
from huggingface_hub.hf_api import RepoFile
from safetensors import SafetensorError, safe_open

from mmsent import hub
from mmsent.console import manual_parser, replace_unprintable
from mmsent.hub import WEIGHTS
from mmsent.hub_upload import PushError, push, reserve, translate_hub_errors

PLACEHOLDER = "<folder or owner/name@revision>"  # in the cards' examples
TERMS = "## Data and terms\n"
# of a card's front matter
DEMANDED = ("license", "license_name", "library_name", "pipeline_tag", "tags", "eval_results")


class Published(NamedTuple):
    commit: str
    tag: str


def publish(
    folder: Path,
    name: str,
    tag: str | None = None,
    encoders: Mapping[str, str] | None = None,
    private: bool = False,
) -> Published:
    """Pushes the checkpoint in ``folder`` to the repository ``name`` and tags it.

    ``encoders`` maps the encoders of a head to ``owner/name`` or ``owner/name@revision``. Raises
    PushError or CheckpointError.
    """
    config = _checked(folder)
    named = config.get("encoders", {})
    inside = _inside(folder, named)
    elsewhere = {name: what for name, what in named.items() if name not in inside}
    found = _on_the_hub(elsewhere, encoders or {})
    if named:
        config["encoders"] = named | found
    bases = [what["source"].partition("@")[0] for what in found.values()]
    card, terms = _card(folder, name, bases)
    files: dict[str, Path | bytes] = {
        path.relative_to(folder).as_posix(): path
        for pattern in (*hub.CHECKPOINT_FILES, hub.PLOTS)
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
) -> None:
    """What ``publish`` would fail at, before hours of training: makes the repository ``name``, empty,
    where there is none. ``named`` are the encoders as the head's config will name them. Raises
    PushError."""
    _on_the_hub(named, encoders)
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


def _inside(folder: Path, named: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Those of the encoders a config names that lie in the checkpoint's own folder, checked to be
    whole and the very ones."""
    found = {name: hub.inside(folder, what["source"]) for name, what in named.items()}
    for name, place in found.items():
        if place is None:
            continue
        hub.read_config(place, name)
        weights = place / WEIGHTS
        if not weights.is_file() or hub.sha256(weights) != named[name]["sha256"]:
            raise PushError(
                f"{place} is not the encoder “{name}” that this model was trained on; run the "
                "training again, and it goes on where it was."
            )
    return {name for name, place in found.items() if place is not None}


def _on_the_hub(
    named: Mapping[str, Mapping[str, str]], sources: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The encoders a config names, each as ``owner/name@commit`` where the very same weights
    are."""
    if unknown := set(sources) - set(named):
        raise PushError(
            f"This model names no encoder “{min(unknown)}”; it stands on: "
            f"{', '.join(named) or 'none'}."
        )
    pinned_encoders = {}
    for encoder, what in named.items():
        source = sources.get(encoder, what["source"])
        repository, _, revision = source.partition("@")
        if "/" not in source or Path(source).exists():
            raise PushError(
                f"This model stands on the encoder “{encoder}”, which lies on this machine only: "
                "publish that first, then "
                f"add --encoder {encoder}=owner/name."
            )
        with translate_hub_errors(repository):
            commit = HfApi().model_info(repository, revision=revision or None).sha
            tree = HfApi().list_repo_tree(repository, revision=commit)
            digests = {
                entry.path: entry.lfs.sha256
                for entry in tree
                if isinstance(entry, RepoFile) and entry.lfs
            }
        if digests.get(WEIGHTS) != what["sha256"]:
            raise PushError(
                f"“{source}” holds another encoder than the “{encoder}” that this model was "
                "trained on."
            )
        pinned_encoders[encoder] = {**what, "source": f"{repository}@{commit}"}
    return pinned_encoders


def _card(folder: Path, name: str, bases: Sequence[str]) -> tuple[str, str]:
    """The model card as it stands on the Hub, and the terms of use, which it links to."""
    card = ModelCard(
        (folder / "README.md").read_text(encoding="utf-8"), ignore_metadata_errors=True
    )
    data: Any = card.data
    for key in DEMANDED:
        if not data.get(key):
            raise PushError(
                f"The front matter of {folder / 'README.md'} says nothing of “{key}”; add it, or "
                "train again."
            )
    _, mark, section = card.text.partition(TERMS)
    if not mark:
        raise PushError(
            f"{folder / 'README.md'} has no section “{TERMS.strip()}”, which must travel with the "
            "weights."
        )
    data.license_link = data.license_link or "LICENSE.md"
    data.base_model = list(bases) or None
    card.text = card.text.replace(PLACEHOLDER, name)
    terms = section.split("\n## ")[0].strip()
    return str(card), f"# Terms of the weights in this repository\n\n{terms}\n"


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
    publish_or_exit(args.folder, args.name, args.tag, dict(args.encoder), args.private)


def add_publish_options(parser: argparse.ArgumentParser) -> None:
    """--tag and --private."""
    parser.add_argument("--tag", help="of what is published; default: the next of v1, v2, ...")
    parser.add_argument(
        "--private", action="store_true", help="publish to a repository that only you can see"
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
) -> None:
    """Publishes and prints where; ends with a sentence and status 1 where that fails."""
    try:
        commit, tag = publish(folder, name, tag, encoders, private)
    except (PushError, hub.CheckpointError) as error:
        sys.exit(
            f"{error}\nThe checkpoint in {folder} is as it was; “python -m train.publish {folder} "
            f"{name}” tries again."
        )
    print(f"{folder} is published: {name}@{tag}, pinned {name}@{commit}")


if __name__ == "__main__":
    main()
