"""A finished checkpoint to the Hub: checked, pushed with its card and terms, tagged."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import HfApi
from huggingface_hub.hf_api import RepoFile
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
    config, files = _files(folder, name, encoders or {}, licence)
    commit = push(
        name,
        files,
        f"{config['task']}, made with mmsent {config['mmsent_version']}",
        private=private,
    )
    return Published(commit, _tag(name, commit, tag))


def _files(
    folder: Path, name: str, encoders: Mapping[str, str], licence: Path | None
) -> tuple[hub.Config, dict[str, Path | bytes]]:
    """The config of a checkpoint as it stands on the Hub, and all files there."""
    terms_chosen = read_licence(licence)
    config = checked_config(folder)
    named = config.get("encoders", {})
    own = inside(folder, named)
    elsewhere = {name: what for name, what in named.items() if name not in own}
    found = on_the_hub(elsewhere, encoders)
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
    return config, files


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


def check_tag(folder: Path, name: str, tag: str, encoders: Mapping[str, str]) -> None:
    """What ``publish`` would find only after the push: raises PushError where the repository
    ``name`` has ``tag`` already, unless that is its newest commit and holds these very files."""
    with translate_hub_errors(name):
        at = {ref.name: ref.target_commit for ref in HfApi().list_repo_refs(name).tags}.get(tag)
        if at is None:
            return
        is_newest = at == HfApi().model_info(name).sha
    if not is_newest or not _is_pushed(folder, name, encoders):
        raise PushError(f"“{name}” has a tag {tag} of something else; name a new --tag.")


def _is_pushed(folder: Path, name: str, encoders: Mapping[str, str]) -> bool:
    """Whether ``publish`` would change nothing."""
    try:
        _, files = _files(folder, name, encoders, None)
    except PushError:  # an encoder is not what it was
        return False
    with translate_hub_errors(name):
        there = {
            entry.path: entry
            for entry in HfApi().list_repo_tree(name, recursive=True)
            if isinstance(entry, RepoFile) and entry.path != ".gitattributes"  # the Hub's own
        }
    return set(there) == set(files) and all(
        _is_same(there[path], content) for path, content in files.items()
    )


def _is_same(entry: RepoFile, content: Path | bytes) -> bool:
    if entry.lfs and isinstance(content, Path):
        return entry.lfs.sha256 == hub.sha256(content)
    data = content.read_bytes() if isinstance(content, Path) else content
    return entry.blob_id == hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


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
