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

import mmsent
from mmsent.explain import log_odds
from mmsent.hub import CheckpointError
from mmsent.labels import SENTIMENTS
from mmsent.models.reference_review import PlainAttention
from mmsent.text import Windows
from tests.conftest import forget_accelerator
from train.common.loop import Plan, accelerator
from train.review import reference as review_reference
from train.review.csv_data import Review, read_reviews
from train.review.reference import PRESETS, predict, train_reference
from train.review.reference_data import ReviewDataset, collate
from train.review.reference_net import ReferenceNet
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


def dataset(reviews: list[Review], labels: list[int], encoders: Encoders) -> ReviewDataset:
    rows = list(zip(reviews, labels, strict=True))
    windows = Windows(Path(encoders[0]) / "tokenizer.json", TOKENS)
    return ReviewDataset(rows, windows, TOKENS, 0, SIDE)


def train(preset: str, data: Path, folder: Path, encoders: Encoders, plan: Plan = TOY) -> dict:
    forget_accelerator()
    work = accelerator(folder / "runs", "no", plan.seed)
    return train_reference(work, preset, data, folder / "runs", folder / "out", plan, *encoders)


def epochs_of(folder: Path) -> list[dict[str, float]]:
    return json.loads((folder / "runs" / "state" / "history.json").read_text())["history"]


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_it_learns_from_text_and_photo_together_and_leaves_a_checkpoint(
    preset, encoders, tmp_path, drawn, capsys
):
    data = write_reviews(tmp_path / "data", 80)
    with data.open("a") as file:
        file.write("this is good,gone.png,positive\nthis is bad,,negative\n")
    metrics = train(preset, data, tmp_path, encoders)

    printed = capsys.readouterr().out
    said = (
        "2 rows are left out or in doubt",
        f"{data}, line 82: The image “gone.png”",
        f"{data}, line 83: There is no image.",
    )
    assert all(sentence in printed for sentence in said)
    assert metrics["validation"]["own"]["n"] == 16, "a fifth of 80"
    assert metrics["validation"]["own"]["accuracy"] > 0.9, (
        "the text alone or the photo alone come to 0.5"
    )
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
    history = epochs_of(tmp_path)
    assert [set(row) for row in history] == [scores] * TOY.epochs
    assert history[-1]["val_f1"] == pytest.approx(
        metrics["validation"]["own"]["macro_f1"], abs=0.01
    )

    out = tmp_path / "out"
    assert json.loads((out / "metrics.json").read_text()) == metrics
    drawn_of_rows = [f"{kind}_own" for kind in ("class_distribution", "confusion", "reliability")]
    assert drawn == {
        out / "plots": ["training_curves", *drawn_of_rows],
        tmp_path / "runs" / "plots": [f"attention_{preset}"],
    }


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
    assert again == whole
    rows = [epochs_of(tmp_path / name) for name in ("whole", "cut")]
    for row in (*rows[0], *rows[1]):
        assert row.pop("seconds") > 0
    assert rows[0] == rows[1]
    assert "resumed after epoch 1" in capsys.readouterr().out
    ends = [load_file(tmp_path / name / "out" / "model.safetensors") for name in ("whole", "cut")]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


def net_of(preset: str) -> ReferenceNet:
    torch.manual_seed(0)
    return ReferenceNet(preset, bert(), clip()).eval()


def batch_of(rows: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    ids = torch.randint(5, 5 + len(WORDS), (rows, 7))
    ids[0, 4:] = 0
    return (
        ids,
        ids > 0,
        torch.randint(0, 256, (rows, 3, SIDE, SIDE), dtype=torch.uint8),
    )


def test_one_key_always_gets_the_whole_weight():
    net = net_of("reference")
    logits, weights = net(*batch_of(4))
    assert logits.shape == (4, 3)
    assert torch.equal(weights, torch.ones(4, 1, 1))
    logits.square().sum().backward()
    attention = net.head.cross_attention
    assert not attention.query_transform.weight.grad.any(), (
        "so the text decides nothing about the photo"
    )
    assert attention.value_transform.weight.grad.any()
    with torch.no_grad():
        net.image.net.visual_projection.weight *= 3
    # the image vector is brought to length 1
    torch.testing.assert_close(net(*batch_of(4))[0], logits)


def test_pixels_are_scaled_as_clip_scales_them():
    pixels = batch_of(2)[2]
    theirs = CLIPImageProcessor(do_resize=False, do_center_crop=False)(
        list(pixels.numpy()), return_tensors="pt"
    )
    net = net_of("reference").image
    wanted = net.net(**theirs).image_embeds
    torch.testing.assert_close(net(pixels)[1], wanted)


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
    net = net_of("reference-patches")
    ids, read, pixels = batch_of(4)
    logits, weights = net(ids, read, pixels)
    assert (logits.shape, weights.shape) == ((4, 3), (4, 7, (SIDE // PATCH) ** 2 + 1))
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(4, 7))
    assert weights.min() > 0
    # special tokens are not read by the head: only what the encoder makes of words is
    fewer = read.clone()
    fewer[:, 0] = False
    assert not torch.allclose(net(ids, fewer, pixels)[0], logits)


def test_a_photo_that_has_gone_since_is_skipped(encoders, tmp_path):
    reviews, _ = read_reviews(write_reviews(tmp_path / "data", 5), labelled=True)
    data = dataset(reviews, [0, 1, 0, 1, 0], encoders)
    reviews[1].image.unlink()
    assert data[1] is None
    batch = collate([data[row] for row in range(5)])
    assert batch["label"].tolist() == [0, 0, 1, 0]
    shapes = {"ids": (4, TOKENS), "read": (4, TOKENS), "pixels": (4, 3, SIDE, SIDE), "label": (4,)}
    assert {name: value.shape for name, value in batch.items()} == shapes
    logits, labels = predict(accelerator(tmp_path, "no"), net_of("reference"), data, batch_size=2)
    assert logits.shape == (4, 3)
    assert labels.tolist() == [0, 0, 1, 0]
    with pytest.raises(FileNotFoundError, match="None of the 2 photos"):
        collate([None, None])


POOLED = ("reference", "exactly 1 for every review", "attention weight 1.000")
PATCHES = ("reference-patches", "mean over its tokens", "nothing relevant")


@pytest.mark.parametrize(("preset", "caption", "number"), [POOLED, PATCHES])
def test_the_figure_shows_each_review_and_says_what_its_weights_mean(
    preset, caption, number, encoders, tmp_path
):
    reviews, _ = read_reviews(write_reviews(tmp_path / "data", 4), labelled=True)
    data, net = dataset(reviews, [0, 0, 0, 0], encoders), net_of(preset)
    work, learnt = accelerator(tmp_path, "no"), ["negative", "positive"]
    figure = draw_attention(work, net, preset, data, learnt, count=3)
    assert caption in figure.get_suptitle().replace("\n", " ")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 3
    for axes, review in zip(shown, reviews[:3], strict=True):
        assert "neutral," not in axes.get_title(), "it was not learned"
        assert all(part in axes.get_title() for part in (review.text, "true: negative", number))
        assert not axes.title.get_parse_math(), "a price is no formula"
        assert axes.images[0].get_array().shape == (20, 24, 3)
        assert len(axes.images) == 1 + (preset == "reference-patches")
    if preset == "reference-patches":
        ids, read, pixels, _ = collate([data[0]]).values()
        weights = net(ids, read, pixels)[1][0][read[0]].mean(dim=0)
        assert np.allclose(shown[0].images[1].get_array().ravel(), weights[:-1].detach(), atol=1e-6)
        assert f"nothing relevant {weights[-1].item():.0%}" in shown[0].get_title()


def test_what_can_not_be_fetched_is_one_sentence_that_says_what_to_do(
    encoders, tmp_path, monkeypatch
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    data = write_reviews(tmp_path / "data", 5)
    BertModel(bert()).save_pretrained(tmp_path / "mute")  # no tokenizer beside it
    (tmp_path / "empty").mkdir()
    right, image = encoders
    # the last has weights, but no BERT's
    wrong = ("nobody/nothing", str(tmp_path / "empty"), str(tmp_path / "mute"), image)
    for pair in [*((text, image) for text in wrong), (right, "nobody/nothing")]:
        with pytest.raises(CheckpointError, match=r"--text-model .* --image-model") as caught:
            train("reference", data, tmp_path, pair)
        assert all(name in str(caught.value) for name in pair)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["positive", "positive"], "2 usable reviews, 1 different labels"),
        (["positive", "5 stars"], "the label “5 stars” is none of negative, neutral, positive"),
    ],
)
def test_labels_that_no_page_could_answer_with_are_refused(labels, told, encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 2)
    lines = ["text,image_path,label", *(f"good,{i}.png,{label}" for i, label in enumerate(labels))]
    data.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=told):
        train("reference", data, tmp_path, encoders)
    assert not (tmp_path / "runs" / "state").exists()


@pytest.mark.slow
def test_processes_may_open_the_photos(encoders, tmp_path, monkeypatch):
    data = write_reviews(tmp_path / "data", 40)
    monkeypatch.setattr(review_reference, "WORKERS", 2)
    metrics = train("reference", data, tmp_path, encoders, replace(TOY, epochs=1))
    assert metrics["validation"]["own"]["n"] == 8


@pytest.mark.slow
def test_of_two_labels_the_third_is_never_answered(encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 40)
    data.write_text(data.read_text().replace(",neutral", ",positive"))
    metrics = train("reference-patches", data, tmp_path, encoders, replace(TOY, epochs=2))
    assert list(metrics["validation"]["own"]["per_class"]) == ["negative", "positive"]
    review = mmsent.load("review", tmp_path / "out", "cpu")
    both = review.predict("this is good", tmp_path / "data" / "0.png").sentiment
    assert both.as_dict()["neutral"] == 0
    assert sum(both.probs) == pytest.approx(1)
    assert "never answers “neutral”" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.slow
def test_without_a_photo_it_abstains_and_says_why(encoders, tmp_path):
    data = write_reviews(tmp_path / "data", 20)
    train("reference", data, tmp_path, encoders, replace(TOY, epochs=1))
    review = mmsent.load("review", tmp_path / "out", "cpu")
    alone = review.predict("this is good")
    assert alone.sentiment.unsure
    assert any("without a photo it is not sure" in note for note in alone.notes)
    both = review.predict("this is good", tmp_path / "data" / "0.png")
    assert any("what either says alone is a guess" in note for note in both.notes)
    assert both.attention.tolist() == [[1.0]] * 3
    assert both.image_weight == 1.0
    # what a word does is what reading the text without it changes
    without = review.predict("this is", tmp_path / "data" / "0.png").sentiment
    top = both.sentiment.top
    lost = log_odds(both.sentiment.confidence) - log_odds(without.as_dict()[top])
    assert both.attributions[2] == pytest.approx(lost, abs=1e-3)
