"""CPU fallback: when the GPU is lost, the CPU takes over with the same checkpoint.

After a CUDA error that is not about memory, such as a card that fell off the bus, every further
call of the process fails alike. So the pipeline is loaded anew on the CPU, at the first call that
meets it, and that call is answered from there.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import gradio as gr
import torch

import mmsent
from mmsent.tasks import Pipeline
from mmsent.ui.server.gpu import ZERO_GPU
from mmsent.ui.server.health import Health

log = logging.getLogger(__name__)

GPU_LOST_NOTE: Final = (
    "The server's graphics processor is gone; answers come from its CPU now, which takes longer."
)
CUDA_ERROR_SIGNS: Final = ("CUDA error", "CUDNN_STATUS", "CUBLAS_STATUS", "No CUDA GPUs")
# attributes that compute, too, and are kept by others: a live stream keeps its detector
WRAPPED_PARTS: Final = ("detector",)


def with_cpu_fallback(load: Callable[[str], Pipeline], health: Health) -> Callable[[str], Pipeline]:
    """``load``, whose pipelines move to the CPU when they lose their GPU. On ZeroGPU, which lends
    another one to each call, and for pipelines on the CPU it changes nothing."""

    def loaded(task: str) -> Pipeline:
        pipeline = load(task)
        if ZERO_GPU or not pipeline.device.startswith("cuda"):
            return pipeline
        on_cpu = partial(mmsent.load, task, device="cpu")
        return cast(Pipeline, CpuFallback(pipeline, on_cpu, health))  # by __getattr__

    return loaded


def is_gpu_lost(problem: BaseException) -> bool:
    """Whether an exception says that the GPU can't be used any more. Too little memory on it does
    not."""
    if not isinstance(problem, RuntimeError) or isinstance(problem, torch.OutOfMemoryError):
        return False
    return any(sign in str(problem) for sign in CUDA_ERROR_SIGNS)


class CpuFallback:
    """Stands before a pipeline and has its attributes and methods."""

    def __init__(
        self, pipeline: Pipeline, load_on_cpu: Callable[[], Pipeline], health: Health
    ) -> None:
        self._pipeline, self._load_on_cpu, self._health = pipeline, load_on_cpu, health
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._pipeline, name)
        if name in WRAPPED_PARTS:
            return _Part(self, name)
        return partial(self.call, name) if callable(value) else value

    def call(self, names: str, /, *args: Any, **settings: Any) -> Any:
        """The method ``names``, "detector.detect" for that of a part, on the GPU or, once that is
        lost, on the CPU."""
        now = self._pipeline
        try:
            return _find(now, names)(*args, **settings)
        except RuntimeError as problem:
            if not is_gpu_lost(problem):
                raise
            return _find(self._fall_back(now, problem), names)(*args, **settings)

    def _fall_back(self, lost: Pipeline, problem: RuntimeError) -> Pipeline:
        with self._lock:
            if self._pipeline is lost:  # no other call has replaced it meanwhile
                log.error("the GPU is lost, the CPU takes over", exc_info=problem)
                self._pipeline = self._load_on_cpu()
                self._health.notes.add(GPU_LOST_NOTE)
        gr.Warning(GPU_LOST_NOTE, title="Please note")
        return self._pipeline


class _Part:
    """A part of a pipeline that may be replaced."""

    def __init__(self, owner: CpuFallback, name: str) -> None:
        self._owner, self._name = owner, name

    def __getattr__(self, name: str) -> Any:
        value = getattr(getattr(self._owner._pipeline, self._name), name)
        return partial(self._owner.call, f"{self._name}.{name}") if callable(value) else value


def _find(root: Any, names: str) -> Any:
    for name in names.split("."):
        root = getattr(root, name)
    return root
