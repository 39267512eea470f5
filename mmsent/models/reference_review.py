"""The review nets of the presets ``reference`` and ``reference-patches``: BERT reads the text, CLIP
sees the photo."""

from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertModel, CLIPVisionModelWithProjection
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from mmsent.models.fusion import ReviewNet

Kind = Literal["reference", "reference-patches"]

WIDTH = 256  # of the space in which text and image meet
DROPOUT = 0.1


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


class ClipPixels(nn.Module):
    """(N, 3, S, S) RGB pixels 0..255 -> float, with the mean and the standard deviation CLIP was
    trained with."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer(
            "mean", torch.tensor(OPENAI_CLIP_MEAN).view(1, -1, 1, 1) * 255, persistent=False
        )
        self.register_buffer(
            "std", torch.tensor(OPENAI_CLIP_STD).view(1, -1, 1, 1) * 255, persistent=False
        )

    def forward(self, pixels: Tensor) -> Tensor:
        return (pixels.float() - self.mean) / self.std


class _Encoders(nn.Module):
    """BERT, and the half of CLIP that ``get_image_features`` uses."""

    def __init__(self, text_model: BertModel, image_model: CLIPVisionModelWithProjection) -> None:
        super().__init__()
        self.text_model = text_model
        self.normal = ClipPixels()
        self.image_model = image_model


class PooledReviewNet(_Encoders):
    """BERT's pooled output asks, CLIP's one image vector of length 1 is key and value; both go to a
    linear classifier.

    With one key the weight of the attention is always 1, so no gradient reaches its query and its
    key: the text decides nothing about the photo before the classifier.
    """

    def __init__(
        self,
        text_model: BertModel,
        image_model: CLIPVisionModelWithProjection,
        classes: int,
        width: int = WIDTH,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__(text_model, image_model)
        text_width = text_model.config.hidden_size
        self.cross_attention = PlainAttention(text_width, image_model.config.projection_dim, width)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(text_width + width, classes)

    def forward(self, ids: Tensor, token_mask: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """ids (N, T) int64, token_mask (N, T) 0 for padding, pixels (N, 3, S, S) RGB 0..255.

        Returns logits (N, classes) and the weights of the attention (N, 1, 1).
        """
        text = self.text_model(input_ids=ids, attention_mask=token_mask).pooler_output
        image = F.normalize(self.image_model(pixel_values=self.normal(pixels)).image_embeds, dim=-1)
        attended, weights = self.cross_attention(text[:, None], image[:, None])
        return self.classifier(self.dropout(torch.cat([text, attended[:, 0]], dim=-1))), weights


class PatchReviewNet(_Encoders):
    """The same encoders, but each of BERT's tokens looks at each of CLIP's patches, or at nothing:
    ``fusion.ReviewNet``."""

    def __init__(
        self,
        text_model: BertModel,
        image_model: CLIPVisionModelWithProjection,
        classes: int,
        width: int = WIDTH,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__(text_model, image_model)
        self.fusion = ReviewNet(
            text_model.config.hidden_size,
            image_model.config.projection_dim,
            width,
            classes=classes,
            dropout=dropout,
        )

    def forward(self, ids: Tensor, token_mask: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """ids (N, T) int64, token_mask (N, T) 0 for padding, pixels (N, 3, S, S) RGB 0..255.

        Returns logits (N, classes) and the weights of the attention (N, T, P + 1): P patches row by
        row, then "nothing relevant here". Rows of padding mean nothing.
        """
        tokens = self.text_model(input_ids=ids, attention_mask=token_mask).last_hidden_state
        clip = self.image_model
        # the first is no patch
        states = clip.vision_model(pixel_values=self.normal(pixels)).last_hidden_state[:, 1:]
        # the same last two layers that make the image vector of the whole, so patches lie in the
        # space CLIP was trained in
        patches = clip.visual_projection(clip.vision_model.post_layernorm(states))
        return self.fusion(
            tokens, token_mask.bool(), patches, torch.ones_like(patches[..., 0], dtype=torch.bool)
        )


def from_hub(
    kind: Kind, text_model: str | Path, image_model: str | Path, classes: int
) -> PooledReviewNet | PatchReviewNet:
    """The net of a preset with pretrained encoders: names on the Hub, such as ``bert-base-uncased``
    and ``openai/clip-vit-base-patch32``, or local folders.

    Raises OSError where one can't be had, ValueError or RuntimeError where it does not hold such an
    encoder.
    """
    pooled = kind == "reference"
    # a pooler nobody asks would be a parameter without gradient
    text = _pretrained(BertModel, text_model, add_pooling_layer=pooled)
    image = _pretrained(CLIPVisionModelWithProjection, image_model)
    return PooledReviewNet(text, image, classes) if pooled else PatchReviewNet(text, image, classes)


def _pretrained(kind: Any, source: str | Path, **options: Any) -> Any:
    """``from_pretrained``, but weights the source does not have are an error, not random
    numbers."""
    net, loading_info = kind.from_pretrained(
        source, dtype=torch.float32, output_loading_info=True, **options
    )
    if loading_info["missing_keys"]:
        raise ValueError(
            f"{source} lacks weights of a {kind.__name__}: "
            f"{', '.join(sorted(loading_info['missing_keys'])[:3])} …"
        )
    return net
