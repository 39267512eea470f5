"""Runs a net as fast as the machine allows: PyTorch in half precision on a GPU, ONNX Runtime on a
CPU.

The ONNX file is exported from the very weights that PyTorch holds, compared with them, and kept in
a cache under a name made of everything it depends on, so it can neither be stale nor belong to
another checkpoint.
"""

import ctypes
import hashlib
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakSet

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from torch import Tensor, nn

from mmsent.atomic import atomic_write
from mmsent.gpu_runner import Runner as Runner
from mmsent.gpu_runner import gpu_runner, torch_runner
from mmsent.to_onnx import TOLERANCE as TOLERANCE
from mmsent.to_onnx import largest_difference, run_torch, to_onnx

log = logging.getLogger(__name__)

THREADS = 2  # more make these small nets no faster and starve the other visitors
# inferences that run concurrently without slowing each other
MAX_CONCURRENT = max(1, (os.cpu_count() or THREADS) // THREADS)

Device = str | torch.device


class OnnxNet:
    """An ONNX file's content, ready to run on the CPU with few threads, in a forked process too."""

    def __init__(self, content: bytes) -> None:
        self.content = content  # the session keeps these very bytes as well
        self._session: InferenceSession | None = _start_session(content)
        _nets.add(self)

    @property
    def session(self) -> InferenceSession:
        """The session of this process: a forked one makes its own on first use, since threads do
        not survive a fork."""
        session = self._session or _start_session(self.content)
        self._session = session
        return session

    def abandon(self) -> None:
        """In a forked process: the parent's session is not used, and never ended, which would wait
        for threads that are not here."""
        if self._session is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._session))
            self._session = None


_nets: WeakSet[OnnxNet] = WeakSet()


def _after_fork() -> None:
    """PyTorch's threads are not in the forked process either, and it would wait for them for
    ever."""
    torch.set_num_threads(1)
    for net in list(_nets):
        net.abandon()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def choose_device(device: Device | None = None) -> str:
    """``device`` ("cpu", "cuda", "cuda:1", or torch's); None: CUDA where there is one, else the
    CPU. Raises ValueError where it can't be had."""
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    name = str(device)
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name):
        raise ValueError(f"unknown device {device!r}, expected “cpu” or “cuda”")
    if name != "cpu" and int(name.partition(":")[2] or 0) >= torch.cuda.device_count():
        raise ValueError(f"there is no CUDA device “{name}” here")
    return name


def make_runner(net: nn.Module, example: Tensor, device: str, free: Sequence[int] = (0,)) -> Runner:
    """A function that maps a batch to all outputs of the net as float32. ``example`` is one such
    batch, of two rows or more; ``free`` are the axes of it that may have any length, by default the
    first.

    On a GPU that is PyTorch in half precision, if its outputs for ``example`` are the CPU's, else in
    full precision, else on the CPU. On a CPU it is ONNX Runtime, or PyTorch where ONNX Runtime can't
    be had. The log says what could not be used, and why.
    """
    net.cpu().eval()
    if device.startswith("cuda"):
        run = gpu_runner(net, example, device)
        if run:
            return run
        log.warning("%s runs on the CPU", type(net).__name__)
    try:
        return _onnx_runner(net, example, free)
    # any failure of an optional speed-up; PyTorch gives the same answers
    except Exception as error:
        log.warning(
            "ONNX Runtime is not used, PyTorch is: %s",
            str(error).splitlines()[0] if str(error) else repr(error),
        )
        return torch_runner(net, "cpu")


def onnx_file(net: nn.Module, example: Tensor, free: Sequence[int] = (0,)) -> bytes:
    """The ONNX file of a net on the CPU, exported once and then taken from the cache; its input is
    called "input". Arguments as in ``make_runner``. Raises whatever the export raises."""
    return _cached_net(net.eval(), example, free).content


def _onnx_runner(net: nn.Module, example: Tensor, free: Sequence[int]) -> Runner:
    compiled = _cached_net(net, example, free)
    name = compiled.session.get_inputs()[0].name

    def run(batch: NDArray) -> tuple[NDArray[np.float32], ...]:
        return tuple(compiled.session.run(None, {name: batch}))

    return run


def _cached_net(net: nn.Module, example: Tensor, free: Sequence[int]) -> OnnxNet:
    """The exported net, whose outputs are PyTorch's. Raises RuntimeError where they are not."""
    path = _cache_folder() / f"{fingerprint(net, example, free)}.onnx"
    expected = run_torch(net, [example])
    try:
        return _checked_net(path.read_bytes(), example, expected)
    # not there yet, damaged, or by an earlier version of the net's code: all mended by exporting it
    except Exception as error:
        log.debug("exporting a net to ONNX: %s", error)
    axes = {axis: f"axis{axis}" for axis in free}
    content = to_onnx(net, {"input": example}, {"input": axes})
    checked = _checked_net(content, example, expected)
    _write_cache(path, content)
    return checked


def _checked_net(content: bytes, example: Tensor, expected: Sequence[NDArray]) -> OnnxNet:
    net = OnnxNet(content)
    gap = largest_difference(net.session.run(None, {"input": example.numpy()}), expected)
    if not gap <= TOLERANCE:
        raise RuntimeError(f"its outputs differ from PyTorch's by {gap:.2g}")
    return net


def _start_session(content: bytes) -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = THREADS
    # Spinning threads answer a microsecond sooner and take the cores away from everything else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _write_cache(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as fresh:
            fresh.write_bytes(content)
    except OSError as error:
        log.info("the exported net is not kept for the next start: %s", error)


def _cache_folder() -> Path:
    base = (
        os.environ.get("MMSENT_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    )
    return Path(base) / "mmsent"


def fingerprint(net: nn.Module, example: Tensor, free: Sequence[int] = (0,)) -> str:
    """What an exported file depends on, in hexadecimal. Arguments as in ``make_runner``."""
    shape = [None if axis in free else length for axis, length in enumerate(example.shape)]
    digest = hashlib.sha256(f"{torch.__version__} {net} {example.dtype} {shape}".encode())
    for name, value in (*net.state_dict().items(), *net.named_buffers()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]
