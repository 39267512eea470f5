"""Attribution by leaving out: exact where the truth is known, and steady under what must not
matter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmsent.attribution import MAX_PHRASE_WORDS, TOKEN_BUDGET, attribute, shapley
from mmsent.pipelines import text_encoder
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.rereading import budget
from mmsent.results import Phrase
from tests.small_models import write_review


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
