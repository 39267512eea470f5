"""The net of the presets with BERT and CLIP: its attention, its inputs, and the figure of both."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers.models.clip import CLIPImageProcessor

from mmsent.models.reference_review import PlainAttention
from mmsent.text import Windows
from tests.toy_reference import PATCH, SIDE, TOKENS, WORDS, Encoders, bert, clip, write_reviews
from tests.toy_reference import drawn as drawn  # a fixture
from tests.toy_reference import encoders as encoders  # a fixture
from train.common.loop import accelerator
from train.review.csv_data import Review, read_reviews
from train.review.reference import predict
from train.review.reference_data import ReviewDataset, collate
from train.review.reference_net import ReferenceNet
from train.review.reference_plots import draw_attention


def dataset(reviews: list[Review], labels: list[int], encoders: Encoders) -> ReviewDataset:
    rows = list(zip(reviews, labels, strict=True))
    windows = Windows(Path(encoders[0]) / "tokenizer.json", TOKENS)
    return ReviewDataset(rows, windows, TOKENS, 0, SIDE)


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
