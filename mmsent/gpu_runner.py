"""A net on a GPU: in half precision where its outputs there are the CPU's, else in full precision."""

import logging
from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mmsent.to_onnx import run_torch

log = logging.getLogger(__name__)

# Largest difference of an output from the CPU's, as a share of the largest one. Half precision has
# three digits, of which a deep net may lose one; a net that overflows, or a broken GPU, differs by
# much more.
GPU_TOLERANCE = 0.02

Outputs = tuple[NDArray[np.float32], ...]
Runner = Callable[[NDArray], Outputs]


def torch_runner(net: nn.Module, device: str) -> Runner:
    """Runs ``net``, which is on ``device``, in the precision of its weights."""
    dtype = next(net.parameters()).dtype

    def run(batch: NDArray) -> Outputs:
        inputs = torch.from_numpy(batch).to(device)
        if inputs.is_floating_point():
            inputs = inputs.to(dtype)
        with torch.inference_mode():
            outputs = net(inputs)
        parts = outputs if isinstance(outputs, tuple) else (outputs,)
        return tuple(output.float().cpu().numpy() for output in parts)

    return run


def gpu_runner(net: nn.Module, example: Tensor, device: str) -> Runner | None:
    """Runs a copy of ``net``, which is on the CPU and stays there as it is, on ``device``: in half
    precision, or in full where its outputs on the batch ``example`` differ from the CPU's; None where
    these do, too, or the GPU fails. The log says why."""
    expected = run_torch(net, [example])
    for precision, dtype in (("half", torch.float16), ("full", torch.float32)):
        try:
            run = torch_runner(_copied(net).to(dtype).to(device), device)
            gap = _gap(run(example.numpy()), expected)
            if gap <= GPU_TOLERANCE:
                return run
            reason = f"its outputs differ from the CPU's by {gap:.1%} of the largest"
        except Exception as error:  # of a driver, of memory, of an operation it lacks
            reason = (str(error) or repr(error)).splitlines()[0]
        log.warning(
            "%s is not run in %s precision on %s: %s", type(net).__name__, precision, device, reason
        )
    return None


def _copied(net: nn.Module) -> nn.Module:
    """A deep copy. Its tensors are copied before all else: ``deepcopy`` hands all that it has copied
    so far to each of them, and ZeroGPU's package goes through it every time, minutes for a net of
    many layers."""
    memo: dict[int, Tensor] = {id(buffer): buffer.clone() for buffer in net.buffers()}
    for weight in net.parameters():
        memo[id(weight)] = nn.Parameter(weight.detach().clone(), weight.requires_grad)
    return deepcopy(net, memo)


def _gap(found: Outputs, expected: list[NDArray[np.float32]]) -> float:
    """The largest difference, as a share of the largest number of that output; NaN where there is
    one."""
    shares = [
        np.abs(one - other).max() / max(float(np.abs(other).max()), 1e-6)
        for one, other in zip(found, expected, strict=True)
    ]
    return float(np.max(shares))
