"""A finished checkpoint to the Hub: checked, pushed with its card and terms, tagged."""

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
from train.common.hub_card import hub_card


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
    config = checked_config(folder)
    named = config.get("encoders", {})
    inside = encoders_inside(folder, named)
    elsewhere = {name: what for name, what in named.items() if name not in inside}
    found = _on_the_hub(elsewhere, encoders or {})
    if named:
        config["encoders"] = named | found
    bases = [what["source"].partition("@")[0] for what in found.values()]
    card, terms = hub_card(folder, name, bases)
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


def encoders_inside(folder: Path, named: Mapping[str, Mapping[str, str]]) -> set[str]:
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
