"""BERT, CLIP and a head in one net, as the presets ``reference`` and ``reference-patches`` train
them."""

from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import BertModel, CLIPVisionModelWithProjection, PretrainedConfig
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from mmsent.labels import SENTIMENTS
from mmsent.models import build_head
from mmsent.models.image import ImageEncoder
from mmsent.models.text import TextNet
from train.common.inside import pretrained, shape_of

Kind = Literal["reference", "reference-patches"]

WIDTH = 256  # of the space in which text and image meet
DROPOUT = 0.1
NETS: dict[Kind, str] = {"reference": "pooled", "reference-patches": "patches"}


class ReferenceNet(nn.Module):
    """Encoders and head as they are saved, so that what is trained is what answers later: ``text``,
    ``image`` and ``head``, with their ``shapes`` for a checkpoint's config."""

    def __init__(self, kind: Kind, bert: PretrainedConfig, clip: PretrainedConfig) -> None:
        super().__init__()
        self.shapes: dict[str, dict[str, Any]] = {
            "text": shape_of(bert),
            "image": {"clip": shape_of(clip), "projected": True},
        }
        # a pooler nobody asks would be a parameter without gradient
        self.text = TextNet(self.shapes["text"], {}, pool="cls" if kind == "reference" else "mean")
        self.image = ImageEncoder(self.shapes["image"], OPENAI_CLIP_MEAN, OPENAI_CLIP_STD)
        self.shapes["head"] = {
            "net": NETS[kind],
            "text_width": self.text.encoder.width,
            "image_width": self.image.width,
            "width": WIDTH,
        }
        self.head = build_head(
            "review", self.shapes["head"], classes=len(SENTIMENTS), dropout=DROPOUT
        )

    def forward(self, ids: Tensor, read: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """ids (N, T) int64, padded; read (N, T) True for the tokens of words; pixels (N, 3, S, S) RGB
        0..255.

        Returns logits (N, 3) and the weights of the attention, (N, 1, 1) or (N, T, P + 1): P patches
        row by row, then "nothing relevant here". Rows of padding mean nothing.
        """
        states, vector = self.text.encoder(ids)
        patches, whole = self.image(pixels)
        if self.head.pooled:
            states, read, patches = vector[:, None], read.any(1, keepdim=True), whole[:, None]
        return self.head(states, read, patches, torch.ones_like(patches[..., 0], dtype=torch.bool))


def from_hub(kind: Kind, text_model: str | Path, image_model: str | Path) -> ReferenceNet:
    """The net of a preset with pretrained encoders: names on the Hub, such as ``bert-base-uncased``
    and ``openai/clip-vit-base-patch32``, or local folders.

    Raises OSError where one can't be had, ValueError or RuntimeError where it does not hold such an
    encoder.
    """
    pooled = kind == "reference"
    bert = pretrained(BertModel, text_model, add_pooling_layer=pooled)
    clip = pretrained(CLIPVisionModelWithProjection, image_model)
    net = ReferenceNet(kind, bert.config, clip.config)
    net.text.encoder.net.load_state_dict(bert.state_dict())
    net.image.net.load_state_dict(clip.state_dict())
    return net
