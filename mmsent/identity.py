"""Which model answers: where it comes from, which revision, and how large it is."""

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import safe_open

from mmsent import hub
from mmsent.tasks import Pipeline


@dataclass(frozen=True)
class Identity:
    """``source`` is "mmsent" for what ships, ``owner/name`` on the Hub, or the name of a folder;
    ``revision`` a tag and the commit on the Hub, None elsewhere; ``preset`` that of the training;
    ``parameters`` those of the head and its encoders. None is what the checkpoint does not tell."""

    source: str
    revision: str | None
    preset: str | None
    parameters: int | None
    device: str

    def __str__(self) -> str:
        """In one line: "me/review@v1 (1a2b3c4), preset reference, 197.6 million parameters, on
        cuda"."""
        size = self.parameters
        facts = [
            self.place,
            *([f"preset {self.preset}"] if self.preset else []),
            *([f"{size / 1e6:,.1f} million parameters"] if size else []),
            f"on {self.device}",
        ]
        return ", ".join(facts)

    @property
    def place(self) -> str:
        """Where it comes from, in words."""
        tag, _, commit = (self.revision or "").rpartition(" ")
        if self.source == "mmsent":
            return "the one that ships with mmsent"
        return f"{self.source}{f'@{tag}' if tag else ''}{f' ({commit})' if commit else ''}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def identify(task: str, pipeline: Pipeline) -> Identity | None:
    """Of the model that ``pipeline`` answers with, without any path of this machine; None where it
    does not tell its folder and device."""
    folder, device = (getattr(pipeline, name, None) for name in ("folder", "device"))
    return Identity(*_facts(task, folder), device) if folder and device else None


@lru_cache(maxsize=16)
def _facts(task: str, folder: Path) -> tuple[str, str | None, str | None, int | None]:
    source, revision = place_of(task, folder)
    try:
        config = hub.read_config(folder, task)
        parameters = _parameters(folder, config)
    except (hub.CheckpointError, OSError):
        return source, revision, None, None
    return source, revision, config.get("training", {}).get("preset"), parameters


def place_of(task: str, folder: Path) -> tuple[str, str | None]:
    """The source and the revision of a checkpoint as ``Identity`` has them."""
    if folder == hub.ROOT / task:
        return "mmsent", None
    cache = folder.parent.parent
    if folder.parent.name != "snapshots" or not cache.name.startswith("models--"):
        return folder.name, None
    commit = folder.name
    tags = [
        ref.name
        for ref in sorted(cache.glob("refs/*"))
        if ref.name not in ("main", commit) and ref.read_text(encoding="utf-8") == commit
    ]
    name = cache.name.removeprefix("models--").replace("--", "/", 1)
    return name, " ".join([*tags[:1], commit[:7]])


def _parameters(folder: Path, config: hub.Config) -> int:
    """Of the head and, once each, of the encoders it names."""
    from mmsent.pipelines.encoders import named_source  # here, since it imports PyTorch

    folders = [folder]
    for name, named in config.get("encoders", {}).items():
        folders.append(hub.find(name, named_source(folder, named)))
    return sum(map(_count, folders))


def _count(folder: Path) -> int:
    with safe_open(folder / hub.WEIGHTS, "np") as weights:
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118 (no dict)
