"""Augmentation of a whole batch at once, on its device: a few milliseconds, where a loop over images
takes longer than the training step."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Augment:
    """How far pictures are changed: degrees, shares of the side, probabilities, and shares of the
    grey range."""

    rotate: float = 0.0
    translate: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    flip: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    erase: float = 0.0

    def __call__(self, pixels: Tensor, size: int) -> Tensor:
        """The augmented images (N, 1, size, size) float in 0..255 of (N, 1, H, W) uint8, each with its
        own random values."""
        pictures = self._tone(pixels.float())
        pictures = F.grid_sample(
            pictures,
            F.affine_grid(
                self._affine(pictures), [len(pictures), 1, size, size], align_corners=False
            ),
            padding_mode="border",
            align_corners=False,
        )
        return self._erase(pictures)

    def _tone(self, pictures: Tensor) -> Tensor:
        gain = 1 + self.contrast * _centred(pictures)
        shift = 255 * self.brightness * _centred(pictures)
        mean = pictures.mean(dim=(2, 3), keepdim=True)
        return ((pictures - mean) * gain + mean + shift).clamp(0, 255)

    def _affine(self, pictures: Tensor) -> Tensor:
        angle = torch.deg2rad(self.rotate * _centred(pictures)).flatten()
        zoom = torch.exp(self.scale * _centred(pictures)).flatten()
        shear = self.shear * _centred(pictures).flatten()
        mirror = 1 - 2 * (torch.rand(len(pictures), device=pictures.device) < self.flip).float()
        cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
        # The grid spans -1..1, so a share of the side is twice that here.
        across, down = (2 * self.translate * _centred(pictures).flatten() for _ in range(2))
        rows = (
            torch.stack([cos * mirror, shear - sin, across], dim=1),
            torch.stack([sin * mirror, cos, down], dim=1),
        )
        return torch.stack(rows, dim=1)

    def _erase(self, pictures: Tensor) -> Tensor:
        """The images after random erasing (Zhong et al. 2017, arXiv:1708.04896): one rectangle of an
        image takes the image's mean."""
        size, device = pictures.shape[-1], pictures.device
        height, width = (
            size * (0.15 + 0.3 * torch.rand(len(pictures), 1, device=device)) for _ in range(2)
        )
        top, left = (size * torch.rand(len(pictures), 1, device=device) for _ in range(2))
        line = torch.arange(size, device=device).float()[None]
        inside_rows = (line - top).abs() < height / 2
        inside_columns = (line - left).abs() < width / 2
        erase_mask = torch.rand(len(pictures), 1, 1, device=device) < self.erase
        mask = (inside_rows[:, :, None] & inside_columns[:, None, :] & erase_mask)[:, None]
        return torch.where(mask, pictures.mean(dim=(2, 3), keepdim=True), pictures)


def _centred(pictures: Tensor) -> Tensor:
    """(N, 1, 1, 1) uniform in -1..1."""
    return 2 * torch.rand(len(pictures), 1, 1, 1, device=pictures.device) - 1


def resize(pixels: Tensor, size: int) -> Tensor:
    """(N, 1, H, W) -> (N, 1, size, size) float, bilinear, unchanged in value where it already has
    that size."""
    if pixels.shape[-2:] == (size, size):
        return pixels.float()
    return F.interpolate(
        pixels.float(), (size, size), mode="bilinear", antialias=True, align_corners=False
    )
