"""The review net of the preset ``reference``: the text's vector asks, the photo's one vector
answers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainAttention(nn.Module):
    """Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762) from text to image, all
    of it on the image."""

    def __init__(self, text_width: int, image_width: int, width: int) -> None:
        super().__init__()
        self.query_transform = nn.Linear(text_width, width)
        self.key_transform = nn.Linear(image_width, width)
        self.value_transform = nn.Linear(image_width, width)

    def forward(self, queries: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """queries (N, Q, text_width), images (N, K, image_width) -> what was attended, (N, Q,
        width), and the weights (N, Q, K), which sum to 1: a single key always gets exactly 1."""
        keys = self.key_transform(images)
        scores = self.query_transform(queries) @ keys.transpose(1, 2) * keys.shape[-1] ** -0.5
        weights = scores.softmax(dim=-1)
        return weights.to(keys.dtype) @ self.value_transform(images), weights


class PooledReviewNet(nn.Module):
    """The vector of a text, as BERT pools it, asks; the image vector of a CLIP, brought to length 1,
    is key and value; both go to a linear classifier.

    With one key the weight of the attention is always 1, so no gradient reaches its query and its
    key: the text decides nothing about the photo before the classifier.
    """

    pooled = True  # texts and photos come as one vector each

    def __init__(
        self,
        text_width: int,
        image_width: int,
        width: int = 256,
        classes: int = 3,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.cross_attention = PlainAttention(text_width, image_width, width)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(text_width + width, classes)

    def forward(
        self,
        texts: Tensor,
        text_mask: Tensor,
        images: Tensor,
        image_mask: Tensor,
        ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """texts (N, 1, text_width), images (N, 1, image_width); the masks (N, 1) are True where there
        is one, and zeros stand in where there is none. ``ids`` are not used.

        Returns logits (N, classes) and the weights of the attention (N, 1, 1), 0 without an image.
        """
        texts = texts * text_mask[..., None]
        attended, weights = self.cross_attention(texts, F.normalize(images, dim=-1))
        there = image_mask[:, None].to(weights.dtype)
        features = torch.cat([texts, attended * there.to(attended.dtype)], dim=-1)[:, 0]
        return self.classifier(self.dropout(features)), weights * there
