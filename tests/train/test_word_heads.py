"""Heads of the words that are learnt anew for captions."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from train.meme import words
from train.meme.word_heads import Rows, fit_head, joined, unseen_logits

WIDTH = 8


def rows(count: int, seed: int, labels: int = 2) -> Rows:
    """Sentences whose feature of the label's number, in units far from 1, tells the label."""
    random = np.random.default_rng(seed)
    truth = random.integers(labels, size=count)
    sentences = random.normal(size=(count, WIDTH))
    sentences[np.arange(count), truth] += 3
    return (sentences * 0.01 + 5).astype(np.float32), truth


def right(weight: np.ndarray, bias: np.ndarray, known: Rows) -> float:
    return float(((known[0] @ weight.T + bias).argmax(axis=1) == known[1]).mean())


@pytest.mark.parametrize("labels", [2, 3])
def test_a_head_learns_on_any_scale_and_survives_half_precision(labels: int) -> None:
    weight, bias = fit_head(rows(300, 0, labels), 1.0)
    assert (weight.shape, bias.shape) == ((labels, WIDTH), (labels,))
    for part in (weight, bias):
        assert (part == part.astype(np.float16)).all()
    assert right(weight, bias, rows(300, 1, labels)) > 0.85


def test_a_validation_row_is_answered_by_a_head_that_has_not_seen_it() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(size=(60, 200)).astype(np.float32), np.arange(60) % 2
    training = random.normal(size=(60, 200)).astype(np.float32), np.arange(60) % 2
    weight, bias = fit_head(joined(training, noise), 100.0)
    assert right(weight, bias, noise) == 1, "it has learnt them by heart"
    logits = unseen_logits(training, noise, 100.0)
    assert (logits.argmax(axis=1) == noise[1]).mean() < 0.75


def test_a_head_is_told_in_the_labels_it_learns_in_their_order(monkeypatch) -> None:
    monkeypatch.setattr(words, "_read", lambda *_: rows(20, 0))
    monkeypatch.setattr(words, "_rated", lambda sentences, truth, *_: (sentences, truth))
    turned = {"ironic": ("irony",), "not_ironic": ("non_irony",)}
    monkeypatch.setattr(words, "WORDS", {"irony": ("irony", turned)})
    text = SimpleNamespace(labels={"irony": ["non_irony", "irony"]})
    with pytest.raises(ValueError, match="one by one"):
        words.calibrate_words(Path(), text, Path())
