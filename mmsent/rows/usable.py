"""Classifies many rows at once, of which some may be unusable."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mmsent.inputs import Row
from mmsent.media import MediaError, image_notes

Answer = TypeVar("Answer")


def classify_usable(
    classify: Callable[..., list[Answer]], inputs: Mapping[Row, tuple[Any, Any]]
) -> dict[Row, Answer | MediaError]:
    """The answer of ``classify`` for each row, or its MediaError. One bad row fails the whole
    batch, so the halves are then retried, down to that row."""
    if not inputs:
        return {}
    try:
        return dict(zip(inputs, classify(*zip(*inputs.values(), strict=True)), strict=True))
    except MediaError as error:
        if len(inputs) == 1:
            return dict.fromkeys(inputs, error)
    rows, half = list(inputs.items()), len(inputs) // 2
    return classify_usable(classify, dict(rows[:half])) | classify_usable(
        classify, dict(rows[half:])
    )


def picture_notes_of(row: Row) -> tuple[str, ...]:
    """Notes on the row's picture, if it has one."""
    return image_notes(row.path) if row.path else ()
