"""mmsent reads sentiment and emotion from memes, faces, reviews with photos, and video clips.

import mmsent
face = mmsent.load("face")
for found in face.predict("photo.jpg").faces:
    print(found.box, found.emotions.top, found.emotions.confidence)
review = mmsent.load("review")
print(review.predict("The strap broke after a day.", "bag.jpg").sentiment.top)
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from mmsent import no_telemetry as no_telemetry  # before all others; it says why

# isort: split
from mmsent import hub
from mmsent.hub import CheckpointError
from mmsent.media import MediaError

if TYPE_CHECKING:
    from mmsent.pipelines.face import FacePipeline
    from mmsent.pipelines.meme import MemePipeline
    from mmsent.pipelines.review import ReviewPipeline
    from mmsent.pipelines.video import VideoPipeline
    from mmsent.runtime import Device

__all__ = ["CheckpointError", "MediaError", "load"]

# Task -> its class in mmsent.pipelines.<task>, imported at the first use: a face needs no text
# model.
PIPELINES = {
    "meme": "MemePipeline",
    "face": "FacePipeline",
    "review": "ReviewPipeline",
    "video": "VideoPipeline",
}


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
) -> "MemePipeline | FacePipeline | ReviewPipeline | VideoPipeline": ...
def load(
    task: str, source: str | Path | None = None, device: "Device | None" = None
) -> "MemePipeline | FacePipeline | ReviewPipeline | VideoPipeline":
    """The pipeline for ``task`` ("meme", "face", "review", "video").

    ``source`` is a checkpoint folder or ``owner/name@revision`` on the Hugging Face Hub; None means
    ``$MMSENT_<TASK>`` if set, else ``checkpoints/<task>`` in the repository, else the pinned
    revision. ``device`` is "cpu", "cuda", "cuda:1" or one of torch's; None means CUDA where there
    is one, else the CPU. Raises CheckpointError with one sentence when there is no usable
    checkpoint, and ValueError for a task or device that is not known or not there.
    """
    if not isinstance(task, str) or task not in PIPELINES:
        raise ValueError(f"unknown task {task!r}, expected one of: {', '.join(PIPELINES)}")
    pipeline = getattr(import_module(f"mmsent.pipelines.{task}"), PIPELINES[task])
    return pipeline(hub.find(task, source), device)
