"""Training of the meme model on made-up memes and small random encoders."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, roc_auc_score

import mmsent
from mmsent.calibrate import fit_label_priors
from mmsent.labels import MEME_ASPECTS, MEMOTION_ASPECTS
from mmsent.ui.meme.about import meme_about_html
from tests.small_models import write_encoders
from tests.toy_corpora import write_corpora
from train.meme import __main__ as meme
from train.meme import harm, memotion, word_heads
from train.meme.card import model_card
from train.meme.data import MISSING, read_memes
from train.meme.floors import macro_f1, permutation_test
from train.meme.harm_scores import auc
from train.meme.learning import masked_loss

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="module")
def file(data) -> Path:
    return data / "meme/memotion7k.parquet"


@pytest.mark.slow
def test_it_learns_chooses_on_validation_and_leaves_a_checkpoint(data, tmp_path, monkeypatch):
    write_encoders(tmp_path, layers=0)
    monkeypatch.setattr(
        memotion,
        "PLAN",
        replace(memotion.PLAN, epochs=6, batch_size=16, learning_rate=0.01, ema=0.8),
    )
    monkeypatch.setattr(memotion, "SEEDS", 2)
    monkeypatch.setattr(memotion, "FOLDS", 2)
    monkeypatch.setattr(harm, "SCALES", {"text": 1.0, "image": 1.0, "parts": 4.0})
    monkeypatch.setitem(word_heads.OWN, "sentiment", 1.0)
    models = ["--text-model", str(tmp_path / "text"), "--image-model", str(tmp_path / "image")]
    out = tmp_path / "meme"
    arguments = [
        "--data",
        str(data),
        "--runs",
        str(tmp_path / "runs"),
        "--out",
        str(out),
        "--epochs",
        "6",
        *models,
    ]
    monkeypatch.setattr(sys, "argv", ["train.meme", *arguments])
    meme.main()
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["test"]) == set(MEME_ASPECTS)
    sentiment = metrics["test"]["sentiment"]
    assert sentiment["n"] == 12
    assert sentiment["views"]["fused"]["mean"] > 0.7, "chance is 0.33"
    assert sentiment["p_value"] < 0.05
    assert len(sentiment["views"]["text_only"]["each"]) == 2
    assert metrics["test"]["humour"]["n"] == 11, "one row of twelve has no label"
    harmful = metrics["test"]["harmful"]
    assert harmful["accuracy"] > 0.9, "the word or the colour gives it away"
    for view in harmful["views"].values():
        assert view["auc"]["mean"] > 0.9
    assert harmful["familiarity"]["n_other"] == 12
    assert set(metrics["words"]) == {"sentiment"}, "the encoder was tuned on nothing else"
    assert metrics["words"]["sentiment"]["accuracy"] > 0.7, "the encoder's own head is random"
    assert json.loads((out / "config.json").read_text())["words"]["sentiment"]["own"]
    card = (out / "README.md").read_text()
    guessed = {aspect: metrics["test"][aspect]["p_value"] >= 0.05 for aspect in MEMOTION_ASPECTS}
    assert not guessed["sentiment"]
    assert said_to_be_guessed(card) == guessed
    config = json.loads((out / "config.json").read_text())
    values = dict(zip(MEMOTION_ASPECTS, (0.0499, 0.05, 0.0001, 1.0, 0.02), strict=True))
    for aspect, p_value in values.items():
        metrics["test"][aspect]["p_value"] = p_value
    assert list(said_to_be_guessed(model_card(config, metrics)).values()) == [
        False,
        True,
        False,
        True,
        False,
    ]
    below = "Right no more often on the test rows than always giving the most frequent label"
    assert below not in card or "harmful" not in card.split(below)[1].split("\n")[0]
    metrics["test"]["harmful"]["accuracy"] = metrics["test"]["harmful"]["floor_accuracy"]
    told = model_card(config, metrics).split(below)[1].split("\n")[0]
    assert "harmful" in told
    assert "without near-twins" in card
    del metrics["test"]["harmful"]["without_twins"]  # as where each test row has a twin
    assert "without near-twins" not in model_card(config, metrics)
    assert "near-twins" not in meme_about_html(metrics)
    assert "near-twins" in meme_about_html(json.loads((out / "metrics.json").read_text()))
    again = tmp_path / "again/meme"
    again.parent.mkdir()
    kept = [*arguments, "--out", str(again), "--keep", str(out)]
    for encoder in ("text", "image"):
        (again.parent / encoder).symlink_to(tmp_path / encoder)
    monkeypatch.setattr(sys, "argv", ["train.meme", *kept])
    meme.main()
    assert (again / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()
    assert json.loads((again / "metrics.json").read_text()) == json.loads(
        (out / "metrics.json").read_text()
    )
    pipeline = mmsent.load("meme", out)
    assert pipeline.metrics == json.loads((out / "metrics.json").read_text())
    assert (
        pipeline.predict(np.full((40, 60, 3), (220, 50, 50), np.uint8), "so bad").sentiment.top
        == "negative"
    )


def said_to_be_guessed(card: str) -> dict[str, bool]:
    """Of each aspect whether its row in the model card says that it is not above guessing."""
    rows = [line for line in card.splitlines() if line.startswith("|")]
    return {
        aspect: any(
            row.split("|")[1].strip() == aspect and "(not above guessing)" in row for row in rows
        )
        for aspect in MEMOTION_ASPECTS
    }


def test_labels_and_captions_are_read(file):
    memes = read_memes(file, "val")
    assert memes.labels.shape == (12, 5)
    assert memes.labels[9].tolist() == [0, MISSING, MISSING, MISSING, MISSING]
    assert memes.labels[1].tolist() == [1, 1, 1, 1, 1]
    assert all(caption == caption.lower() for caption in memes.captions)


def test_missing_labels_teach_nothing():
    logits = torch.randn(3, 17, requires_grad=True)
    labels = torch.tensor([[0, 1, 2, 3, 1], [MISSING] * 5, [2, MISSING, 0, 1, 0]])
    masked_loss(logits, labels, MEMOTION_ASPECTS).backward()
    assert not logits.grad[1].any()
    assert not logits.grad[2, memotion.PLACES["humour"]].any()
    assert logits.grad[2, memotion.PLACES["sarcasm"]].any()


def test_labels_are_answered_as_often_as_they_occur():
    random = np.random.default_rng(0)
    logits = np.log([0.7, 0.2, 0.08, 0.02]) + 0.01 * random.normal(size=(2000, 4))
    assert (logits.argmax(axis=1) == 0).all(), (
        "a net that hardly knows anything names the commonest label alone"
    )
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    bias = fit_label_priors(logits, shares)
    answered = np.bincount((logits + bias).argmax(axis=1), minlength=4) / 2000
    assert answered == pytest.approx(shares, abs=0.02)


def test_permutation_test_tells_skill_from_luck():
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 400)
    skilled = np.where(random.random(400) < 0.3, labels, random.integers(0, 4, 400))
    assert permutation_test(skilled, labels, 4) < 0.01
    assert permutation_test(random.integers(0, 4, 400), labels, 4) > 0.05


def test_scores_that_are_worked_out_here_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    labels, guess = random.integers(0, 2, 200), random.integers(0, 2, 200)
    scores = random.random(200).round(1) + 0.3 * labels  # with ties
    assert macro_f1(guess, labels, 2) == pytest.approx(f1_score(labels, guess, average="macro"))
    assert macro_f1(guess, labels, 3) == pytest.approx(
        f1_score(labels, guess, labels=range(3), average="macro", zero_division=0)
    )
    assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))
