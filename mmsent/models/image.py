"""The image encoder that several models share."""

from collections.abc import Mapping, Sequence
from typing import Any

import timm
import torch
import torchvision
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection


class ImageEncoder(nn.Module):
    """A picture as a grid of patch features and one pooled vector.

    ``architecture`` is ``{"timm": name}`` for a convolutional net of timm without its classifier;
    ``{"torchvision": name, "width": outputs}`` for a net of torchvision that ends in ``avgpool``
    and ``fc`` (ResNet, ResNeXt, Wide ResNet, RegNet), whose ``fc`` is applied to each cell of its
    last grid so that the mean over the cells is its usual output; or ``{"clip": config}`` for the
    vision half of a CLIP with that config, whose patches are as wide as its hidden states, or, with
    ``"projected": True``, go through the two layers that make the vector of the whole picture and
    so lie in the space it was trained in. ``mean`` and ``std`` are in units of 0..1.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, architecture: Mapping[str, Any], mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        (self.kind,) = architecture.keys() & {"timm", "torchvision", "clip"}
        self.projected = bool(architecture.get("projected", False))
        if self.kind == "timm":
            # timm would look for other names on the Hub
            if not timm.is_model(architecture["timm"]):
                raise ValueError(f"timm has no net {architecture['timm']!r}")
            net: Any = timm.create_model(architecture["timm"], num_classes=0, global_pool="")
            self.net, self.width = net, int(net.num_features)
        elif self.kind == "clip":
            self.net = CLIPVisionModelWithProjection(CLIPVisionConfig(**architecture["clip"]))
            shape = self.net.config
            self.width = shape.projection_dim if self.projected else shape.hidden_size
        else:
            self.width = architecture["width"]
            self.net = torchvision.models.get_model(
                architecture["torchvision"], weights=None, num_classes=self.width
            )
            if not (hasattr(self.net, "avgpool") and hasattr(self.net, "fc")):
                raise ValueError(
                    f"{architecture['torchvision']} does not end in avgpool and fc, so it gives no "
                    "grid"
                )
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1) * 255, persistent=False)

    def extra_repr(self) -> str:
        return f"projected={self.projected}"  # by which exported nets are told apart

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) RGB 0..255 -> (N, P, width) patches, row by row, and the pooled vector (N,
        width; a CLIP's own projection in its own width)."""
        normal = (pixels.to(self.mean.dtype) - self.mean) / self.std
        if self.kind == "clip":
            output = self.net(pixel_values=normal)
            patches = output.last_hidden_state[:, 1:]  # the first is no patch
            if self.projected:
                vision = self.net.vision_model
                patches = self.net.visual_projection(vision.post_layernorm(patches))
            return patches, output.image_embeds
        grid = self.net(normal) if self.kind == "timm" else self._grid(normal)
        patches = grid.flatten(2).transpose(1, 2)
        if self.kind == "torchvision":
            patches = self.net.fc(patches)
        return patches, patches.mean(dim=1)

    def _grid(self, normal: Tensor) -> Tensor:
        for name, layer in self.net.named_children():
            if name == "avgpool":
                break
            normal = layer(normal)
        return normal
