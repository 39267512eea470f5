"""Attribution by leaving out: exact where the truth is known, and steady under what must not
matter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

import mmsent
from mmsent.attribution import MAX_PHRASE_WORDS, TOKEN_BUDGET, attribute, shapley
from mmsent.labels import MEME_ASPECTS
from mmsent.pipelines import text_encoder
from mmsent.pipelines.encoders import TextFeatures, Tokens
from mmsent.pipelines.meme import MemePipeline
from mmsent.pipelines.rereading import budget
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.review_reasons import rereading
from mmsent.results import Phrase
from tests.small_models import MAX_LENGTH, write_meme, write_review


class Toy:
    """Log-odds that are the sum of the words' ``effects`` (W, K), and of ``joint`` {(i, j): (K,)}
    where both words are there; each word costs one token."""

    def __init__(self, effects, joint=None):
        self.effects, self.joint, self.read = np.asarray(effects, float), joint or {}, 0

    def __call__(self, kept):
        self.read += int(kept[(~kept).any(axis=1)].sum())
        both = {pair: kept[:, pair[0]] & kept[:, pair[1]] for pair in self.joint}
        return kept @ self.effects + sum(
            both[pair][:, None] * np.asarray(of, float)[None] for pair, of in self.joint.items()
        )

    def cost(self, words):
        return len(self.effects) - len(words)


def text(count: int, sentence: int = 7) -> list[str]:
    return [f"w{i}." if i % sentence == sentence - 1 else f"w{i}" for i in range(count)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=40))
def test_of_an_additive_net_they_are_exact(effects):
    found = attribute(text(len(effects)), Toy(effects))
    assert found.words == pytest.approx(np.array(effects), abs=1e-9)
    assert found.alone.all()
    assert found.phrases == ((), ())
    assert found.notes == ()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 600), st.integers(0, 20_000), st.integers(1, 60), st.integers(0, 99))
def test_within_any_budget_the_parts_of_an_additive_net_sum_up(count, budget, sentence, seed):
    effects = np.random.default_rng(seed).normal(size=(count, 2))
    toy = Toy(effects)
    found = attribute(text(count, sentence), toy, budget)
    assert toy.read <= budget
    assert found.words[found.alone] == pytest.approx(effects[found.alone], abs=1e-9)
    if found.words.any():
        assert found.words.sum(axis=0) == pytest.approx(effects.sum(axis=0), abs=1e-6)


def test_of_a_long_text_the_sentence_that_matters_is_read_word_by_word():
    effects = np.zeros((2000, 1))
    effects[1234] = 3.0
    found = attribute(text(2000), Toy(effects), budget=80 * 2000)
    assert found.alone[1234]
    assert found.words[1234] == pytest.approx(3.0)
    assert found.alone.sum() < 80
    (note,) = found.notes
    assert f"{found.alone.sum()} of its 2,000 words" in note


def test_words_that_say_the_same_count_as_if_the_other_were_gone():
    """Log-odds 3a + 2.9b - 2.8ab: each does little as long as the other is there."""
    toy = Toy([[0.5], [3.0], [0.0], [0.0], [2.9]], {(1, 4): [-2.8]})
    assert attribute(text(5), toy).words[:, 0] == pytest.approx([0.5, 3.0, 0.0, 0.0, 2.9])


def test_two_verdicts_have_each_their_own_words_that_say_the_same():
    toy = Toy([[2.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 1.0]], {(0, 1): [-1.9, 0.0]})
    toy.joint[2, 3] = [0.0, -0.9]
    found = attribute(text(4), toy).words
    assert found == pytest.approx(np.array([[2.0, 0], [2.0, 0], [0, 1.0], [0, 1.0]]))


def test_neighbours_that_are_more_than_their_sum_are_a_phrase():
    toy = Toy([[0.0], [0.1], [0.2], [0.0], [1.0]], {(1, 2): [2.0]})
    found = attribute(text(5), toy)
    assert found.words[:, 0] == pytest.approx([0.0, 2.1, 2.2, 0.0, 1.0])
    assert found.phrases == ((Phrase(1, 3, pytest.approx(2.3)),),)


def test_overlapping_pairs_are_one_phrase_of_some_words_at_most():
    pairs = {(i, i + 1): [2.0] for i in range(8)}
    (phrases,) = attribute(text(9), Toy(np.zeros((9, 1)), pairs)).phrases
    assert all(phrase.end - phrase.start <= MAX_PHRASE_WORDS for phrase in phrases)
    assert all(a.end <= b.start for a, b in pairwise(phrases))
    assert phrases[0] == Phrase(0, 4, pytest.approx(8.0))


def test_shares_sum_to_the_verdict_less_that_of_nothing():
    worth = {(): -1.0, "t": 2.0, "a": 0.0, "f": -3.0, "ta": 2.5, "tf": 1.0, "af": 0.5, "taf": 4.0}
    worth = {frozenset(sides): value for sides, value in worth.items()}
    shares = shapley(worth, ("t", "a", "f"))
    assert sum(shares.values()) == pytest.approx(5.0)
    additive = {
        frozenset(some): 1.0 + sum({"a": 2.0, "b": -0.5}[side] for side in some)
        for some in ("", "a", "b", "ab")
    }
    assert shapley(additive, ("a", "b")) == pytest.approx({"a": 2.0, "b": -0.5})


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
    nothing = meme.nets.probs(no_text, False, np.zeros((2, 1, 12), np.float32), False)
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


@pytest.mark.parametrize(("passes", "expected"), [((0.9, 0.192, 0.5), 3000), ((1e-4,) * 3, None)])
def test_a_pass_that_was_timed_says_how_much_may_be_read(tmp_path, monkeypatch, passes, expected):
    """In seconds of both cores: the fastest pass of 4 windows of MAX_LENGTH tokens takes a millisecond a token."""
    write_review(tmp_path)
    encoder = TextFeatures(tmp_path / "text", "cpu")
    ticks = iter(np.cumsum([part for taken in passes for part in (0.0, taken)]).tolist())
    monkeypatch.setattr(text_encoder.time, "process_time", lambda: next(ticks))
    assert budget(encoder, "cpu") == pytest.approx(expected or TOKEN_BUDGET, abs=1)
    assert budget(encoder, "cpu") > 0, "it is timed once"
    assert budget(encoder, "cuda") == TOKEN_BUDGET


@pytest.mark.parametrize("count", [2, 3])
def test_what_an_empty_text_is_worth_is_nobodys_doing(count):
    """As of a net that has an answer of its own for no text at all."""

    class Emptied(Toy):
        def __call__(self, kept):
            return super().__call__(kept) - 4.0 * ~kept.any(axis=1)[:, None]

    effects = np.array([[0.5], [0.3], [0.1]])[:count]
    found = attribute(text(count), Emptied(effects))
    assert found.words == pytest.approx(effects, abs=1e-9)
