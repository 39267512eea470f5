"""Pixels, sentence vectors and their linear layers in one net, as the preset ``reference`` trains
them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from mmsent.labels import segments
from mmsent.models import build_head
from mmsent.models.image import ImageEncoder

SIZE = 64  # pixels: the side of the pictures
GREY: Final = (0.5, 0.5, 0.5)  # mean and deviation of the pixels: they lie in -1..1
KIND: Final = "pooled"


class ReferenceNet(nn.Module):
    """What is saved and answers later: ``image``, which only scales pixels, and ``head``."""

    def __init__(self, size: int, text_width: int, aspects: Mapping[str, Sequence[str]]) -> None:
        """``size`` is the side of the pictures in pixels, ``aspects`` maps each aspect to its
        labels."""
        super().__init__()
        self.architecture: dict[str, Any] = {"pixels": size}
        self.image = ImageEncoder(self.architecture, GREY, GREY)
        shape = {
            "net": KIND,
            "text_width": text_width,
            "image_width": self.image.vector_width,
        }
        self.head = build_head("meme", shape, aspects=aspects)
        self.places = segments(aspects)

    def forward(self, pixels: Tensor, embeddings: Tensor) -> dict[str, Tensor]:
        """pixels (N, 3, size, size) RGB 0..255, embeddings (N, text_width), zeros for no text -> the
        logits (N, labels) of each aspect."""
        has_text = embeddings.any(dim=1)
        has_image = torch.ones_like(has_text)
        logits = self.head(embeddings, has_text, self.image(pixels)[1], has_image)
        return {aspect: logits[:, place] for aspect, place in self.places.items()}
