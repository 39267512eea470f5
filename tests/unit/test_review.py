"""The review pipeline, with small random encoders."""

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import logit, softmax

import mmsent
from mmsent import CheckpointError, MediaError
from mmsent.labels import SENTIMENTS
from mmsent.media import ANIMATED
from mmsent.models.image import ImageEncoder
from mmsent.pipelines.encoders import MAX_CHARACTERS, squash
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.review_notes import NO_PHOTO, NO_TEXT
from mmsent.pipelines.review_reasons import is_conflict
from mmsent.results import Scores
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


def test_result_has_one_row_a_word(review: ReviewPipeline, photo: np.ndarray) -> None:
    result = review.predict(TEXT, photo)
    assert result.tokens == ("The", "strap", "is", "broken,", "very", "bad!")
    assert [TEXT[start:end] for start, end in result.spans] == list(result.tokens)
    assert result.grid == (3, 3)
    assert result.attention.shape == (6, 9)
    assert result.attention.dtype == np.float32
    assert len(result.attributions) == 6
    assert 0 < result.image_weight < 1
    assert sum(result.sentiment.probs) == pytest.approx(1)
    assert set(result.contributions) == {"text", "image"}
    assert result.notes == ()
    json.dumps(result.to_dict())
    assert pickle.loads(pickle.dumps(result)).attention.tolist() == result.attention.tolist()


def test_a_text_of_words_nobody_knows_is_never_sure(review: ReviewPipeline) -> None:
    text = "bag ꙮꙮ ⸎⸎"
    result = review.predict(text)
    assert result.sentiment.unsure
    assert any("does not know 2 of the 3" in note for note in result.notes)
    assert review.classify([text], [None])[0].unsure


def test_a_bias_of_the_mode_is_added_before_all_else(
    review: ReviewPipeline, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, with_photo = review.predict(TEXT), review.predict(TEXT, photo)
    monkeypatch.setitem(
        review._calibration,
        "text",
        {"temperature": 2.0, "threshold": 0.34, "bias": [0.0, 9.0, 1.0]},
    )
    after = review.predict(TEXT)
    expected = np.log(before.sentiment.probs) + np.array([0.0, 9.0, 1.0])
    assert after.sentiment.probs == pytest.approx(softmax(expected / 2), abs=1e-4)
    assert after.sentiment.top == "neutral"
    same = []
    for i, value in enumerate(after.attributions):
        rest = " ".join(word for j, word in enumerate(after.tokens) if i != j)
        logits = review.logits([review.text([rest])[0].tokens], [None])[0]
        without = softmax((logits + np.array([0.0, 9.0, 1.0])) / 2)[1]
        same.append(
            value == pytest.approx(logit(after.sentiment.confidence) - logit(without), abs=1e-4)
        )
    assert sum(same) >= len(same) - 3, "three may do more once others are gone"
    assert review.predict(TEXT, photo).sentiment == with_photo.sentiment


def test_text_alone_and_photo_alone(review: ReviewPipeline, photo: np.ndarray) -> None:
    alone = review.predict(TEXT)
    assert (alone.grid, alone.image_weight, alone.notes) == ((0, 0), 0.0, (NO_PHOTO,))
    assert alone.attention.shape == (6, 0)
    assert set(alone.contributions) == {"text"}
    seen = review.predict("  ", photo)
    assert (seen.tokens, seen.attributions, seen.notes) == ((), (), (NO_TEXT,))
    assert seen.attention.shape == (1, 9)
    both = review.predict(TEXT, photo)
    assert both.contributions["text"].probs == pytest.approx(alone.sentiment.probs, abs=1e-5)
    assert both.contributions["image"].probs == pytest.approx(seen.sentiment.probs, abs=1e-5)


def test_only_sides_that_are_sure_and_opposite_conflict() -> None:
    def side(top: str, unsure: bool = False) -> Scores:
        return Scores(SENTIMENTS, tuple(0.8 if name == top else 0.1 for name in SENTIMENTS), unsure)

    assert is_conflict({"text": side("negative"), "image": side("positive")})
    assert not is_conflict({"text": side("negative"), "image": side("positive", unsure=True)})
    assert not is_conflict({"text": side("negative", unsure=True), "image": side("positive")})
    assert not is_conflict({"text": side("negative"), "image": side("neutral")})
    assert not is_conflict({"text": side("negative"), "image": side("negative")})
    assert not is_conflict({"text": side("negative")})


def test_classify_agrees_with_predict(review: ReviewPipeline, photo: np.ndarray) -> None:
    texts, photos = [TEXT, "", "good", TEXT], [photo, photo, None, None]
    for text, image, scores in zip(texts, photos, review.classify(texts, photos), strict=True):
        assert scores.probs == pytest.approx(review.predict(text, image).sentiment.probs, abs=1e-4)


def test_none_is_no_text(review: ReviewPipeline, photo: np.ndarray) -> None:
    seen = review.predict(None, photo)
    assert (seen.text, seen.notes) == ("", (NO_TEXT,))
    assert review.classify([None], [photo])[0].probs == pytest.approx(
        seen.sentiment.probs, abs=1e-4
    )
    with pytest.raises(MediaError, match="nothing to read"):
        review.predict(None, None)


def test_half_an_emoji_is_read_as_an_unknown_sign(review: ReviewPipeline) -> None:
    result = review.predict("good \ud83d bad")
    assert (result.text, len(result.tokens)) == ("good \ufffd bad", 3)
    assert review.classify(["good \ud83d bad"], [None])[0].probs == pytest.approx(
        result.sentiment.probs, abs=1e-4
    )


def test_a_photo_for_each_text(review: ReviewPipeline) -> None:
    for texts, images in ((["good", "bad"], [None]), (["good"], [None, None])):
        with pytest.raises(ValueError, match="an image, or None, for each text"):
            review.classify(texts, images)


def test_a_moving_photo_is_told(review: ReviewPipeline) -> None:
    still, file = Image.new("RGB", (40, 30), "red"), io.BytesIO()
    still.save(file, "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30), "blue")])
    assert review.predict("good", file.getvalue()).notes == (ANIMATED,)
    assert review.predict("", file.getvalue()).notes == (ANIMATED, NO_TEXT)
    assert review.predict("good", still).notes == ()


def test_a_long_text_is_read_to_its_end(review: ReviewPipeline) -> None:
    words = ["good"] * (5 * MAX_LENGTH)
    plain, changed = (
        review.predict(" ".join(words)),
        review.predict(" ".join([*words[:-1], "broken"])),
    )
    assert len(plain.tokens) == 5 * MAX_LENGTH
    assert plain.sentiment.probs != changed.sentiment.probs


def test_one_word(review: ReviewPipeline) -> None:
    assert len(review.predict("good").attributions) == 1


@pytest.mark.parametrize(
    "text",
    ["👍🏽 ❤️", "<script>alert(1)</script>", "مرحبا بالعالم", "a" * 3000, "\u200b good", "%s {0}"],
)
def test_any_text_gets_an_answer(review: ReviewPipeline, text: str) -> None:
    result = review.predict(text)
    assert sum(result.sentiment.probs) == pytest.approx(1)
    assert len(result.tokens) == len(text.split())


def test_another_language_is_said(review: ReviewPipeline) -> None:
    assert (
        OTHER_LANGUAGE
        in review.predict(
            "Das ist leider ein ganz und gar schlechtes Produkt, ich bin enttäuscht."
        ).notes
    )
    assert (
        OTHER_LANGUAGE
        not in review.predict("This is sadly a very bad product, I am disappointed.").notes
    )


def test_addresses_and_handles_are_read_alike(review: ReviewPipeline) -> None:
    one, other = (
        review.predict(text) for text in ("@anna good http://a.b/c", "@bob good https://d.e")
    )
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


@pytest.mark.parametrize(
    ("top", "left", "patch"), [(0, 0, 0), (0, 134, 2), (20, 67, 4), (40, 0, 6), (40, 134, 8)]
)
def test_a_patch_is_its_own_place_in_a_wide_photo(
    monkeypatch: pytest.MonkeyPatch, top: int, left: int, patch: int
) -> None:
    encoder = ImageEncoder({"torchvision": "resnet18", "width": 12}, (0.5,) * 3, (0.25,) * 3)
    encoder.net.fc = torch.nn.Identity()
    # sees its cell alone
    monkeypatch.setattr(encoder, "_grid", lambda pixels: torch.nn.functional.avg_pool2d(pixels, 32))
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
