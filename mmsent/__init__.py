"""mmsent reads sentiment and emotion from pictures of faces (more kinds of input follow the same pattern).

import mmsent
face = mmsent.load("face")
for found in face.predict("photo.jpg").faces:
    print(found.box, found.emotions.top, found.emotions.confidence)
"""

from pathlib import Path

from mmsent import hub
from mmsent.hub import CheckpointError
from mmsent.media import MediaError
from mmsent.pipelines.face import FacePipeline

__all__ = ["CheckpointError", "MediaError", "load"]

PIPELINES = {"face": FacePipeline}


def load(task: str, source: str | Path | None = None, device: str | None = None) -> FacePipeline:
    """The pipeline for ``task`` ("face").

    ``source`` is a checkpoint folder or ``owner/name@revision`` on the Hugging Face Hub; None means ``$MMSENT_<TASK>`` if
    set, else ``checkpoints/<task>`` in the repository, else the pinned revision. ``device`` None means CUDA where there is
    one, else the CPU. Raises CheckpointError with one sentence when there is no usable checkpoint.
    """
    if task not in PIPELINES:
        raise ValueError(f"unknown task {task!r}, expected one of: {', '.join(PIPELINES)}")
    return PIPELINES[task](hub.find(task, source), device)
