"""Many rows at once, of which one may be bad."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mmsent.inputs import Row
from mmsent.media import MediaError, image_notes

Answer = TypeVar("Answer")


def classify_fit(
    classify: Callable[..., list[Answer]], given: Mapping[Row, tuple[Any, Any]]
) -> dict[Row, Answer | MediaError]:
    """What ``classify`` answers for each row, or its MediaError. One bad row spoils all that go
    with it, so each half is then tried again, down to that row."""
    if not given:
        return {}
    try:
        return dict(zip(given, classify(*zip(*given.values(), strict=True)), strict=True))
    except MediaError as error:
        if len(given) == 1:
            return dict.fromkeys(given, error)
    rows, half = list(given.items()), len(given) // 2
    return classify_fit(classify, dict(rows[:half])) | classify_fit(classify, dict(rows[half:]))


def picture_notes_of(row: Row) -> tuple[str, ...]:
    """What the reader should know of the row's picture, if it has one."""
    return image_notes(row.path) if row.path else ()
