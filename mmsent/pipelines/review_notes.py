"""What is said beside the verdict on a review: what was missing, and what the model never learned."""

from collections.abc import Collection

from mmsent.text import OTHER_LANGUAGE, is_foreign

NO_PHOTO = "No photo was given, so this is what the text says alone."
NO_TEXT = "No text was given, so this is what the photo says alone; photos alone tell little."
# by mode
UNTRAINED = {
    "text": "This model has learned from texts with photos only, so without a photo it is not sure.",
    "image": "This model has learned from texts with photos only, so without a text it is not sure.",
    "both": "This model has learned from texts with photos only: what either says alone is a guess.",
}
MISSING = {"text": (NO_PHOTO,), "image": (NO_TEXT,), "both": ()}


def review_notes(
    text: str, mode: str, unknown: str | None, learned: Collection[str]
) -> tuple[str, ...]:
    """The notes on a review that was given as ``mode``, one of MODES, to a model that ``learned``
    these modes; ``unknown`` tells of the words that the text encoder does not know, None where it
    knows all."""
    untrained = {"text", "image"} - {*learned} if mode == "both" else {mode} - {*learned}
    return (
        *MISSING[mode],
        *((OTHER_LANGUAGE,) if is_foreign(text) else ()),
        *((unknown,) if unknown else ()),
        *((UNTRAINED[mode],) if untrained else ()),
    )
