"""The meme nets, one for each group of aspects that was learnt from the same data: a branch for the
picture, one for the text, joined, and one head an aspect."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmsent.models import build_head


class MemeNet(nn.Module):
    """Pooled text and image features to the logits of every aspect.

    Either modality may be missing; a learned vector stands in for the output of its branch.
    """

    pooled = False  # it reads means over tokens and over patches

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


class SpellingMemeNet(nn.Module):
    """Logits that add up: a constant, what the text says and what the picture says, as far as they
    are there. The text is its mean token state beside the logits of its words' parts
    (pipelines.word_parts), which the net has for every one of the ``buckets``: their sum, divided
    by the square root of their number."""

    pooled = False

    def __init__(
        self,
        text_width: int,
        image_width: int,
        aspects: Mapping[str, Sequence[str]],
        buckets: int,
    ) -> None:
        super().__init__()
        if buckets < 2:
            raise ValueError("buckets must be at least 2: the first is padding")
        labels = sum(map(len, aspects.values()))
        self.constant = nn.Parameter(torch.zeros(labels))
        self.text = nn.Linear(text_width, labels)
        self.image = nn.Linear(image_width, labels)
        self.parts = nn.Embedding(buckets, labels, padding_idx=0)

    def spelled(self, parts: Tensor) -> Tensor:
        """(N, all labels) what the parts of words (N, S), 0 for padding, say together."""
        there = (parts > 0).to(self.parts.weight.dtype)
        found = (there[:, None] @ self.parts(parts))[:, 0]
        return found / there.sum(dim=1, keepdim=True).clamp(min=1).sqrt()

    def forward(self, text: Tensor, has_text: Tensor, image: Tensor, has_image: Tensor) -> Tensor:
        """text (N, text_width + labels) and image (N, image_width), with (N,) bools that say which
        are there -> (N, all labels) logits, one aspect's labels after the other's."""
        width = self.text.in_features
        words = self.text(text[:, :width]) + text[:, width:]
        return self.constant + has_text[:, None] * words + has_image[:, None] * self.image(image)


class Familiarity(nn.Module):
    """How far a feature vector is from those of the training rows: the Mahalanobis distance in their
    first principal components, squared, a component (1 is usual; Lee et al. 2018,
    arXiv:1807.03888)."""

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.whiten: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whiten", torch.zeros(width, rank))

    def forward(self, features: Tensor) -> Tensor:
        """(N, width) -> (N,)."""
        return ((features - self.mean) @ self.whiten).square().mean(dim=1)


class MemeNets(nn.ModuleDict):
    """A net for each of ``groups``, by name, that which the group names, and beside it, where the
    group has a ``familiarity`` rank, two Familiarity, ``text`` and ``image``, under
    ``NAME_familiar``; and for each of ``words`` that is ``own`` a linear layer ``words_NAME`` in place
    of the text encoder's head.

    ``groups`` and ``words`` are those of a meme checkpoint's config.json, ``labels`` the labels of
    every aspect.
    """

    def __init__(
        self,
        text_width: int,
        image_width: int,
        groups: Mapping[str, Mapping[str, Any]],
        labels: Mapping[str, Sequence[str]],
        words: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        for name, head in (words or {}).items():
            if head.get("own"):
                parts = sum(map(len, head["labels"].values()))
                self[f"words_{name}"] = nn.Linear(text_width, parts)
        for name, group in groups.items():
            aspects = {aspect: labels[aspect] for aspect in group["aspects"]}
            shape = {"net": group["net"], **group["architecture"]}
            widths = {"text_width": text_width, "image_width": image_width}
            self[name] = build_head("meme", shape | widths, aspects=aspects)
            if rank := group.get("familiarity", {}).get("rank"):
                self[f"{name}_familiar"] = nn.ModuleDict(
                    {"text": Familiarity(text_width, rank), "image": Familiarity(image_width, rank)}
                )
