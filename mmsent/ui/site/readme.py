"""What the static site says of itself: settings of a static Space, what it is, whose terms hold."""

from typing import Any, Final

from huggingface_hub import SpaceCardData

from mmsent.checkpoint import card_terms
from mmsent.identity import identify
from mmsent.pipelines.face import FacePipeline
from mmsent.version import __version__

SPACE: Final[dict[str, Any]] = {
    "title": "mmsent faces",
    "emoji": "🎭",
    "colorFrom": "green",
    "colorTo": "blue",
    "sdk": "static",
    "app_file": "index.html",
    "pinned": False,
    "license": "other",  # of the nets; the code's is Apache-2.0
    "short_description": "What feeling is in this face? Read on your own device",
    "tags": ["emotion-recognition", "facial-expression"],
}
BODY: Final = """# mmsent: what feeling is in this face?

Seven emotions of the faces before a camera or in a photo, read inside the visitor's own browser. This page needs no server but
one that gives out these files, from any folder; after the first visit it opens without a connection.

Made with mmsent {version} by `python -m mmsent site`; its model is {model}. What that is worth and what it must not be
used for stands on the page, under “About this model”.

## Licence

The code is Apache-2.0; ONNX Runtime Web beside it has the licence that its own README names. The nets carry the terms
of what they learned from:

{terms}
"""


def readme(face: FacePipeline) -> str:
    """README.md of the site that runs the net of ``face``."""
    card = face.folder / "README.md"
    terms = card_terms(card.read_text(encoding="utf-8")) if card.is_file() else None
    told = identify("face", face)
    body = BODY.format(
        version=__version__,
        model=told.place if told else face.folder.name,
        terms=terms or "No model card says which these are.",
    )
    return f"---\n{SpaceCardData(**SPACE).to_yaml()}\n---\n\n{body}"
