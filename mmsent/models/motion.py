"""The encoder of moving pictures: the frames of a moment to one vector."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torchvision
from torch import Tensor, nn


class MotionEncoder(nn.Module):
    """A video net of torchvision without its classifier ``fc``: ``architecture`` is
    ``{"torchvision": name}``, such as ``r3d_18`` (Tran et al. 2018, arXiv:1711.11248). ``mean`` and
    ``std`` are in units of 0..1.

    ``weights`` names those that torchvision fetches, such as "KINETICS400_V1"; None: random ones.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        architecture: Mapping[str, Any],
        mean: Sequence[float],
        std: Sequence[float],
        weights: str | None = None,
    ) -> None:
        super().__init__()
        name = architecture["torchvision"]
        if name not in torchvision.models.list_models(module=torchvision.models.video):
            raise ValueError(f"torchvision has no video net {name!r}")
        self.net: Any = torchvision.models.get_model(name, weights=weights)
        if not hasattr(self.net, "fc"):
            raise ValueError(f"{name} does not end in fc")
        self.width: int = self.net.fc.in_features
        self.net.fc = nn.Identity()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1, 1) * 255, persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, F, H, W, 3) RGB 0..255 -> (N, width)."""
        pixels = frames.permute(0, 4, 1, 2, 3).to(self.mean.dtype)
        return self.net((pixels - self.mean) / self.std)
