"""The meme net of the preset ``reference``: linear layers on the pixels, linear layers on the
caption, both joined."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

SIZE = 64  # pixels: the side of the pictures
WIDTH = 128  # of what each of the two nets says, and of what joins them


class PictureNet(nn.Module):
    """A small picture, its pixels in one row, through linear layers."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(3 * size * size, 4 * width),
            nn.ReLU(),
            nn.Linear(4 * width, width),
            nn.ReLU(),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, size, size) RGB 0..255 -> (N, width)."""
        return self.layers(pixels.float() / 127.5 - 1)


class CaptionNet(nn.Module):
    """The embedding of a sentence through linear layers."""

    def __init__(self, text_width: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(text_width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width), nn.ReLU()
        )

    def forward(self, embeddings: Tensor) -> Tensor:
        """(N, text_width) -> (N, width)."""
        return self.layers(embeddings)


class CombinedNet(nn.Module):
    """What both nets say, side by side, through further linear layers to one head an aspect."""

    def __init__(
        self, size: int, text_width: int, aspects: Mapping[str, Sequence[str]], width: int = WIDTH
    ) -> None:
        """``size`` is the side of the pictures in pixels, ``aspects`` maps each aspect to its
        labels."""
        super().__init__()
        self.picture = PictureNet(size, width)
        self.caption = CaptionNet(text_width, width)
        self.joined = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU())
        self.heads = nn.ModuleDict(
            {aspect: nn.Linear(width, len(labels)) for aspect, labels in aspects.items()}
        )

    def forward(self, pixels: Tensor, embeddings: Tensor) -> dict[str, Tensor]:
        """pixels (N, 3, size, size) RGB 0..255, embeddings (N, text_width) -> the logits (N,
        labels) of each aspect."""
        both = self.joined(torch.cat([self.picture(pixels), self.caption(embeddings)], dim=1))
        return {aspect: head(both) for aspect, head in self.heads.items()}
