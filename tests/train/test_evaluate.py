"""Scores against values worked out by hand, figures as files, and a model card that says what the
metrics say."""

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from mmsent.labels import FACE_EMOTIONS
from train.common import plots
from train.common.evaluate import evaluate
from train.face.card import model_card
from train.face.data import Fer
from train.face.evaluate import evaluate_fer, ferplus_majority

NAMES = ("a", "b", "c")
PROBS = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.5, 0.4]])
LABELS = np.array([0, 1, 1, 2])  # rows 0 and 2 are right


def test_scores_match_hand_computed_values():
    scores = evaluate(PROBS, LABELS, NAMES, threshold=0.65)
    assert scores["n"] == 4
    assert scores["accuracy"] == 0.5
    # a: precision 1/2, recall 1 -> F1 2/3; b: precision 1/2, recall 1/2 -> 1/2; c: 0
    assert scores["macro_f1"] == round((2 / 3 + 1 / 2 + 0) / 3, 4)
    assert scores["per_class"]["b"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 2}
    assert (scores["floor_accuracy"], scores["floor_label"]) == (0.5, "b")
    # each row has a bin of its own: gaps .2, .6, .3, .5
    assert scores["ece"] == pytest.approx((0.2 + 0.6 + 0.3 + 0.5) / 4, abs=1e-4)
    assert scores["selective"] == {"threshold": 0.65, "coverage": 0.5, "risk": 0.0, "n": 2}


def test_nothing_to_evaluate_is_said():
    with pytest.raises(ValueError, match="no rows"):
        evaluate(PROBS[:0], LABELS[:0], NAMES, 0)


def fer(labels: list[int] | None, votes: list[list[float]], twins: list[int]) -> Fer:
    return Fer(
        torch.zeros(len(twins), 1, 48, 48, dtype=torch.uint8),
        None if labels is None else torch.tensor(labels),
        torch.tensor(votes),
        torch.tensor(twins),
    )


def test_twins_and_majority_votes():
    votes = [[0.6, 0.4, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [0.1, 0.7, 0.2]]
    part = fer([0, 1, 1, 2], votes, [10, 11, 12, 13])
    seen = fer([0, 1], [[0.0] * 3] * 2, [11, 99])
    majority, agreed = ferplus_majority(part)
    # a tie and an excluded row have no majority
    assert agreed.tolist() == [True, False, False, True]
    assert majority[agreed].tolist() == [0, 1]
    scores = evaluate_fer(PROBS, part, seen, NAMES, 0)
    # rows 0, 2, 3 are left, one of each label; a: F1 1, b: precision 1/2, recall 1 -> 2/3, c: 0
    without_twins = {
        "n": 3,
        "accuracy": round(2 / 3, 4),
        "floor_accuracy": round(1 / 3, 4),
        "macro_f1": round(5 / 9, 4),
    }
    assert scores["without_twins"] == without_twins
    assert scores["ferplus_majority"] == {
        "n": 2,
        "accuracy": 1.0,
        "floor_accuracy": 0.5,
        "macro_f1": round(2 / 3, 4),
    }
    with pytest.raises(ValueError, match="predicted, not evaluated"):
        evaluate_fer(PROBS, fer(None, votes, [1, 2, 3, 4]), seen, NAMES, 0)


@pytest.mark.slow
def test_plots_are_small_readable_files(tmp_path):
    random = np.random.default_rng(0)
    probs, labels = random.dirichlet(np.ones(7), 60), random.integers(0, 7, 60)
    pixels = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (60, 48, 1))
    history = [{"loss": 2.0, "lr": 0.1, "val_loss": 1.9, "val_accuracy": 0.2}] * 3
    figures = {
        "class_distribution": plots.class_distribution(
            {"Training": labels, "PublicTest": labels[:20]}, FACE_EMOTIONS
        ),
        "training_curves": plots.training_curves(history),
        "confusion_matrix": plots.confusion(labels, probs.argmax(1), FACE_EMOTIONS, "Test"),
        "predictions": plots.predictions(pixels, probs, labels, FACE_EMOTIONS),
        "reliability": plots.reliability(probs, labels, "Test"),
    }
    plots.write_plots(tmp_path, figures)
    for name in figures:
        path = tmp_path / f"{name}.png"
        with Image.open(path) as image:
            assert 400 <= image.width <= 1200
        assert path.stat().st_size < 300_000


def test_card_says_what_was_measured():
    random = np.random.default_rng(0)
    probs, labels = random.dirichlet(np.ones(7), 60), random.integers(0, 7, 60)
    test = evaluate(probs, labels, FACE_EMOTIONS, 0.3) | {
        "without_twins": {"n": 51, "accuracy": 0.1234, "floor_accuracy": 0.2}
    }
    config = {
        "mmsent_version": "0.1.0",
        "architecture": {"stem": "3x3/2"},
        "labels": list(FACE_EMOTIONS),
        "preprocessing": {"size": 48, "mean": [0.5], "std": [0.25]},
        "calibration": {"temperature": 1.234, "threshold": 0.3},
        "training": {
            "preset": "compact",
            "data": "toy faces",
            "commit": None,
            "seed": 0,
            "epochs": 3,
            "recipe": {"augment": {"rotate": 15, "flip": 0}},
        },
    }
    card = model_card(
        config, {"test": test, "validation": test | {"ece_before_temperature": 0.4321}}
    )
    _, front, body = card.split("---\n", 2)
    metadata = yaml.safe_load(front)
    assert metadata["license"] == "other"
    assert metadata["license_name"]
    assert metadata["pipeline_tag"] == "image-classification"
    result = metadata["model-index"][0]["results"][0]
    assert result["dataset"]["split"] == "PrivateTest"
    assert {metric["value"] for metric in result["metrics"]} == {
        test["accuracy"],
        test["macro_f1"],
        test["ece"],
    }
    for number in (
        f"{test['accuracy']:.4f}",
        f"{test['floor_accuracy']:.4f}",
        "0.1234",
        "1.234",
        "0.4321",
        "rotate 15",
    ):
        assert number in body
    for label in FACE_EMOTIONS:
        assert f"| {label} | {test['per_class'][label]['precision']:.4f} |" in body
    assert "Art. 5(1)(f)" in body
