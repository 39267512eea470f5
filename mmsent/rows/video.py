"""Rows of clips: one record a clip; its moments are in the whole result."""

from mmsent.inputs import Row
from mmsent.results import VideoResult
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result

prepare = classify = None  # nothing is gained by many at once


def predict(video: Pipeline, row: Row) -> Result:
    return video.predict(row.path, row.transcript or row.text)


def records(row: Row, result: VideoResult) -> list[Record]:
    people = len({face.track for face in result.faces})
    text = " ".join(moment.text for moment in result.moments if moment.text)
    counts = {
        "text": text,
        "duration": result.duration,
        "moments": len(result.moments),
        "faces": people,
    }
    return [
        {**counts, "emotion": result.emotion, "sentiment": result.sentiment, "notes": result.notes}
    ]
