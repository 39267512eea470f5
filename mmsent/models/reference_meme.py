"""The meme net of the preset ``reference``: linear layers on the pixels, linear layers on the
caption, both joined."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class PictureNet(nn.Module):
    """The pixels of a small picture, in one row, through linear layers."""

    def __init__(self, image_width: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(image_width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width), nn.ReLU()
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, image_width) in -1..1 -> (N, width)."""
        return self.layers(pixels)


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


class PooledMemeNet(nn.Module):
    """What both nets say, side by side, through further linear layers to one head an aspect.

    Zeros stand in for a side that is missing: grey for the picture, the vector of no words for the
    caption.
    """

    pooled = True  # texts and pictures come as one vector each

    def __init__(
        self,
        text_width: int,
        image_width: int,
        aspects: Mapping[str, Sequence[str]],
        width: int = 128,
    ) -> None:
        """``aspects`` maps each aspect to its labels."""
        super().__init__()
        self.picture = PictureNet(image_width, width)
        self.caption = CaptionNet(text_width, width)
        self.joined = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU())
        self.heads = nn.ModuleDict(
            {aspect: nn.Linear(width, len(labels)) for aspect, labels in aspects.items()}
        )

    def forward(self, text: Tensor, has_text: Tensor, image: Tensor, has_image: Tensor) -> Tensor:
        """text (N, text_width), image (N, image_width), with (N,) bools that say which are there ->
        (N, all labels) logits, one aspect's labels after the other's."""
        picture = self.picture(image * has_image[:, None])
        both = torch.cat([picture, self.caption(text * has_text[:, None])], dim=1)
        joined = self.joined(both)
        return torch.cat([head(joined) for head in self.heads.values()], dim=1)
