"""The face net: ResNet18 with the head 512 -> 100 -> ReLU -> 7."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmsent.labels import FACE_EMOTIONS
from mmsent.models.backbone import RESNET18_FEATURES, Stem, resnet18


class FaceNet(nn.Module):
    """Grey face crops to emotion logits.

    ``forward`` takes (N, 1, H, W) uint8 or float in 0..255, so the whole chain from pixels on is
    one graph: the same scaling runs in training, in PyTorch and in the exported ONNX file. ``mean``
    and ``std`` are in units of 0..1; ``inner`` is that of ``resnet18``.
    """

    backbone: nn.Module
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        stem: Stem = "3x3/2",
        mean: Sequence[float] = (0.5,),
        std: Sequence[float] = (0.25,),
        dropout: float = 0.0,
        weights: str | None = None,
        classes: int = len(FACE_EMOTIONS),
        inner: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.backbone = resnet18(stem, weights, inner)
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(RESNET18_FEATURES, 100),
            nn.ReLU(),
            nn.Linear(100, classes),
        )
        # Constants of the config, not parameters: kept out of the state dict.
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1) * 255, persistent=False)

    def features(self, pixels: Tensor) -> Tensor:
        """(N, 1, H, W) grey pixels 0..255 -> (N, 512) features."""
        normal = (pixels.to(self.mean.dtype) - self.mean) / self.std
        return self.backbone(normal.expand(-1, 3, -1, -1))

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 1, H, W) grey pixels 0..255 -> (N, 7) logits in the order of ``FACE_EMOTIONS``."""
        return self.head(self.features(pixels))


class FaceEmbedding(nn.Module):
    """A face net that tells its features too: (N, 1, H, W) grey pixels 0..255 -> (N, 512 + 7), the
    features and then the logits."""

    def __init__(self, net: FaceNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: Tensor) -> Tensor:
        features = self.net.features(pixels)
        return torch.cat([features, self.net.head(features)], dim=1)
