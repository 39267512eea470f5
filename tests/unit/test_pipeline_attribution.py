"""What the review and meme pipelines say that each word did is what leaving it out changes."""

import numpy as np
import pytest
from scipy.special import logit

import mmsent
from mmsent.attribution import TOKEN_BUDGET
from mmsent.labels import MEME_ASPECTS
from mmsent.pipelines import meme_reasons
from mmsent.pipelines.encoders import Tokens
from mmsent.pipelines.meme import MemePipeline
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.review_reasons import rereading
from tests.small_models import MAX_LENGTH, write_meme, write_review


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewPipeline:
    return mmsent.load("review", write_review(tmp_path_factory.mktemp("review")))


@pytest.fixture(scope="module")
def meme(tmp_path_factory: pytest.TempPathFactory) -> MemePipeline:
    return mmsent.load("meme", write_meme(tmp_path_factory.mktemp("meme")))


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 200, 3), dtype=np.uint8)


def test_an_attribution_is_what_reading_without_the_word_changes(review, photo):
    words = ["The", "strap", "is", "broken,", "very", "bad!"]
    for image in (None, photo):
        result = review.predict(" ".join(words), image)
        top = result.sentiment.labels.index(result.sentiment.top)

        def without(*gone, image=image, top=top):
            rest = " ".join(word for i, word in enumerate(words) if i not in gone)
            return logit(review.predict(rest, image, reasons=False).sentiment.probs[top])

        alone = [without() - without(i) for i in range(len(words))]
        more = [i for i, own in enumerate(alone) if result.attributions[i] > own + 1e-4]
        assert result.attributions == pytest.approx(
            [result.attributions[i] if i in more else own for i, own in enumerate(alone)], abs=1e-4
        )
        # three at most do more once others are gone
        pairs = [(i, j) for i in more for j in range(len(words)) if i != j]
        triples = [(i, j, k) for i, j in pairs for k in range(len(words)) if k not in (i, j)]
        once_gone = {(i, *rest): without(*rest) - without(i, *rest) for i, *rest in pairs + triples}
        for i in more:
            assert any(
                result.attributions[i] == pytest.approx(value, abs=1e-4)
                for (word, *_), value in once_gone.items()
                if word == i
            )
        assert len(more) <= 3
        assert any(abs(value) > 1e-3 for value in result.attributions)
        assert result.pull == result.attributions


@pytest.mark.slow
def test_of_a_meme_too(meme, photo):
    words = ["the", "strap", "is", "broken", "and", "this", "bag", "bad"]
    result = meme.predict(photo, " ".join(words))
    alone = {aspect: [] for aspect in result.aspects}
    for i in range(len(words)):
        without = meme.predict(photo, " ".join(words[:i] + words[i + 1 :])).aspects
        for aspect, scores in result.aspects.items():
            rest = without[aspect].probs[scores.labels.index(scores.top)]
            alone[aspect].append(logit(scores.confidence) - logit(rest))
    for aspect, values in alone.items():
        found = result.attributions[aspect]
        same = [
            value == pytest.approx(own, abs=1e-4) for value, own in zip(found, values, strict=True)
        ]
        assert sum(same) >= len(words) - 3
        assert all(value >= own - 1e-4 for value, own in zip(found, values, strict=True))
    assert result.word_pull == result.attributions


def test_order_of_rows_and_padding_do_not_matter(review):
    (reading,) = review.text(["the strap is broken and this bag is bad"])
    reread = rereading(review, reading, None, "text", "negative")
    random = np.random.default_rng(0)
    kept = random.random((40, len(reading.words))) < 0.6
    kept[3] = False
    together, order = reread(kept), random.permutation(len(kept))
    assert reread(kept[order]) == pytest.approx(together[order], abs=1e-4)
    one_by_one = np.concatenate([reread(row[None]) for row in kept])
    assert one_by_one == pytest.approx(together, abs=1e-4)


def test_parts_of_words_go_with_their_word_wherever_windows_end(meme, photo):
    words = ["abcdefghijk", "bag", "cdefghijkab"] * 4
    (reading,) = meme.text([" ".join(words)])
    starts = [meme.text.pieces[window.ids[1]] for window in meme.text.windows(reading.words)]
    assert any(piece.startswith("##") for piece in starts), "no word is cut"
    tops = {"harmful": "harmful"}
    reread = meme_reasons.rereading(meme.text, meme.nets, reading, meme.see(photo), tops)
    kept = np.random.default_rng(0).random((20, len(words))) < 0.7
    kept[0] = True
    together = reread(kept)
    one_by_one = np.concatenate([reread(row[None]) for row in kept])
    assert one_by_one == pytest.approx(together, abs=1e-4)
    (scores,) = meme.classify([photo], [" ".join(words)])
    assert together[0, 0] == pytest.approx(logit(scores["harmful"].probs[1]), abs=1e-4)
    for row in kept:
        left = meme.nets.spell(reading.ids[row[reading.word_of]]).sum(axis=0)
        assert row @ reread._spelled == pytest.approx(left, abs=1e-4)


def test_shares_of_a_review_sum_to_the_verdict_less_that_of_nothing(review, photo):
    for written, image, sides in (
        ("good bag", photo, {"text", "image"}),
        ("good bag", None, {"text"}),
        ("", photo, {"image"}),
    ):
        result = review.predict(written, image)
        mode = "both" if len(sides) == 2 else sides.copy().pop()
        (empty,) = review.text([""])
        nothing = review.probabilities(review.logits([empty.tokens], [None]), mode)[0]
        top = result.sentiment.labels.index(result.sentiment.top)
        assert set(result.shares) == sides
        assert sum(result.shares.values()) == pytest.approx(
            logit(result.sentiment.confidence) - logit(nothing[top]), abs=1e-4
        )


def test_shares_of_a_meme(meme, photo):
    result = meme.predict(photo, "good bag")
    assert set(result.shares) == set(MEME_ASPECTS)
    no_tokens = Tokens(np.zeros((1, 16), np.float32), np.zeros(1, np.int64))
    no_text = np.zeros_like(meme.nets.token_rows(no_tokens))
    nothing = meme.nets.probs(no_text, 0, np.zeros((2, 1, meme.image.width), np.float32), False)
    for aspect, scores in result.aspects.items():
        top = scores.labels.index(scores.top)
        assert sum(result.shares[aspect].values()) == pytest.approx(
            logit(scores.confidence) - logit(nothing[aspect][0, top]), abs=1e-4
        )


@pytest.mark.parametrize("written", ["good", "😀 😂", "good \u200b", "", "bad " * 100])
def test_any_text_has_one_attribution_a_word(review, photo, written):
    result = review.predict(written, photo)
    assert len(result.attributions) == len(result.tokens)
    assert np.isfinite(result.attributions).all()


def test_the_only_word_is_compared_with_no_text(review, photo):
    for written in ("good", "good \u200b", "\u200b good"):
        result, unread = review.predict(written, photo), review.predict("", photo)
        top = result.sentiment.labels.index(result.sentiment.top)
        found = dict(zip(result.tokens, result.attributions, strict=True))
        expected = logit(result.sentiment.confidence) - logit(unread.sentiment.probs[top])
        assert found.pop("good") == pytest.approx(expected, abs=1e-4)
        assert list(found.values()) == pytest.approx([0.0] * len(found), abs=1e-4)


def test_of_a_long_text_the_budget_is_kept_and_what_it_left_out_is_said(review, monkeypatch):
    read = 0
    run = review.text._run

    def count(batch):
        nonlocal read
        read += batch.size
        return run(batch)

    written = " ".join(["bad", "so"] * 2500)
    plain = review.predict(written, reasons=False)
    assert (plain.attributions, plain.phrases) == ((), ())
    monkeypatch.setattr(review.text, "_run", count)
    review.predict(written, reasons=False)
    base, read = read, 0
    result = review.predict(written)
    assert base < read <= base + TOKEN_BUDGET * 1.1, "padding apart"
    assert len(result.attributions) == len(result.tokens) == 5000
    assert "were left out one by one" in result.notes[-1]
    assert result.sentiment == plain.sentiment


def test_a_word_in_a_later_window_is_left_out_there(review):
    words = ["good"] * (3 * MAX_LENGTH)
    words[-1] = "broken"
    result = review.predict(" ".join(words))
    assert result.attributions[-1] != pytest.approx(result.attributions[-2])
