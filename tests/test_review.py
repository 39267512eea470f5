"""The fusion net and the review pipeline, with small random encoders."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import mmsent
from mmsent import CheckpointError, MediaError
from mmsent.models.fusion import CrossModalAttention, ReviewNet
from mmsent.models.image import ImageEncoder
from mmsent.pipelines.encoders import MAX_CHARACTERS, squash
from mmsent.pipelines.review import NO_PHOTO, NO_TEXT, ReviewPipeline, collate
from mmsent.text import OTHER_LANGUAGE
from tests.small_models import MAX_LENGTH, write_review

TEXT = "The strap is  broken,\nvery bad!"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_review(tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def review(folder: Path) -> ReviewPipeline:
    return mmsent.load("review", folder)


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 200, 3), dtype=np.uint8)


def inputs(rows: int = 2, tokens: int = 5, patches: int = 9) -> tuple[torch.Tensor, ...]:
    return (
        torch.randn(rows, tokens, 16),
        torch.ones(rows, tokens, dtype=torch.bool),
        torch.randn(rows, patches, 12),
        torch.ones(rows, patches, dtype=torch.bool),
    )


def test_attention_sums_to_one_with_the_nothing_key() -> None:
    net = CrossModalAttention(16, 12, 8)
    tokens, _, patches, looked = inputs()
    looked[1] = False
    attended, weights = net(tokens, patches, looked)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 5))
    assert weights.shape == (2, 5, 10)
    assert (weights[0, :, :-1] > 0).all()
    torch.testing.assert_close(weights[1, :, -1], torch.ones(5))  # no photo: everything goes to "nothing relevant"
    torch.testing.assert_close(attended[1], torch.zeros(5, 8))


def test_padding_changes_nothing() -> None:
    net = ReviewNet(16, 12, 8).eval()
    tokens, read, patches, looked = inputs(rows=1)
    alone, weights = net(tokens, read, patches, looked)
    longer = torch.cat([tokens, torch.randn(1, 3, 16)], dim=1)
    more = torch.cat([patches, torch.randn(1, 4, 12)], dim=1)
    padded, padded_weights = net(
        longer, torch.tensor([[True] * 5 + [False] * 3]), more, torch.tensor([[True] * 9 + [False] * 4])
    )
    torch.testing.assert_close(alone, padded)
    torch.testing.assert_close(weights[0, :, :9], padded_weights[0, :5, :9])


def test_gradient_reaches_every_parameter() -> None:
    net = ReviewNet(16, 12, 8)
    tokens, read, patches, looked = inputs()
    read[1] = False
    torch.nn.functional.cross_entropy(net(tokens, read, patches, looked)[0], torch.tensor([0, 2])).backward()
    silent = [name for name, parameter in net.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert silent == []


def test_missing_sides_give_an_answer_that_ignores_what_is_masked() -> None:
    net = ReviewNet(16, 12, 8).eval()
    tokens, read, patches, looked = inputs(rows=1)
    nothing = torch.zeros_like(looked)
    torch.testing.assert_close(net(tokens, read, patches, nothing)[0], net(tokens, read, patches * 9, nothing)[0])
    unread = torch.zeros_like(read)
    torch.testing.assert_close(net(tokens, unread, patches, looked)[0], net(tokens * 9, unread, patches, looked)[0])


def test_fusion_learns_to_look_at_the_patch_a_word_names() -> None:
    torch.manual_seed(0)
    net = ReviewNet(16, 12, 16, classes=2, dropout=0.0)
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    places = torch.eye(12)[:4]  # four things a photo may show; the word is the one asked for, its sign the answer

    def batch(rows: int = 64) -> tuple[torch.Tensor, ...]:
        asked = torch.randint(4, (rows,))
        signs = torch.randint(2, (rows, 4))
        patches = places[None] + 0.0
        patches = torch.cat([patches.expand(rows, -1, -1)[..., :8], torch.zeros(rows, 4, 4)], dim=-1)
        patches[..., 8] = 2.0 * signs - 1
        tokens = torch.nn.functional.one_hot(asked, 16).float()[:, None]
        return tokens, patches, signs[torch.arange(rows), asked], asked

    for _ in range(150):
        tokens, patches, answer, _ = batch()
        logits, _ = net(tokens, torch.ones(64, 1, dtype=torch.bool), patches, torch.ones(64, 4, dtype=torch.bool))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, answer).backward()
        optimizer.step()
    tokens, patches, answer, asked = batch(256)
    logits, weights = net(tokens, torch.ones(256, 1, dtype=torch.bool), patches, torch.ones(256, 4, dtype=torch.bool))
    assert (logits.argmax(dim=1) == answer).float().mean() > 0.9
    assert (weights[:, 0].argmax(dim=1) == asked).float().mean() > 0.9


def test_result_has_one_row_a_word(review: ReviewPipeline, photo: np.ndarray) -> None:
    result = review.predict(TEXT, photo)
    assert result.tokens == ("The", "strap", "is", "broken,", "very", "bad!")
    assert [TEXT[start:end] for start, end in result.spans] == list(result.tokens)
    assert result.grid == (3, 3)
    assert result.attention.shape == (6, 9)
    assert result.attention.dtype == np.float32
    assert len(result.pull) == 6
    assert 0 < result.image_weight < 1
    assert sum(result.sentiment.probs) == pytest.approx(1)
    assert set(result.contributions) == {"text", "image"}
    assert result.notes == ()
    json.dumps(result.to_dict())
    assert pickle.loads(pickle.dumps(result)).attention.tolist() == result.attention.tolist()


def test_pull_is_what_leaving_the_word_out_of_the_mean_changes(review: ReviewPipeline) -> None:
    result = review.predict(TEXT)
    reading = review.text([TEXT])[0]
    kept = reading.states[reading.word_of != 3]
    without = torch.from_numpy(review.logits([kept], [None])).softmax(dim=1)[0]
    top = result.sentiment.labels.index(result.sentiment.top)
    expected = torch.logit(torch.tensor(result.sentiment.confidence)) - torch.logit(without[top])
    assert result.pull[3] == pytest.approx(float(expected), abs=1e-4)


def test_text_alone_and_photo_alone(review: ReviewPipeline, photo: np.ndarray) -> None:
    alone = review.predict(TEXT)
    assert (alone.grid, alone.image_weight, alone.notes) == ((0, 0), 0.0, (NO_PHOTO,))
    assert alone.attention.shape == (6, 0)
    assert set(alone.contributions) == {"text"}
    seen = review.predict("  ", photo)
    assert (seen.tokens, seen.pull, seen.notes) == ((), (), (NO_TEXT,))
    assert seen.attention.shape == (1, 9)
    both = review.predict(TEXT, photo)
    assert both.contributions["text"].probs == pytest.approx(alone.sentiment.probs, abs=1e-5)
    assert both.contributions["image"].probs == pytest.approx(seen.sentiment.probs, abs=1e-5)


def test_classify_agrees_with_predict(review: ReviewPipeline, photo: np.ndarray) -> None:
    texts, photos = [TEXT, "", "good", TEXT], [photo, photo, None, None]
    for text, image, scores in zip(texts, photos, review.classify(texts, photos), strict=True):
        assert scores.probs == pytest.approx(review.predict(text, image).sentiment.probs, abs=1e-4)


def test_a_long_text_is_read_to_its_end(review: ReviewPipeline) -> None:
    words = ["good"] * (5 * MAX_LENGTH)
    plain, changed = review.predict(" ".join(words)), review.predict(" ".join([*words[:-1], "broken"]))
    assert len(plain.tokens) == 5 * MAX_LENGTH
    assert plain.sentiment.probs != changed.sentiment.probs
    assert changed.pull[-1] != pytest.approx(plain.pull[-1])


def test_one_word(review: ReviewPipeline) -> None:
    assert len(review.predict("good").pull) == 1


@pytest.mark.parametrize("text", ["👍🏽 ❤️", "<script>alert(1)</script>", "مرحبا بالعالم", "a" * 3000, "\u200b good", "%s {0}"])
def test_any_text_gets_an_answer(review: ReviewPipeline, text: str) -> None:
    result = review.predict(text)
    assert sum(result.sentiment.probs) == pytest.approx(1)
    assert len(result.tokens) == len(text.split())


def test_another_language_is_said(review: ReviewPipeline) -> None:
    assert OTHER_LANGUAGE in review.predict("Das ist leider ein ganz und gar schlechtes Produkt, ich bin enttäuscht.").notes
    assert OTHER_LANGUAGE not in review.predict("This is sadly a very bad product, I am disappointed.").notes


def test_addresses_and_handles_are_read_alike(review: ReviewPipeline) -> None:
    one, other = (review.predict(text) for text in ("@anna good http://a.b/c", "@bob good https://d.e"))
    assert one.sentiment.probs == other.sentiment.probs
    assert one.tokens == ("@anna", "good", "http://a.b/c")


def test_bad_input_is_one_sentence(review: ReviewPipeline) -> None:
    for text, image in (
        ("", None),
        (" \n\t", None),
        ("\u200b", None),
        ("x" * (MAX_CHARACTERS + 1), None),
        ("good", b"nothing"),
    ):
        with pytest.raises(MediaError, match=r"\.$"):
            review.predict(text, image)
        with pytest.raises(MediaError, match=r"\.$"):
            review.classify(["good", text], [None, image])


@pytest.mark.parametrize(("top", "left", "patch"), [(0, 0, 0), (0, 134, 2), (20, 67, 4), (40, 0, 6), (40, 134, 8)])
def test_a_patch_is_its_own_place_in_a_wide_photo(monkeypatch: pytest.MonkeyPatch, top: int, left: int, patch: int) -> None:
    encoder = ImageEncoder({"torchvision": "resnet18", "width": 12}, (0.5,) * 3, (0.25,) * 3)
    encoder.net.fc = torch.nn.Identity()
    monkeypatch.setattr(encoder, "_grid", lambda pixels: torch.nn.functional.avg_pool2d(pixels, 32))  # sees its cell alone
    photo = np.zeros((60, 200, 3), np.uint8)
    photo[top : top + 20, left : left + 66] = 255  # a ninth of the photo
    square = torch.from_numpy(squash(photo, 96).transpose(2, 0, 1).copy())[None]
    assert encoder(square)[0].sum(dim=2).argmax().item() == patch


def test_another_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["encoders"]["text"]["sha256"] = "0" * 64
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "config.json").write_text(json.dumps(config))
    for name in ("text", "image"):
        (tmp_path / name).symlink_to(folder.parent / name)
    with pytest.raises(CheckpointError, match="another encoder"):
        mmsent.load("review", tmp_path / "review")


def test_encoders_are_loaded_once(folder: Path, review: ReviewPipeline) -> None:
    again = mmsent.load("review", folder)
    assert again.text is review.text
    assert again.image is review.image


def test_collate_marks_what_is_missing() -> None:
    tokens, read, patches, looked = collate([np.ones((2, 4)), np.ones((0, 4))], [None, np.ones((9, 3))], 3)
    assert read.tolist() == [[True, True], [False, False]]
    assert looked.any(dim=1).tolist() == [False, True]
    assert tokens.shape == (2, 2, 4)
    assert patches.shape == (2, 9, 3)
