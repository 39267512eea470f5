"""A PyTorch net as ONNX: the one exporter, for the runtime's cache and for files that travel
(``mmsent export``)."""

import io
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

TOLERANCE = 1e-3  # largest difference of an output between PyTorch and ONNX Runtime

Axes = Mapping[str, Mapping[int, str]]  # tensor -> axes of any length, with their names


def to_onnx(
    net: nn.Module, example: Mapping[str, Tensor], free: Axes, outputs: Sequence[str] = ()
) -> bytes:
    """The content of an ONNX file that computes what ``net`` does in evaluation mode.

    ``example`` names the inputs in the net's order, with a batch of two rows or more; ``free`` are
    the axes of inputs and outputs that may have any length, ``outputs`` names for the outputs.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # the exporter's deprecation notes are for us, not for whoever runs this
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            tuple(example.values()),
            buffer,  # type: ignore[arg-type]  # its annotation names paths only
            input_names=list(example),
            output_names=list(outputs) or None,
            dynamic_axes={name: dict(axes) for name, axes in free.items()},
            dynamo=False,
        )
    return buffer.getvalue()


@torch.inference_mode()
def run_torch(net: nn.Module, batch: Sequence[Tensor]) -> list[NDArray]:
    """All outputs of ``net`` for a batch, one tensor an input."""
    outputs = net(*batch)
    return [part.numpy() for part in (outputs if isinstance(outputs, tuple) else (outputs,))]


def largest_difference(found: Sequence[NDArray], expected: Sequence[NDArray]) -> float:
    """The largest absolute difference of any number of any output; NaN where one holds NaN. Raises
    ValueError where shapes or their number differ."""
    gaps = []
    for ours, theirs in zip(found, expected, strict=True):
        if ours.shape != theirs.shape:
            raise ValueError(f"shape {ours.shape} in place of {theirs.shape}")
        gaps.append(np.abs(ours - theirs).max(initial=0.0))
    return float(np.max(gaps))
