"""Attribution: Grad-CAM heat maps and leave-one-out effects."""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from torch import Tensor, nn

EPSILON = 1e-6  # keeps log-odds finite


def grad_cam(net: nn.Module, layer: nn.Module, batch: Tensor, label: int) -> NDArray[np.float32]:
    """The Grad-CAM heat map (Selvaraju et al. 2017, arXiv:1610.02391) of ``label``: (H, W) float32
    in 0..1, all 0 where no part of the input raises its logit.

    ``batch`` is one input (1, C, H, W) of ``net``, ``layer`` a convolutional stage in it. Changes
    neither the net nor its gradients.
    """
    activations: list[Tensor] = []
    # Another thread may run the same net meanwhile; its passes ask for no gradient.
    handle = layer.register_forward_hook(
        lambda module, inputs, output: activations.append(output) if output.requires_grad else None
    )
    try:
        with torch.enable_grad():
            # the input asks for a gradient so that the graph exists although the weights may be
            # frozen
            score = net(batch.float().requires_grad_())[0, label]
            (gradient,) = torch.autograd.grad(score, activations[0])
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = torch.relu((weights * activations[0]).sum(dim=1, keepdim=True))
    heat = nn.functional.interpolate(
        heat, batch.shape[2:], mode="bicubic", align_corners=False
    ).clamp(min=0)
    heat = heat / heat.amax().clamp(min=1e-8)
    return heat[0, 0].detach().cpu().numpy().astype(np.float32)


def leave_group_out_means(
    rows: NDArray[np.float32], group_of: NDArray[np.integer], groups: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mean (G, width) of (N, width) ``rows`` without those of each group, zeros where none is
    left, and (G,) False where none is left.

    ``group_of`` (N,) is the group of each row, 0..groups - 1. A group may have no rows.
    """
    sums = np.zeros((groups, rows.shape[1]), np.float32)
    np.add.at(sums, group_of, rows)
    left = len(rows) - np.bincount(group_of, minlength=groups)
    means = (rows.sum(axis=0) - sums) / left.clip(min=1)[:, None]
    return np.where(left[:, None] > 0, means, 0).astype(np.float32), left > 0


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    """The log-odds of probabilities 0..1 of any shape, finite at both ends."""
    return logit(np.clip(np.asarray(probability, np.float64), EPSILON, 1 - EPSILON))
