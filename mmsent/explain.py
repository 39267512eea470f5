"""Why a net said so: heat maps over its input."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def grad_cam(net: nn.Module, layer: nn.Module, batch: Tensor, label: int) -> NDArray[np.float32]:
    """Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): where the output ``label`` draws on the input.

    ``batch`` is one input (1, C, H, W) of ``net``, ``layer`` a convolutional stage in it. Returns (H, W) float32 in 0..1,
    all 0 where nothing speaks for the label. Changes neither the net nor its gradients.
    """
    kept: list[Tensor] = []
    # Another thread may run the same net meanwhile; its passes ask for no gradient.
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output) if output.requires_grad else None)
    try:
        with torch.enable_grad():
            # the input asks for a gradient so that the graph exists although the weights may be frozen
            score = net(batch.float().requires_grad_())[0, label]
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = torch.relu((weights * kept[0]).sum(dim=1, keepdim=True))
    heat = nn.functional.interpolate(heat, batch.shape[2:], mode="bicubic", align_corners=False).clamp(min=0)
    heat = heat / heat.amax().clamp(min=1e-8)
    return heat[0, 0].detach().cpu().numpy().astype(np.float32)
