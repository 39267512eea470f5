"""The model card of a checkpoint as it stands on the Hub, and the terms that travel with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard

from mmsent import hub
from mmsent.hub_upload import PushError

PLACEHOLDER = "<folder or owner/name@revision>"  # in the cards' examples
# of a card's front matter
DEMANDED = ("license", "license_name", "library_name", "pipeline_tag", "tags", "eval_results")


def hub_card(folder: Path, name: str, bases: Sequence[str]) -> tuple[str, str]:
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
    terms = hub.card_terms(card.text)
    if terms is None:
        raise PushError(
            f"{folder / 'README.md'} has no section “{hub.TERMS.strip()}”, which must travel with "
            "the weights."
        )
    data.license_link = data.license_link or "LICENSE.md"
    data.base_model = list(bases) or None
    card.text = card.text.replace(PLACEHOLDER, name)
    return str(card), f"# Terms of the weights in this repository\n\n{terms}\n"
