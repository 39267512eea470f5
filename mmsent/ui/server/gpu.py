"""Which device the page's models run on, and the calls that borrow a GPU on ZeroGPU.

ZeroGPU lends a GPU to one call at a time, in a process of its own, forked from the page's: the
package ``spaces``, which every Space of that kind has, moves the models there once for each such
process. Everywhere else ``on_gpu`` changes nothing.

Once ``spaces`` is imported PyTorch is no longer its own: a GPU seems to be there, and no net can be
exported to ONNX. So it comes after what stays on the CPU, and before everything else; that is why
mmsent.ui imports this file first.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

import mmsent
from mmsent.media import MediaError
from mmsent.pipelines.face import shared_face
from mmsent.tasks import Pipeline
from mmsent.ui.tabs import TABS

ZERO_GPU = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _load(task: str, device: str | None = None) -> Pipeline:
    device = device or os.environ.get("MMSENT_DEVICE")
    # clips read faces with the same
    return shared_face(device=device) if task == "face" else mmsent.load(task, device=device)


def _on_cpu() -> dict[str, Pipeline]:
    """The pipelines that stay on the CPU; one without a checkpoint is left out, its tab will say
    so."""
    made: dict[str, Pipeline] = {}
    for task, room in TABS.items():
        if room.gpu_seconds is None:
            with suppress(mmsent.CheckpointError):
                made[task] = _load(task, device="cpu")
                if room.load_rest:
                    room.load_rest(made[task])
    return made


_made: dict[str, Pipeline] = {}
if ZERO_GPU:
    _made = _on_cpu()
    import spaces


def load(task: str) -> Pipeline:
    """The pipeline of ``task`` as the page wants it. Raises CheckpointError."""
    return _made[task] if task in _made else _load(task)


def on_gpu(task: str, predict: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """``predict`` on a borrowed GPU where that is how the Space works; itself elsewhere.

    Arguments and result are pickled. MediaError arrives as such; ``spaces`` alone would hide its
    sentence from the visitor.
    """
    if not ZERO_GPU:
        return predict

    @spaces.GPU(duration=TABS[task].gpu_seconds)
    def borrow(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result | MediaError:
        try:
            return predict(*args, **kwargs)
        except MediaError as problem:
            return problem

    @wraps(predict)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        answer = borrow(*args, **kwargs)
        if isinstance(answer, MediaError):
            raise answer
        return answer

    return call
