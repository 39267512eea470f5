"""Training of the review model, on made-up corpora and small random encoders."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import mmsent
from mmsent import hub
from mmsent.labels import SENTIMENTS, segments
from mmsent.models.fusion import ReviewNet
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from tests.small_models import write_encoders
from tests.toy_corpora import picture, run, sentence
from train.common.batches import ByLength
from train.common.evaluate import bootstrap, calibration_limit
from train.review import __main__ as review
from train.review import calibration
from train.review import export as finish_review
from train.review.data import Encoded, Mixture, encode
from train.text.corpora import TASKS, read_corpora

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def encoders(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    write_encoders(folder, layers=0)  # random layers would drown the word that gives it away
    return folder


def small_plan(monkeypatch) -> None:
    monkeypatch.setattr(
        review, "PLAN", replace(review.PLAN, epochs=8, batch_size=16, learning_rate=0.03, ema=0.8)
    )
    monkeypatch.setattr(review, "WIDTH", 8)
    monkeypatch.setattr(review, "DROPOUT", 0.0)


@pytest.mark.slow
def test_review_learns_from_texts_and_pairs(data, encoders, tmp_path, monkeypatch):
    small_plan(monkeypatch)
    models = ("--text-model", encoders / "text", "--image-model", encoders / "image")
    out = encoders / "review"
    run(review, monkeypatch, "--data", data, "--runs", tmp_path / "runs", "--out", out, *models)
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["reviews"]["accuracy"] > 0.7, "chance is 0.33"
    for view in ("fused", "text_only", "image_only"):
        low, high = metrics["test"]["mvsa"][view]["accuracy_interval"]
        assert low <= metrics["test"]["mvsa"][view]["accuracy"] <= high
    assert metrics["faithfulness"]["n"] == 12
    assert set(hub.read_config(out, "review")["calibration"]) == {"text", "image", "both"}
    assert "text alone" in (out / "README.md").read_text()
    pipeline = mmsent.load("review", out)
    rows = review.read_corpora(data)["reviews"]["test"]
    right = [
        scores.top == SENTIMENTS[label]
        for scores, label in zip(
            pipeline.classify(rows.texts, rows.pictures), rows.labels, strict=True
        )
    ]
    assert np.mean(right) == pytest.approx(metrics["test"]["reviews"]["accuracy"], abs=1e-4)
    assert pipeline.metrics == metrics


@pytest.mark.slow
def test_encoded_rows_are_taken_as_they_are_and_the_fitted_bias_is_used(
    data, encoders, tmp_path, monkeypatch
):
    text, image = TextFeatures(encoders / "text"), ImageFeatures(encoders / "image")
    mvsa = review.read_corpora(data)["mvsa"]
    encoded = {part: encode(mvsa[part], text, image, part) for part in ("val", "test")}
    config = review.config_of(text, image, "toys", review.PLAN, [{"seconds": 1.0}])
    monkeypatch.setattr(finish_review, "encode", None)  # a call would fail
    monkeypatch.setattr(
        calibration, "fit_logit_adjustment", lambda logits, labels: np.array([0.0, 50.0, 0.0])
    )
    net = ReviewNet(text.width, image.width, review.WIDTH, vocabulary=text.vocabulary)
    runs, out = tmp_path / "runs", encoders / "biased"
    metrics = finish_review.export_review(
        net, config, {"mvsa": mvsa}, [], runs, out, (text, image), {"mvsa": encoded}
    )
    assert metrics["test"]["mvsa"]["image_only"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4), (
        "all are called neutral"
    )
    assert metrics["test"]["mvsa"]["fused"]["n"] == metrics["test"]["mvsa"]["n"] == 12
    pipeline = mmsent.load("review", out)
    assert pipeline.predict("", mvsa["test"].pictures[0]).sentiment.top == "neutral"
    assert pipeline.bias("image").tolist() == [0.0, 50.0, 0.0]


def test_rare_labels_are_lifted_as_far_as_it_pays():
    labels = np.array([0] * 45 + [1] * 5 + [2] * 50)
    leaning = np.zeros((100, 3))
    leaning[:, 2] = 0.5
    leaning[labels == 1, 1] = 0.3  # right but for what is common
    leaning[labels == 0, 0] = 1.0
    bias = calibration.fit_logit_adjustment(leaning, labels)
    assert ((leaning + bias).argmax(axis=1) == labels).all()
    assert bias[1] > bias[0] > 0
    sure = np.eye(3)[labels] * 9
    assert not calibration.fit_logit_adjustment(sure, labels).any(), (
        "nothing is gained, so nothing is added"
    )


@pytest.mark.slow
def test_own_reviews_are_read_with_bad_rows_named(encoders, tmp_path, monkeypatch, capsys):
    small_plan(monkeypatch)
    random = np.random.default_rng(1)
    folder = tmp_path / "own"
    folder.mkdir()
    with (folder / "reviews.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "image_path", "label"])
        for i in range(42):
            feeling = SENTIMENTS[i % 3]
            (folder / f"{i}.png").write_bytes(picture(feeling, random))
            writer.writerow([sentence(feeling, random), f"{i}.png" if i % 2 else "", feeling])
        writer.writerow(["the bag", "missing.png", "negative"])
    models = ("--text-model", encoders / "text", "--image-model", encoders / "image")
    run(
        review,
        monkeypatch,
        "--data",
        folder,
        "--runs",
        tmp_path / "runs",
        "--out",
        tmp_path / "review",
        *models,
    )
    assert "reviews.csv, line 44" in capsys.readouterr().out
    metrics = json.loads((tmp_path / "review" / "metrics.json").read_text())
    assert metrics["test"]["own"]["n"] == 4


def test_targets_stand_at_their_tasks(data):
    corpus = read_corpora(data, "train")
    places = segments(TASKS)
    assert len(corpus) == 5 * 60
    assert corpus.targets[:60, places["review"]].sum() == 60
    assert corpus.targets[:60].sum() == 60, "a review is labelled for nothing else"
    shared = corpus.targets[60, places["goemotions"]]
    assert sorted(shared[shared > 0].tolist()) == [0.5, 0.5], "two labels share one row"


def test_batches_by_length_hold_every_row_once_and_little_padding():
    lengths = np.random.default_rng(0).integers(3, 100, 1010).tolist()
    sampler = ByLength(lengths, batch_size=10, seed=0)
    order = list(sampler)
    assert sorted(order) == list(range(1010))
    waste = [
        max(lengths[i] for i in batch) * 10 - sum(lengths[i] for i in batch)
        for batch in np.reshape(order[:1000], (-1, 10))
    ]
    assert sum(waste) < 0.1 * sum(lengths)
    assert order == list(ByLength(lengths, batch_size=10, seed=0)), "the same again after a kill"
    sampler.set_epoch(1)
    assert order != list(sampler)


def test_parts_go_missing_at_random():
    torch.manual_seed(0)
    pair = Encoded([np.ones((3, 4), np.float16)], [np.ones((9, 3), np.float16)], np.array([2]))
    bare = Encoded([np.ones((5, 4), np.float16)], [None], np.array([0]))
    mixture = Mixture([bare, pair])
    seen = [mixture[i] for _ in range(300) for i in range(len(mixture))]
    pairs = [(len(states), patches is not None) for states, patches, label in seen if label == 2]
    assert {(3, True), (3, False), (0, True)} == set(pairs)
    assert any(patches is not None for _, patches, label in seen if label == 0), (
        "a stranger's photo"
    )


def test_intervals_and_limits_hold_what_chance_gives():
    random = np.random.default_rng(0)
    probs = random.dirichlet((1, 1, 1), 400)
    labels = (random.random((400, 1)) > probs.cumsum(axis=1)).sum(axis=1)
    interval = bootstrap(probs, labels, draws=200)
    low, high = interval["accuracy_interval"]
    assert low < interval["accuracy"] < high
    assert 0.05 < high - low < 0.15
    limit = calibration_limit(probs, draws=200)
    assert 0.02 < limit < 0.15
    assert calibration_limit(random.dirichlet((1, 1, 1), 40000), draws=20) < limit / 3
