"""What a meme pipeline is given, checked and cleaned, and what it notes of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsent import hub
from mmsent.captions import clean_caption, split_caption
from mmsent.media import Picture
from mmsent.ocr import TextReader
from mmsent.pipelines.encoders import check_length
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.results import Face
from mmsent.text import OTHER_LANGUAGE, is_foreign, text_or_none

log = logging.getLogger(__name__)

NOTHING = "There is nothing to read: please add a picture, a text, or both."
NO_WORDS = "No text was found in the picture or given, so the answer comes from the picture alone."
# but addresses or handles
WORDLESS = "The text has no words, so the answer comes from the picture alone."
NOTHING_SAID = "The text has no words to read: please write some, add a picture, or both."
NO_READER = "The words on a picture can't be read here, so please give them as text."
NO_PICTURE = "There is no picture, so the answer comes from the text alone."
UNTRAINED = "This model has learned from memes that have both, so without either it is not sure."


@dataclass(frozen=True, eq=False)
class Fitted:
    """A picture as each group of aspects wants it."""

    sides: tuple[Picture, ...]


def cleaner(folder: Path, config: Mapping[str, Any]) -> Callable[[str | None], str]:
    """How the checkpoint in ``folder`` wants captions. Raises CheckpointError where the package that
    it asks for is missing."""
    if config.get("preprocessing", {}).get("words") != "spacy":
        return clean_caption
    try:
        split_caption("")
    except ImportError:
        raise hub.CheckpointError(
            f"{folder} reads captions with spaCy, which is not installed; install the package spacy."
        ) from None
    return split_caption


def text_reader() -> TextReader | None:
    """None where the nets that read text are not there: captions that are typed do without."""
    try:
        return TextReader()
    except (ImportError, OSError) as problem:
        log.warning("captions can't be read: %s", problem)
        return None


def face_reader(device: str) -> FacePipeline | None:
    """None where there is no face model: faces in memes are then left out."""
    try:
        return shared_face(device=device)
    except hub.CheckpointError as problem:
        log.warning("faces in memes can't be read: %s", problem)
        return None


def readable_faces(face: FacePipeline | None, picture: Picture | None) -> tuple[Face, ...]:
    """Those in a picture that can be read well: of drawn faces most can't."""
    if picture is None or face is None:
        return ()
    return tuple(found for found in face.predict(picture).faces if found.quality is None)


def checked_text(text: str | None) -> str | None:
    """``text``, and not too long: before it is cleaned, which takes its time and may hide how much
    there is."""
    words = text_or_none(text)
    check_length(words or "")
    return words


def notes_on(
    text: str, has_text: bool, has_image: bool, unknown: str | None, untrained: bool
) -> tuple[str, ...]:
    """``unknown`` is the sentence on unknown words; ``untrained``: the model never learned from such
    memes."""
    no_words = WORDLESS if text.strip() else NO_WORDS
    sides = () if has_text and has_image else (no_words,) if has_image else (NO_PICTURE,)
    return (
        *sides,
        *((UNTRAINED,) if untrained else ()),
        *((OTHER_LANGUAGE,) if is_foreign(text) else ()),
        *((unknown,) if unknown else ()),
    )
