"""Rows of reviews: a text, a photo, or both."""

from collections.abc import Mapping
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError, open_image
from mmsent.pipelines.encoders import squash
from mmsent.pipelines.review import ReviewPipeline
from mmsent.results import Scores
from mmsent.rows.usable import classify_usable, picture_notes_of
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result

Prepared = tuple[str | None, Any]  # the text, and the photo as the net gets it
Judged = tuple[Scores, tuple[str, ...]]  # a verdict, and sentences that the reader should know


def predict(review: Pipeline, row: Row) -> Result:
    return review.predict(row.text or "", row.path)


def records(row: Row, judged: Judged) -> list[Record]:
    return [{"text": row.text, "sentiment": judged[0], "notes": judged[1]}]


def prepare(review: ReviewPipeline, row: Row) -> Prepared:
    """The photo at its final size, since 64 large ones would not fit into the memory."""
    return row.text, squash(open_image(row.path), review.image.size) if row.path else None


def classify(
    review: ReviewPipeline, prepared: Mapping[Row, Prepared]
) -> dict[Row, Judged | MediaError]:
    return {
        row: (
            outcome
            if isinstance(outcome, MediaError)
            else (outcome, (*picture_notes_of(row), *review.notes(row.text, bool(row.path))))
        )
        for row, outcome in classify_usable(review.classify, prepared).items()
    }
