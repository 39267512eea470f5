"""Rows of faces: a picture each, whose faces are a record each."""

from mmsent.inputs import Row
from mmsent.results import FaceResult
from mmsent.table import Record
from mmsent.tasks import Pipeline, Result

prepare = classify = None  # nothing is gained by many at once


def predict(face: Pipeline, row: Row) -> Result:
    return face.predict(row.path)


def records(row: Row, result: FaceResult) -> list[Record]:
    count = len(result.faces)
    corners = ("x0", "y0", "x1", "y1")
    rows: list[Record] = [
        {"faces": count, "face": number, **dict(zip(corners, face.box, strict=True))}
        | {"detection": face.detection, "emotion": face.emotions}
        for number, face in enumerate(result.faces, 1)
    ]
    return [record | {"notes": result.notes} for record in rows or [{"faces": 0}]]
