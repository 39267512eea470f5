"""Rows of memes: a picture, with its caption or without."""

from collections.abc import Sequence
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError, open_image
from mmsent.pipelines.meme import MemePipeline
from mmsent.results import MemeResult
from mmsent.rows.usable import classify_usable, picture_notes_of
from mmsent.table import Record
from mmsent.tasks import TASKS, Pipeline, Result


def predict(meme: Pipeline, row: Row) -> Result:
    return meme.predict(row.path, row.text)


def records(row: Row, result: MemeResult) -> list[Record]:
    words = {f"words_{name}": scores for name, scores in result.words.items()}
    told = {name: scores for name, scores in words.items() if name in TASKS["meme"].scores}
    return [{"text": result.text, **result.aspects, **told, "notes": result.notes}]


def classify(meme: MemePipeline, rows: Sequence[Row]) -> list[MemeResult | MediaError]:
    """A result or the error for each row. Captions are read picture by picture, which takes most of
    the time where no text is given."""
    answers: dict[Row, MemeResult | MediaError] = {}
    usable: dict[Row, tuple[Any, str]] = {}
    notes: dict[Row, tuple[str, ...]] = {}
    for row in rows:
        try:
            picture = open_image(row.path)  # type: ignore[arg-type]  # every row has one
            text, caption_notes = (
                meme.read_caption_noted(picture) if row.text is None else (row.text, ())
            )
            usable[row] = (meme.fitted(picture), text)
            notes[row] = (*picture_notes_of(row), *caption_notes)
        except MediaError as error:
            answers[row] = error
    for row, outcome in classify_usable(meme.answer, usable).items():
        text = usable[row][1]
        answers[row] = (
            outcome
            if isinstance(outcome, MediaError)
            else MemeResult(text, *outcome, notes=(*notes[row], *meme.notes(text, True)))
        )
    return [answers[row] for row in rows]
