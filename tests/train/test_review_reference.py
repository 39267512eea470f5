"""The presets with BERT and CLIP, on encoders of a few thousand weights and photos made in code:
nothing is fetched."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from safetensors.torch import load_file
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)
from transformers.models.clip import CLIPImageProcessor

from mmsent.hub import CheckpointError, load_weights, read_config
from mmsent.models.reference_review import (
    ClipPixels,
    PatchReviewNet,
    PlainAttention,
    PooledReviewNet,
)
from tests.conftest import forget_accelerator
from train.common.loop import Plan, accelerator
from train.review import reference as review_reference
from train.review import reference_data
from train.review.csv_data import Review, read_reviews
from train.review.reference import PRESETS, predict, train_reference
from train.review.reference_data import ReviewDataset, collate
from train.review.reference_plots import draw_attention

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
    epochs=6,
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
    for module in (review_reference, reference_data):
        monkeypatch.setattr(module, "MAX_LENGTH", TOKENS)
    return names


def bert() -> BertModel:
    return BertModel(BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=TOKENS, **SIZES))


def clip() -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(image_size=SIDE, patch_size=PATCH, projection_dim=24, **SIZES)
    )


@pytest.fixture(scope="session")
def encoders(tmp_path_factory) -> Encoders:
    """Folders as ``from_pretrained`` wants them, with random weights."""
    folder = tmp_path_factory.mktemp("encoders")
    torch.manual_seed(0)
    bert().save_pretrained(folder / "bert")
    clip().save_pretrained(folder / "clip")
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    )
    BertTokenizer.from_pretrained(folder).save_pretrained(folder / "bert")
    return str(folder / "bert"), str(folder / "clip")


def write_reviews(folder: Path, rows: int) -> Path:
    """Reviews whose label needs the text (one word) and the photo (its colour) together."""
    folder.mkdir()
    random = np.random.default_rng(0)
    lines = ["text,image_path,label"]
    for row in range(rows):
        word, colour = ("good", "bad")[row % 2], ("red", "blue")[row // 2 % 2]
        pixels = COLOURS[colour] + random.integers(-25, 25, (20, 24, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{row}.png")
        lines.append(f"this is {word},{row}.png,{word} {colour}")
    (folder / "reviews.csv").write_text("\n".join(lines) + "\n")
    return folder / "reviews.csv"


def dataset(reviews: list[Review], labels: list[int], encoders: Encoders) -> ReviewDataset:
    return ReviewDataset(
        list(zip(reviews, labels, strict=True)), BertTokenizer.from_pretrained(encoders[0]), SIDE
    )


def train(preset: str, data: Path, folder: Path, encoders: Encoders, plan: Plan = TOY) -> dict:
    forget_accelerator()
    work = accelerator(folder / "runs", "no", plan.seed)
    return train_reference(work, preset, data, folder / "runs", folder / "out", plan, *encoders)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_it_learns_from_text_and_photo_together_and_leaves_a_checkpoint(
    preset, encoders, tmp_path, drawn, capsys
):
    data = write_reviews(tmp_path / "data", 80)
    with data.open("a") as file:
        file.write("this is good,gone.png,good red\nthis is bad,,bad red\n")
    metrics = train(preset, data, tmp_path, encoders)

    printed = capsys.readouterr().out
    said = (
        "2 rows are left out or in doubt",
        f"{data}, line 82: The image “gone.png”",
        f"{data}, line 83: There is no image.",
    )
    assert all(sentence in printed for sentence in said)
    assert metrics["validation"]["n"] == 16, "a fifth of 80"
    assert metrics["validation"]["accuracy"] > 0.9, "the text alone or the photo alone come to 0.5"
    scores = {
        "seconds",
        "loss",
        "lr",
        "val_loss",
        "val_accuracy",
        "val_precision",
        "val_recall",
        "val_f1",
    }
    assert [set(row) for row in metrics["history"]] == [scores] * TOY.epochs
    assert metrics["history"][-1]["val_f1"] == pytest.approx(
        metrics["validation"]["macro_f1"], abs=0.01
    )

    out = tmp_path / "out"
    assert json.loads((out / "metrics.json").read_text()) == metrics
    assert drawn == {
        out / "plots": ["class_distribution", "training_curves", "confusion_matrix"],
        tmp_path / "runs" / "plots": [f"attention_{preset}"],
    }
    # config.json and the weights are enough to build the net again
    config = read_config(out, "review-reference")
    assert config["labels"] == ["bad blue", "bad red", "good blue", "good red"]
    shape, pooled = config["architecture"], preset == "reference"
    text = BertModel(BertConfig(**shape["text"]), add_pooling_layer=pooled)
    image = CLIPVisionModelWithProjection(CLIPVisionConfig(**shape["image"]))
    load_weights(
        (PooledReviewNet if pooled else PatchReviewNet)(
            text, image, 4, shape["width"], shape["dropout"]
        ),
        out,
    )


@pytest.mark.slow
def test_a_run_that_was_cut_ends_as_if_it_had_not_been(encoders, tmp_path, monkeypatch, capsys):
    data = write_reviews(tmp_path / "data", 40)
    plan = replace(TOY, epochs=2)
    whole = train("reference", data, tmp_path / "whole", encoders, plan)
    scores = iter([predict])  # for the first epoch only
    with monkeypatch.context() as patch:
        patch.setattr(review_reference, "predict", lambda *arguments: next(scores)(*arguments))
        with pytest.raises(StopIteration):
            train("reference", data, tmp_path / "cut", encoders, plan)
    assert not (tmp_path / "cut" / "out").exists()
    torch.manual_seed(99)  # whatever state the new process is in
    again = train("reference", data, tmp_path / "cut", encoders, plan)
    for row in (*whole["history"], *again["history"]):
        assert row.pop("seconds") > 0
    assert again == whole
    assert "resumed after epoch 1" in capsys.readouterr().out
    ends = [load_file(tmp_path / name / "out" / "model.safetensors") for name in ("whole", "cut")]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


def batch_of(rows: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    mask = torch.ones(rows, 7, dtype=torch.int64)
    mask[0, 4:] = 0
    return (
        torch.randint(5, 5 + len(WORDS), (rows, 7)),
        mask,
        torch.randint(0, 256, (rows, 3, SIDE, SIDE), dtype=torch.uint8),
    )


def test_one_key_always_gets_the_whole_weight():
    net = PooledReviewNet(bert(), clip(), classes=3).eval()
    logits, weights = net(*batch_of(4))
    assert logits.shape == (4, 3)
    assert torch.equal(weights, torch.ones(4, 1, 1))
    logits.square().sum().backward()
    assert not net.cross_attention.query_transform.weight.grad.any(), (
        "so the text decides nothing about the photo"
    )
    assert net.cross_attention.value_transform.weight.grad.any()
    with torch.no_grad():
        net.image_model.visual_projection.weight *= 3
    # the image vector is brought to length 1
    torch.testing.assert_close(net(*batch_of(4))[0], logits)


def test_pixels_are_scaled_as_clip_scales_them():
    pixels = batch_of(2)[2]
    theirs = CLIPImageProcessor(do_resize=False, do_center_crop=False)(
        list(pixels.numpy()), return_tensors="pt"
    )
    torch.testing.assert_close(ClipPixels()(pixels), theirs["pixel_values"])


def test_with_more_keys_the_attention_is_the_published_one():
    torch.manual_seed(0)
    attention = PlainAttention(8, 6, 4)
    text, images = torch.randn(2, 1, 8), torch.randn(2, 5, 6)
    key, value = attention.key_transform(images), attention.value_transform(images)
    published = torch.nn.functional.scaled_dot_product_attention(
        attention.query_transform(text), key, value
    )
    attended, weights = attention(text, images)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 1))
    torch.testing.assert_close(attended, published)


def test_patches_and_nothing_relevant_share_the_attention():
    net = PatchReviewNet(bert(), clip(), classes=3).eval()
    ids, mask, pixels = batch_of(4)
    logits, weights = net(ids, mask, pixels)
    assert (logits.shape, weights.shape) == ((4, 3), (4, 7, (SIDE // PATCH) ** 2 + 1))
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(4, 7))
    assert weights.min() > 0
    changed = ids.clone()
    changed[0, 4:] = 5
    torch.testing.assert_close(net(changed, mask, pixels)[0], logits)  # padding is not read


def test_a_photo_that_has_gone_since_is_skipped(encoders, tmp_path):
    reviews, _ = read_reviews(write_reviews(tmp_path / "data", 5), labelled=True)
    data = dataset(reviews, [0, 1, 0, 1, 0], encoders)
    reviews[1].image.unlink()
    assert data[1] is None
    batch = collate([data[row] for row in range(5)])
    assert batch["label"].tolist() == [0, 0, 1, 0]
    shapes = {"ids": (4, TOKENS), "mask": (4, TOKENS), "pixels": (4, 3, SIDE, SIDE), "label": (4,)}
    assert {name: value.shape for name, value in batch.items()} == shapes
    logits, labels = predict(
        accelerator(tmp_path, "no"), PooledReviewNet(bert(), clip(), 2).eval(), data, batch_size=2
    )
    assert logits.shape == (4, 2)
    assert labels.tolist() == [0, 0, 1, 0]
    with pytest.raises(FileNotFoundError, match="None of the 2 photos"):
        collate([None, None])


POOLED = ("reference", PooledReviewNet, "exactly 1 for every review", "attention weight 1.000")
PATCHES = ("reference-patches", PatchReviewNet, "mean over its tokens", "nothing relevant")


@pytest.mark.parametrize(("preset", "kind", "caption", "number"), [POOLED, PATCHES])
def test_the_figure_shows_each_review_and_says_what_its_weights_mean(
    preset, kind, caption, number, encoders, tmp_path
):
    reviews, _ = read_reviews(write_reviews(tmp_path / "data", 3), labelled=True)
    data, net = dataset(reviews, [0, 0, 0], encoders), kind(bert(), clip(), 2).eval()
    figure = draw_attention(accelerator(tmp_path, "no"), net, preset, data, ["sour", "sweet"])
    assert caption in figure.get_suptitle().replace("\n", " ")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 3
    for axes, review in zip(shown, reviews, strict=True):
        assert all(part in axes.get_title() for part in (review.text, "true: sour", number))
        assert not axes.title.get_parse_math(), "a price is no formula"
        assert axes.images[0].get_array().shape == (20, 24, 3)
        assert len(axes.images) == 1 + (kind is PatchReviewNet)
    if kind is PatchReviewNet:
        ids, mask, pixels, _ = collate([data[0]]).values()
        weights = net(ids, mask, pixels)[1][0, : mask.sum()].mean(dim=0)
        assert np.allclose(shown[0].images[1].get_array().ravel(), weights[:-1].detach(), atol=1e-6)
        assert f"nothing relevant {weights[-1].item():.0%}" in shown[0].get_title()


def test_what_can_not_be_fetched_is_one_sentence_that_says_what_to_do(
    encoders, tmp_path, monkeypatch
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    data = write_reviews(tmp_path / "data", 5)
    bert().save_pretrained(tmp_path / "mute")  # no tokenizer beside it
    (tmp_path / "empty").mkdir()
    right, image = encoders
    # the last has weights, but no BERT's
    wrong = ("nobody/nothing", str(tmp_path / "empty"), str(tmp_path / "mute"), image)
    for pair in [*((text, image) for text in wrong), (right, "nobody/nothing")]:
        with pytest.raises(CheckpointError, match=r"--text-model .* --image-model") as caught:
            train("reference", data, tmp_path, pair)
        assert all(name in str(caught.value) for name in pair)
        assert "\n" not in str(caught.value)


def test_labels_of_one_kind_are_refused(encoders, tmp_path):
    file = tmp_path / "reviews.csv"
    file.write_text("text,image_path,label\nthis is good,,good\n")
    with pytest.raises(ValueError, match="0 usable reviews, 0 different labels"):
        train("reference", file, tmp_path, encoders)
