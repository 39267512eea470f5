"""The page's half of each task, in one place; mmsent/tasks.py is the other. Imports neither Gradio
nor the tabs: mmsent/ui/server/gpu.py reads it before them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Final

import numpy as np

from mmsent.tasks import Pipeline

GREY: Final = np.full((240, 320, 3), 128, np.uint8)
WORDS: Final = "Good morning."


@dataclass(frozen=True)
class Room:
    """``tab`` is the path of what adds the task's tabs, and ``name`` that of its one tab where the
    model is missing.

    ``ask_first`` is the first question at the start: it loads what is loaded at the first use, such
    as the tables of languages, and shows whether the pipeline can answer at all.

    ``gpu_seconds`` of a visitor's quota on ZeroGPU is what a call takes at worst, with a fresh
    process; unused ones are not charged. None: the task stays on the CPU. A loan for each frame of
    a camera would use up a day's quota in minutes, and most of a clip's time goes into decoding it
    and finding faces, which no GPU shortens. ``load_rest`` then loads what a pipeline loads at its
    first use: it can't be exported to ONNX any more once ``spaces`` is there.
    """

    name: str
    tab: str
    ask_first: Callable[[Pipeline], object]
    gpu_seconds: int | None = None
    load_rest: Callable[[Any], object] | None = None

    @property
    def add(self) -> Callable[..., None]:
        """``add(demo, pipeline)`` makes the tabs."""
        made: Callable[..., Any] = resolve_name(self.tab)
        return made


def _ask_about_clip(video: Pipeline) -> object:
    # here, since both know Gradio or PyAV
    from mmsent.ui.server.trial_clip import trial_clip

    with trial_clip() as path:
        return video.predict(path, WORDS)


# In the order of the tabs.
ROOMS: Final[Mapping[str, Room]] = {
    "face": Room(
        "Face",
        "mmsent.ui.face.tab:face_tabs",
        lambda face: face.predict(GREY),
        load_rest=lambda face: face.detector,
    ),
    "review": Room(
        "Review",
        "mmsent.ui.review.tab:review_tab",
        lambda review: review.predict(WORDS, GREY),
        gpu_seconds=15,
    ),
    "meme": Room(
        "Meme", "mmsent.ui.meme.tab:meme_tab", lambda meme: meme.predict(GREY), gpu_seconds=15
    ),
    "video": Room(
        "Clip",
        "mmsent.ui.video.tab:video_tab",
        _ask_about_clip,
        load_rest=lambda video: video.speech.load(),
    ),
}
