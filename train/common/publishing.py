"""A finished checkpoint to the Hub: checked, pushed with its card and terms, tagged."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi
from safetensors import SafetensorError, safe_open

from mmsent import hub
from mmsent.hub import WEIGHTS
from mmsent.hub_upload import PushError, push, reserve, translate_hub_errors
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
    config = checked_config(folder)
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


def check_tag(name: str, tag: str) -> None:
    """Raises PushError where ``tag`` is at another commit of the repository ``name`` than its
    newest, so that nothing could be tagged with it any more."""
    with translate_hub_errors(name):
        at = {ref.name: ref.target_commit for ref in HfApi().list_repo_refs(name).tags}.get(tag)
        if at not in (None, HfApi().model_info(name).sha):
            raise PushError(f"The tag {tag} of “{name}” is at an older commit; name a new --tag.")


def checked_config(folder: Path) -> hub.Config:
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
