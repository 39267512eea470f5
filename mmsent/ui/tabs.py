"""The page's half of each task, in one place; mmsent/tasks.py is the other. Imports neither Gradio
nor the tabs: mmsent/ui/server/gpu.py reads it before them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Final

import numpy as np

from mmsent.tasks import Pipeline

TRIAL_IMAGE: Final = np.full((240, 320, 3), 128, np.uint8)
TRIAL_TEXT: Final = "Good morning."


@dataclass(frozen=True)
class TaskTabs:
    """``tab`` is the path of what adds the task's tabs, and ``name`` that of its one tab where the
    model is missing.

    ``warm_up`` is the first call at the start: it loads what is loaded at the first use, such
    as the tables of languages, and shows whether the pipeline can answer at all.

    ``gpu_seconds`` of a visitor's quota on ZeroGPU is what a call takes at worst, with a fresh
    process; unused ones are not charged. None: the task stays on the CPU. A loan for each frame of
    a camera would use up a day's quota in minutes, and most of a clip's time goes into decoding it
    and finding faces, which no GPU shortens. ``load_rest`` then loads what a pipeline loads at its
    first use: it can't be exported to ONNX any more once ``spaces`` is there.
    """

    name: str
    add_path: str
    warm_up: Callable[[Pipeline], object]
    gpu_seconds: int | None = None
    load_rest: Callable[[Any], object] | None = None

    @property
    def add(self) -> Callable[..., None]:
        """``add(demo, pipeline)`` makes the tabs."""
        made: Callable[..., Any] = resolve_name(self.add_path)
        return made


def _predict_trial_clip(video: Pipeline) -> object:
    # here, since both know Gradio or PyAV
    from mmsent.ui.server.trial_clip import trial_clip

    with trial_clip() as path:
        return video.predict(path, TRIAL_TEXT)


def _load_rest_of_face(face: Any) -> None:
    from mmsent.device_nets import load_device_nets  # here, since it imports PyTorch

    _ = face.detector
    load_device_nets(face)


# In the order of the tabs.
TABS: Final[Mapping[str, TaskTabs]] = {
    "face": TaskTabs(
        "Face",
        "mmsent.ui.face.tab:face_tabs",
        lambda face: face.predict(TRIAL_IMAGE),
        load_rest=_load_rest_of_face,
    ),
    "review": TaskTabs(
        "Review",
        "mmsent.ui.review.tab:review_tab",
        lambda review: review.predict(TRIAL_TEXT, TRIAL_IMAGE),
        gpu_seconds=15,
    ),
    "meme": TaskTabs(
        "Meme",
        "mmsent.ui.meme.tab:meme_tab",
        lambda meme: meme.predict(TRIAL_IMAGE),
        gpu_seconds=15,
    ),
    "video": TaskTabs(
        "Clip",
        "mmsent.ui.video.tab:video_tab",
        _predict_trial_clip,
        load_rest=lambda video: video.speech and video.speech.load(),
    ),
}
