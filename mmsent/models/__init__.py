"""The registry of nets: which class a checkpoint's config asks for."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

# task -> architecture.net -> where its class is; the first of each is what a config without "net" means
NETS: Mapping[str, Mapping[str, str]] = {
    "review": {
        "patches": "mmsent.models.fusion:ReviewNet",
        "pooled": "mmsent.models.reference_review:PooledReviewNet",
    },
    "meme": {
        "branches": "mmsent.models.meme:MemeNet",
        "spelling": "mmsent.models.meme:SpellingMemeNet",
        "pooled": "mmsent.models.reference_meme:PooledMemeNet",
    },
    "video": {
        "masked": "mmsent.models.video:VideoNet",
        "concat": "mmsent.models.reference_video:ReferenceVideoNet",
    },
}


def build_head(task: str, architecture: Mapping[str, Any], **options: Any) -> Any:
    """The net of ``task``, random weights, that ``architecture`` names and describes; ``options`` are
    further arguments of its class. Raises ValueError where it names one that is not known."""
    nets = NETS[task]
    sizes = dict(architecture)
    name = sizes.pop("net", next(iter(nets)))
    if name not in nets:
        raise ValueError(f"unknown net “{name}”, expected one of {', '.join(nets)}")
    return resolve_name(nets[name])(**sizes, **options)
