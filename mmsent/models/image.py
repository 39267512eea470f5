"""The image encoder that several models share."""

from collections.abc import Mapping, Sequence
from typing import Any

import timm
import torch
import torchvision
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

PLACES = 8  # rows, and columns, of the places of a picture that is read pixel by pixel


class ImageEncoder(nn.Module):
    """A picture as a grid of patch features and one pooled vector.

    ``architecture`` is ``{"timm": name}`` for a convolutional net of timm without its classifier;
    ``{"torchvision": name, "width": outputs}`` for a net of torchvision that ends in ``avgpool``
    and ``fc`` (ResNet, ResNeXt, Wide ResNet, RegNet), whose ``fc`` is applied to each cell of its
    last grid so that the mean over the cells is its usual output; or ``{"clip": config}`` for the
    vision half of a CLIP with that config, whose patches are as wide as its hidden states, or, with
    ``"projected": True``, go through the two layers that make the vector of the whole picture and
    so lie in the space it was trained in; or ``{"pixels": side}``, no net at all: the vector of a
    picture of that side is its pixels. ``mean`` and ``std`` are in units of 0..1.

    ``width`` is that of a patch, ``vector_width`` that of the vector.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, architecture: Mapping[str, Any], mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        (self.kind,) = architecture.keys() & {"timm", "torchvision", "clip", "pixels"}
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
            self.vector_width = shape.projection_dim
        elif self.kind == "pixels":
            self.net = nn.Identity()
            self.cell, rest = divmod(architecture["pixels"], PLACES)
            if rest:
                raise ValueError(f"a side of pixels must be a multiple of {PLACES}")
            self.width = 3 * self.cell**2
            self.vector_width = self.width * PLACES**2
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
        if self.kind in ("timm", "torchvision"):
            self.vector_width = self.width
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1) * 255, persistent=False)

    def extra_repr(self) -> str:
        return f"projected={self.projected}"  # by which exported nets are told apart

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) RGB 0..255 -> (N, P, width) patches, row by row, and the vectors (N,
        vector_width)."""
        normal = (pixels.to(self.mean.dtype) - self.mean) / self.std
        if self.kind == "clip":
            output = self.net(pixel_values=normal)
            patches = output.last_hidden_state[:, 1:]  # the first is no patch
            if self.projected:
                vision = self.net.vision_model
                patches = self.net.visual_projection(vision.post_layernorm(patches))
            return patches, output.image_embeds
        if self.kind == "pixels":
            return self._places(normal), normal.flatten(1)
        grid = self.net(normal) if self.kind == "timm" else self._grid(normal)
        patches = grid.flatten(2).transpose(1, 2)
        if self.kind == "torchvision":
            patches = self.net.fc(patches)
        return patches, patches.mean(dim=1)

    def _places(self, normal: Tensor) -> Tensor:
        """(N, 3, side, side) -> (N, places, width)."""
        cells = normal.reshape(-1, 3, PLACES, self.cell, PLACES, self.cell)
        return cells.permute(0, 2, 4, 1, 3, 5).reshape(-1, PLACES**2, self.width)

    def _grid(self, normal: Tensor) -> Tensor:
        for name, layer in self.net.named_children():
            if name == "avgpool":
                break
            normal = layer(normal)
        return normal
