"""How the command line deals with each task: rows to results, and results to the records of a
table."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmsent import clip_kinds
from mmsent.inputs import Row
from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS, MEME_ASPECTS, SENTIMENTS
from mmsent.media import IMAGE_SUFFIXES, MediaError, image_notes, open_image
from mmsent.results import FaceResult, MemeResult, Scores, VideoResult
from mmsent.table import Record

BATCH = 64  # rows that are scored together where a task can
Judged = tuple[Scores, tuple[str, ...]]  # a verdict, and sentences that the reader should know


@dataclass(frozen=True)
class Task:
    """How the command line deals with a task.

    ``column`` of a table to score holds the path of a ``thing``, a picture or clip; ``suffixes``
    are the files to look for in a folder; with ``text_alone`` a text needs neither.
    ``predict(pipeline, row)`` is the whole result. ``records(row, result)`` are the rows it makes
    in a table: the columns in ``details``, the Scores named in ``scores``, with their labels, and
    ``notes``, sentences that the reader should know; ``counter`` is the one of ``details`` that
    says how many, where it is not always one. ``classify(pipeline, rows)``, if there is one, gives
    many results at once for ``records``, a MediaError for a row that has none. Faces and clips have
    none: nearly all their time goes into searching and decoding, and a clip fills the batches of
    its nets alone.
    """

    details: Mapping[str, type]
    scores: Mapping[str, Sequence[str]]
    predict: Callable[[Any, Row], Any]
    records: Callable[[Row, Any], list[Record]]
    column: str = "image_path"
    thing: str = "picture"
    suffixes: Collection[str] = IMAGE_SUFFIXES
    text_alone: bool = False
    counter: str | None = None
    classify: Callable[[Any, Sequence[Row]], list[Any]] | None = None


def _faces(row: Row, result: FaceResult) -> list[Record]:
    count = len(result.faces)
    corners = ("x0", "y0", "x1", "y1")
    rows: list[Record] = [
        {"faces": count, "face": number, **dict(zip(corners, face.box, strict=True))}
        | {"detection": face.detection, "emotion": face.emotions}
        for number, face in enumerate(result.faces, 1)
    ]
    return [record | {"notes": result.notes} for record in rows or [{"faces": 0}]]


def _clip(row: Row, result: VideoResult) -> list[Record]:
    """One row a clip; its moments are in the whole result."""
    people = len({face.track for face in result.faces})
    said = " ".join(moment.text for moment in result.moments if moment.text)
    counts = {
        "text": said,
        "duration": result.duration,
        "moments": len(result.moments),
        "faces": people,
    }
    return [
        {**counts, "emotion": result.emotion, "sentiment": result.sentiment, "notes": result.notes}
    ]


def _classify_reviews(review: Any, rows: Sequence[Row]) -> list[Judged | MediaError]:
    """Many at once, several times as fast as one by one."""
    from mmsent.pipelines.encoders import squash  # here, since it imports PyTorch

    answers: dict[Row, Judged | MediaError] = {}
    fit: dict[Row, tuple[str | None, Any]] = {}
    for row in rows:
        try:  # at its final size, since 64 large photos would not fit into the memory
            fit[row] = (
                row.text,
                squash(open_image(row.path), review.image.size) if row.path else None,
            )
        except MediaError as error:
            answers[row] = error
    for row, found in _together(review.classify, fit).items():
        told = (
            ()
            if isinstance(found, MediaError)
            else (*_of_picture(row), *review.notes(row.text, bool(row.path)))
        )
        answers[row] = found if isinstance(found, MediaError) else (found, told)
    return [answers[row] for row in rows]


def _classify_memes(meme: Any, rows: Sequence[Row]) -> list[MemeResult | MediaError]:
    """Likewise. Captions are read picture by picture, which takes most of the time where no text is
    given."""
    from mmsent.pipelines.encoders import squash  # here, since it imports PyTorch

    answers: dict[Row, MemeResult | MediaError] = {}
    fit: dict[Row, tuple[Any, str]] = {}
    notes: dict[Row, tuple[str, ...]] = {}
    for row in rows:
        try:
            picture = open_image(row.path)  # type: ignore[arg-type]  # every row has one
            text, told = meme.read_caption_noted(picture) if row.text is None else (row.text, ())
            fit[row], notes[row] = (
                (squash(picture, meme.image.size), text),
                (*_of_picture(row), *told),
            )
        except MediaError as error:
            answers[row] = error
    for row, found in _together(meme.classify, fit).items():
        text = fit[row][1]
        told = () if isinstance(found, MediaError) else (*notes[row], *meme.notes(text, True))
        answers[row] = (
            found if isinstance(found, MediaError) else MemeResult(text, **found, notes=told)
        )
    return [answers[row] for row in rows]


def _of_picture(row: Row) -> tuple[str, ...]:
    return image_notes(row.path) if row.path else ()


def _together(
    classify: Callable[..., list[Any]], given: Mapping[Row, tuple[Any, Any]]
) -> dict[Row, Any]:
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
    return _together(classify, dict(rows[:half])) | _together(classify, dict(rows[half:]))


TASKS = {
    "face": Task(
        details={
            "faces": int,
            "face": int,
            "x0": int,
            "y0": int,
            "x1": int,
            "y1": int,
            "detection": float,
        },
        scores={"emotion": FACE_EMOTIONS},
        predict=lambda face, row: face.predict(row.path),
        records=_faces,
        counter="faces",
    ),
    "review": Task(
        details={"text": str},
        scores={"sentiment": SENTIMENTS},
        predict=lambda review, row: review.predict(row.text or "", row.path),
        records=lambda row, judged: [
            {"text": row.text, "sentiment": judged[0], "notes": judged[1]}
        ],
        text_alone=True,
        classify=_classify_reviews,
    ),
    "meme": Task(
        details={"text": str},
        scores=MEME_ASPECTS,
        predict=lambda meme, row: meme.predict(row.path, row.text),
        records=lambda row, result: [
            {"text": result.text, **result.aspects, "notes": result.notes}
        ],
        classify=_classify_memes,
    ),
    "video": Task(
        details={"text": str, "duration": float, "moments": int, "faces": int},
        scores={"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS},
        predict=lambda video, row: video.predict(row.path, row.transcript or row.text),
        records=_clip,
        column="video_path",
        thing="clip",
        suffixes=clip_kinds.CLIP_SUFFIXES,
    ),
}


def columns(task: Task) -> dict[str, type]:
    """Names and types of the columns of a table."""
    found: dict[str, type] = {"input": str, **task.details}
    for name, labels in task.scores.items():
        found |= {name: str, f"{name}_confidence": float, f"{name}_unsure": bool}
        found |= {f"{name}_{label}": float for label in labels}
    return found | {"notes": str, "error": str}


def flat(record: Record) -> Record:
    """A record with its Scores laid out in columns."""
    cells: Record = {}
    for name, value in record.items():
        if isinstance(value, Scores):
            cells |= {
                name: value.top,
                f"{name}_confidence": value.confidence,
                f"{name}_unsure": value.unsure,
            }
            cells |= {f"{name}_{label}": prob for label, prob in value.as_dict().items()}
        else:
            cells[name] = value
    return cells


def answers(
    task: Task, pipeline: Any, rows: Sequence[Row], whole: bool, size: int = BATCH
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    """Each row with its records, or with what is wrong with it, ``size`` rows at a time. A
    ``whole`` result is one record, all that is known. Each has ``notes``: a list in a whole one,
    else a text or None."""
    for start in range(0, len(rows), size):
        yield from _answers(task, pipeline, rows[start : start + size], whole)


def _answers(
    task: Task, pipeline: Any, rows: Sequence[Row], whole: bool
) -> Iterator[tuple[Row, list[Record] | MediaError]]:
    fit = [row for row in rows if not row.problem]
    if task.classify and fit and not whole:
        results = dict(zip(fit, task.classify(pipeline, fit), strict=True))
    else:
        results = {row: _attempt(task, pipeline, row) for row in fit}
    for row in rows:
        result = MediaError(row.problem) if row.problem else results[row]
        if isinstance(result, MediaError):
            yield row, result
        else:
            yield (
                row,
                [
                    _noted(row, record, whole)
                    for record in ([result.to_dict()] if whole else task.records(row, result))
                ],
            )


def _noted(row: Row, record: Record, whole: bool) -> Record:
    """The record with the notes on its row, too; in one cell, unless it is ``whole``."""
    notes = [*row.notes, *record["notes"]]
    return record | {"notes": notes if whole else " ".join(notes) or None}


def _attempt(task: Task, pipeline: Any, row: Row) -> Any:
    try:
        return task.predict(pipeline, row)
    except MediaError as error:
        return error
