"""A net as it travels: its inputs and outputs with what they mean, and what stands in the file
beside it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mmsent.atomic import atomic_write
from mmsent.to_onnx import TOLERANCE, largest_difference, run_torch, to_onnx

MARK = "mmsent"  # the key of the metadata that every file of ours has: the version that made it
# lengths of the free axes: those of the example that the net is traced with, then those of the
# batches that the file is compared with PyTorch on
EXAMPLE = {"N": 2, "T": 12, "P": 9, "F": 4, "S": 30}
CHECKS = (
    {"N": 1, "T": 7, "P": 1, "F": 1, "S": 1},
    {"N": 3, "T": 40, "P": 49, "F": 16, "S": 200},
)


class ExportError(Exception):
    """A net can't be exported, or not there; its text is one sentence."""


@dataclass(frozen=True)
class Input:
    """``shape`` holds lengths, and the names of axes of any length (keys of EXAMPLE); ``high`` is
    what whole numbers stay below."""

    name: str
    dtype: torch.dtype
    shape: tuple[str | int, ...]
    meaning: str
    high: int = 256

    def sample(self, lengths: Mapping[str, int], random: torch.Generator) -> Tensor:
        """A made-up value with axes of these lengths."""
        shape = [lengths[side] if isinstance(side, str) else side for side in self.shape]
        if self.dtype == torch.bool:
            return torch.rand(shape, generator=random) < 0.7
        if self.dtype.is_floating_point:
            return torch.randn(shape, generator=random)
        return torch.randint(1, self.high, shape, generator=random).to(self.dtype)

    @property
    def free(self) -> dict[int, str]:
        return {axis: side for axis, side in enumerate(self.shape) if isinstance(side, str)}


@dataclass(frozen=True)
class Output:
    name: str
    shape: tuple[str | int, ...]
    meaning: str


@dataclass(frozen=True)
class Graph:
    """``metadata`` maps names to values fit for JSON."""

    net: nn.Module
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    metadata: Mapping[str, Any]
    _random: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))

    def samples(self, lengths: Mapping[str, int]) -> dict[str, Tensor]:
        """A made-up batch with axes of these lengths, by input."""
        return {one.name: one.sample(lengths, self._random) for one in self.inputs}


@dataclass(frozen=True)
class Written:
    """A finished file: its opset, its size in bytes, and the largest difference from PyTorch."""

    opset: int
    size: int
    difference: float


def write(graph: Graph, path: Path) -> Written:
    """Writes ``graph`` to ``path`` by an atomic write, after ONNX Runtime has read the file and
    answered as PyTorch does. Raises ExportError where it does not, or where ``path`` can't be
    written or holds what mmsent did not make."""
    check_path(path)
    graph.net.eval()
    free = {one.name: one.free for one in graph.inputs} | {
        one.name: {axis: side for axis, side in enumerate(one.shape) if isinstance(side, str)}
        for one in graph.outputs
    }
    names = [one.name for one in graph.outputs]
    model = onnx.load_from_string(to_onnx(graph.net, graph.samples(EXAMPLE), free, names))
    opset = next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    metadata = {**graph.metadata, "opset": opset, **dict(_described(graph))}
    onnx.helper.set_model_props(
        model, {name: json.dumps(value, ensure_ascii=False) for name, value in metadata.items()}
    )
    try:
        with atomic_write(path) as fresh:
            fresh.write_bytes(model.SerializeToString())
            difference = _difference(graph, fresh)
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"{path} is not written: its outputs would differ from PyTorch's by "
                    f"{difference:.2g}."
                )
    except OSError as error:
        raise ExportError(f"{path} can't be written: {error.strerror}.") from None
    return Written(opset, path.stat().st_size, difference)


def check_path(path: Path) -> None:
    """Raises ExportError where ``path`` is no place for an export; to be asked before a model is
    loaded."""
    if path.suffix.lower() != ".onnx":
        raise ExportError(f"{path} must end with .onnx.")
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent}; make it first.")
    if (path.exists() or path.is_symlink()) and not _is_own(path):
        raise ExportError(f"{path} exists and is not an export of mmsent; name another file.")


def _is_own(path: Path) -> bool:
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception:  # whatever its readers raise: it is none of ours
        return False
    return any(prop.key == MARK for prop in model.metadata_props)


def _described(graph: Graph) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the metadata say of the inputs and the outputs."""
    yield (
        "inputs",
        {
            one.name: {
                "type": str(one.dtype).removeprefix("torch."),
                "shape": one.shape,
                "meaning": one.meaning,
            }
            for one in graph.inputs
        },
    )
    yield (
        "outputs",
        {
            one.name: {"type": "float32", "shape": one.shape, "meaning": one.meaning}
            for one in graph.outputs
        },
    )


def _difference(graph: Graph, path: Path) -> float:
    """Between the file and PyTorch, over batches of several shapes."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    gaps = []
    for lengths in CHECKS:
        batch = graph.samples(lengths)
        feed: dict[str, NDArray] = {name: part.numpy() for name, part in batch.items()}
        found = session.run([one.name for one in graph.outputs], feed)
        gaps.append(largest_difference(found, run_torch(graph.net, list(batch.values()))))
    return float(np.max(gaps))  # unlike max it does not lose a NaN
