"""The meme net: an image branch and a text branch, concatenated, and one head for each aspect."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class MemeNet(nn.Module):
    """Pooled text and image features to the logits of every aspect.

    Either modality may be missing; a learned vector stands in for the output of its branch.
    """

    def __init__(
        self,
        text_width: int,
        image_width: int,
        aspects: Mapping[str, Sequence[str]],
        width: int = 96,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        self.text = nn.Sequential(
            nn.LayerNorm(text_width), nn.Dropout(dropout), nn.Linear(text_width, width), nn.ReLU()
        )
        self.image = nn.Sequential(
            nn.LayerNorm(image_width), nn.Dropout(dropout), nn.Linear(image_width, width), nn.ReLU()
        )
        self.no_text = nn.Parameter(torch.zeros(width))
        self.no_image = nn.Parameter(torch.zeros(width))
        self.joined = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.heads = nn.Linear(width, sum(len(labels) for labels in aspects.values()))

    def forward(self, text: Tensor, has_text: Tensor, image: Tensor, has_image: Tensor) -> Tensor:
        """The logits (N, all labels), one aspect's labels after the other's, of text (N,
        text_width) and image (N, image_width); the (N,) bools are False where one is missing."""
        words = torch.where(has_text[:, None], self.text(text), self.no_text)
        picture = torch.where(has_image[:, None], self.image(image), self.no_image)
        return self.heads(self.joined(torch.cat([words, picture], dim=1)))
