"""Where the encoders of a head are that is published: in its own folder, or on the Hub."""

from collections.abc import Mapping
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.hf_api import RepoFile

from mmsent import hub
from mmsent.hub import WEIGHTS
from mmsent.hub_upload import PushError, translate_hub_errors


def inside(folder: Path, named: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Those of the encoders a config names that lie in the checkpoint's own folder, checked to be
    whole and the very ones. Raises PushError and CheckpointError."""
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


def on_the_hub(
    named: Mapping[str, Mapping[str, str]], sources: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The encoders a config names, each as ``owner/name@commit`` where the very same weights
    are. Raises PushError."""
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
