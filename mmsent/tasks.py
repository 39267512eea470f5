"""The tasks of mmsent, each in one place: which pipeline answers, and what the command line reads
and writes. The page's half is mmsent/ui/tabs.py. Imports nothing heavy: ``mmsent --help`` reads it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, overload

from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS, MEME_ASPECTS, MEME_WORDS, SENTIMENTS

if TYPE_CHECKING:
    from mmsent.inputs import Row
    from mmsent.pipelines.face import FacePipeline
    from mmsent.pipelines.meme import MemePipeline
    from mmsent.pipelines.review import ReviewPipeline
    from mmsent.pipelines.video import VideoPipeline
    from mmsent.runtime import Device
    from mmsent.table import Record


class Result(Protocol):
    """What a pipeline returns: plain data, as in mmsent/results."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that the reader should know."""

    def to_dict(self) -> dict[str, Any]:
        """The whole result, fit for JSON."""


class Pipeline(Protocol):
    """Interface of every task's pipeline. Inputs differ: a picture, a text, a clip."""

    @property
    def device(self) -> str:
        """Where its nets are: "cpu", "cuda" or "cuda:1"."""

    def predict(self, *inputs: Any, **options: Any) -> Result:
        """The result for one input. Raises MediaError with a sentence where it can't be read."""


class Rows(Protocol):
    """Interface between the command line and a task: a module in mmsent/rows.

    ``classify``, where it isn't None, gives many results at once for ``records``, a MediaError for
    a row that has none, several times as fast as one by one; ``prepare`` gives what it takes of a
    row, or raises MediaError. Faces and clips have neither: nearly all their time goes into
    searching and decoding, and a clip fills the batches of its nets alone.
    """

    prepare: "Callable[[Any, Row], Any] | None"
    classify: "Callable[[Any, Mapping[Row, Any]], dict[Row, Any]] | None"

    def predict(self, pipeline: Pipeline, row: "Row") -> Result:
        """The whole result for a row."""

    def records(self, row: "Row", result: Any) -> "list[Record]":
        """The rows that a result makes in a table: the task's ``details``, the Scores named in its
        ``scores``, and ``notes``."""


@dataclass(frozen=True)
class Task:
    """A task. ``pipeline`` is the path of its class, ``module`` of its Rows.

    ``scores`` are its predictions with their labels, and ``details`` the other columns of its
    tables with their types; ``count_column`` is the one of these that says how many rows an input
    has, where it is not always one. ``input_kind`` is "picture" or "clip"; with ``text_alone`` a
    text needs neither.
    """

    pipeline: str
    module: str
    details: Mapping[str, type]
    scores: Mapping[str, Sequence[str]]
    input_kind: Literal["picture", "clip"] = "picture"
    text_alone: bool = False
    count_column: str | None = None

    @property
    def column(self) -> str:
        """The column of a table to score that holds paths of pictures or clips."""
        return {"picture": "image_path", "clip": "video_path"}[self.input_kind]

    @property
    def rows(self) -> Rows:
        return cast(Rows, import_module(self.module))


TASKS: Mapping[str, Task] = {
    "meme": Task(
        "mmsent.pipelines.meme:MemePipeline",
        "mmsent.rows.meme",
        details={"text": str},
        scores=MEME_ASPECTS | {f"words_{name}": labels for name, labels in MEME_WORDS.items()},
    ),
    "face": Task(
        "mmsent.pipelines.face:FacePipeline",
        "mmsent.rows.face",
        details={"faces": int, "face": int}
        | dict.fromkeys(("x0", "y0", "x1", "y1"), int)
        | {"detection": float},
        scores={"emotion": FACE_EMOTIONS},
        count_column="faces",
    ),
    "review": Task(
        "mmsent.pipelines.review:ReviewPipeline",
        "mmsent.rows.review",
        details={"text": str},
        scores={"sentiment": SENTIMENTS},
        text_alone=True,
    ),
    "video": Task(
        "mmsent.pipelines.video:VideoPipeline",
        "mmsent.rows.video",
        details={"text": str, "duration": float, "moments": int, "faces": int},
        scores={"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS},
        input_kind="clip",
    ),
}


# What type checkers and editors know of each task; a test holds it against TASKS.
@overload
def load(
    task: Literal["meme"], source: str | Path | None = None, device: "Device | None" = None
) -> "MemePipeline": ...
@overload
def load(
    task: Literal["face"], source: str | Path | None = None, device: "Device | None" = None
) -> "FacePipeline": ...
@overload
def load(
    task: Literal["review"], source: str | Path | None = None, device: "Device | None" = None
) -> "ReviewPipeline": ...
@overload
def load(
    task: Literal["video"], source: str | Path | None = None, device: "Device | None" = None
) -> "VideoPipeline": ...
@overload
def load(
    task: str, source: str | Path | None = None, device: "Device | None" = None
) -> Pipeline: ...
def load(task: str, source: str | Path | None = None, device: "Device | None" = None) -> Pipeline:
    """The pipeline for ``task`` ("meme", "face", "review", "video").

    ``source`` is a checkpoint folder or ``owner/name@revision`` on the Hugging Face Hub; None means
    ``$MMSENT_<TASK>`` if set, else ``checkpoints/<task>`` in the repository, else the pinned
    revision. ``device`` is "cpu", "cuda", "cuda:1" or one of torch's; None means CUDA where there
    is one, else the CPU. Raises CheckpointError with one sentence when there is no usable
    checkpoint, or too little memory for it, and ValueError for a task or device that is not known or not there.
    """
    if not isinstance(task, str) or task not in TASKS:
        raise ValueError(f"unknown task {task!r}, expected one of: {', '.join(TASKS)}")
    from mmsent import hub
    from mmsent.pipelines.shared import loading

    pipeline = resolve_name(TASKS[task].pipeline)
    folder = hub.find(task, source)
    with loading(task):
        return pipeline(folder, device)
