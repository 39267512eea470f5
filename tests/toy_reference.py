"""Encoders of a few thousand weights like BERT and CLIP, and reviews with photos made in code."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from mmsent.labels import SENTIMENTS
from train.common.loop import Plan
from train.review import reference as review_reference

WORDS = ["good", "bad", "this", "is"]
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
SIDE, PATCH, TOKENS = 16, 4, 12
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
Encoders = tuple[str, str]  # folders of a BERT and of a CLIP
TOY = Plan(
    epochs=16,
    batch_size=16,
    learning_rate=3e-3,
    optimizer="adamw",
    schedule="constant",
    weight_decay=0.01,
)


@pytest.fixture(autouse=True)
def drawn(alone, monkeypatch):
    """The names of the figures by folder, since drawing takes longer than all else. Texts have few
    tokens."""
    names: dict[Path, list[str]] = {}
    monkeypatch.setattr(
        review_reference.plots,
        "write_plots",
        lambda folder, figures: names.update({folder: list(figures)}),
    )
    monkeypatch.setattr(review_reference, "MAX_LENGTH", TOKENS)
    return names


def bert() -> BertConfig:
    return BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=TOKENS, **SIZES)


def clip() -> CLIPVisionConfig:
    return CLIPVisionConfig(image_size=SIDE, patch_size=PATCH, projection_dim=24, **SIZES)


@pytest.fixture(scope="session")
def encoders(tmp_path_factory) -> Encoders:
    """Folders as ``from_pretrained`` wants them, with random weights."""
    folder = tmp_path_factory.mktemp("encoders")
    torch.manual_seed(0)
    BertModel(bert()).save_pretrained(folder / "bert")
    CLIPVisionModelWithProjection(clip()).save_pretrained(folder / "clip")
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    )
    BertTokenizer.from_pretrained(folder).save_pretrained(folder / "bert")
    return str(folder / "bert"), str(folder / "clip")


def write_reviews(folder: Path, rows: int, wrong: int = 0) -> Path:
    """Reviews whose label needs the text (one word) and the photo (its colour) together: positive
    where both are good and red, negative where they are bad and blue. Each row number ``wrong`` says the
    opposite, so that nothing is sure."""
    folder.mkdir()
    random = np.random.default_rng(0)
    lines = ["text,image_path,label"]
    for row in range(rows):
        word, colour = ("good", "bad")[row % 2], ("red", "blue")[row // 2 % 2]
        pixels = COLOURS[colour] + random.integers(-25, 25, (20, 24, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{row}.png")
        label = (word == "good") + (colour == "red")
        label = 2 - label if wrong and row % wrong == 0 else label
        lines.append(f"this is {word},{row}.png,{SENTIMENTS[label]}")
    (folder / "reviews.csv").write_text("\n".join(lines) + "\n")
    return folder / "reviews.csv"
