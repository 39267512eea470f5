"""Rows of reviews: a text, a photo, or both."""

from collections.abc import Sequence
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError, open_image
from mmsent.pipelines.encoders import squash
from mmsent.pipelines.review import ReviewPipeline
from mmsent.results import Scores
from mmsent.rows.usable import classify_usable, picture_notes_of
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result

Judged = tuple[Scores, tuple[str, ...]]  # a verdict, and sentences that the reader should know


def predict(review: Pipeline, row: Row) -> Result:
    return review.predict(row.text or "", row.path)


def records(row: Row, judged: Judged) -> list[Record]:
    return [{"text": row.text, "sentiment": judged[0], "notes": judged[1]}]


def classify(review: ReviewPipeline, rows: Sequence[Row]) -> list[Judged | MediaError]:
    answers: dict[Row, Judged | MediaError] = {}
    usable: dict[Row, tuple[str | None, Any]] = {}
    for row in rows:
        try:  # at its final size, since 64 large photos would not fit into the memory
            usable[row] = (
                row.text,
                squash(open_image(row.path), review.image.size) if row.path else None,
            )
        except MediaError as error:
            answers[row] = error
    for row, outcome in classify_usable(review.classify, usable).items():
        answers[row] = (
            outcome
            if isinstance(outcome, MediaError)
            else (outcome, (*picture_notes_of(row), *review.notes(row.text, bool(row.path))))
        )
    return [answers[row] for row in rows]
