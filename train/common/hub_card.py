"""The model card of a checkpoint as it stands on the Hub, and the terms that travel with the
weights."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard

from mmsent.hub import TERMS
from mmsent.hub_upload import PushError
from train.common.card import OWN_LICENCE

PLACEHOLDER = "<folder or owner/name@revision>"  # in the cards' examples
# of a card's front matter
DEMANDED = ("license", "license_name", "library_name", "pipeline_tag", "tags", "eval_results")
GRANTED = "The code of mmsent is Apache-2.0. These weights may be used on these terms:\n\n{}"
MAX_LICENCE = 200_000  # characters; the longest known licences have a fifth


def read_licence(file: Path | None) -> str | None:
    """The licence text in ``file``, plain, None for no file. Raises PushError where it can't be read
    or holds nothing."""
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PushError(f"The licence text {file} can't be read: {error.strerror}.") from None
    except ValueError:
        raise PushError(f"The licence text {file} is no text in UTF-8.") from None
    if not text.strip():
        raise PushError(f"The licence text {file} is empty.")
    if len(text) > MAX_LICENCE:
        raise PushError(f"{file} is too long for a licence: {len(text):,} characters.")
    return re.sub(
        r"^#+[ \t]*", "", text.strip(), flags=re.MULTILINE
    )  # headings would end the section


def card_and_terms(
    folder: Path, name: str, bases: Sequence[str], licence: str | None
) -> tuple[str, str]:
    """The card of the checkpoint in ``folder`` for the repository ``name``, which stands on the
    repositories ``bases``, and the terms of use, which it links to; ``licence`` is the text of
    those that its maker chose. Raises PushError where the card lacks a part."""
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
    before, mark, after = card.text.partition(TERMS)
    if not mark:
        raise PushError(
            f"{folder / 'README.md'} has no section “{TERMS.strip()}”, which must travel with the "
            "weights."
        )
    section, heading, rest = after.partition("\n## ")
    terms = section.strip()
    if licence:
        terms = f"{terms.replace(OWN_LICENCE, '').strip()}\n\n{GRANTED.format(licence)}"
        data.license_name, data.license_link = "see-license", "LICENSE.md"
    data.license_link = data.license_link or "LICENSE.md"
    data.base_model = list(bases) or None
    card.text = f"{before}{mark}\n{terms}\n{heading}{rest}".replace(PLACEHOLDER, name)
    return str(card), f"# Terms of the weights in this repository\n\n{terms}\n"
