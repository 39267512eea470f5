"""Rows of memes: a picture, with its caption or without."""

from collections.abc import Mapping
from typing import Any

from mmsent.inputs import Row
from mmsent.media import MediaError, open_image
from mmsent.pipelines.meme import MemePipeline
from mmsent.results import MemeResult
from mmsent.rows.usable import classify_usable, picture_notes_of
from mmsent.table import Record
from mmsent.tasks import TASKS, Pipeline, Result

Prepared = tuple[Any, str, tuple[str, ...]]  # the picture as the nets get it, its text, notes


def predict(meme: Pipeline, row: Row) -> Result:
    return meme.predict(row.path, row.text)


def records(row: Row, result: MemeResult) -> list[Record]:
    words = {f"words_{name}": scores for name, scores in result.words.items()}
    told = {name: scores for name, scores in words.items() if name in TASKS["meme"].scores}
    return [{"text": result.text, **result.aspects, **told, "notes": result.notes}]


def prepare(meme: MemePipeline, row: Row) -> Prepared:
    """Reading the caption takes most of the time where no text is given."""
    picture = open_image(row.path)  # type: ignore[arg-type]  # every row has one
    text, notes = meme.read_caption_noted(picture) if row.text is None else (row.text, ())
    return meme.fitted(picture), text, (*picture_notes_of(row), *notes)


def classify(
    meme: MemePipeline, prepared: Mapping[Row, Prepared]
) -> dict[Row, MemeResult | MediaError]:
    inputs = {row: (fitted, text) for row, (fitted, text, _) in prepared.items()}
    answers: dict[Row, MemeResult | MediaError] = {}
    for row, outcome in classify_usable(meme.answer, inputs).items():
        _, text, notes = prepared[row]
        answers[row] = (
            outcome
            if isinstance(outcome, MediaError)
            else MemeResult(text, *outcome, notes=(*notes, *meme.notes(text, True)))
        )
    return answers
