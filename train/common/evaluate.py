"""What a classifier is worth, from its probabilities: every score with its n and beside its
floor."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from mmsent.calibrate import expected_calibration_error

Probs = NDArray[np.floating]  # (N, C), rows sum to 1
Labels = NDArray[np.integer]  # (N,) 0..C-1
Metrics = dict[str, Any]

DIGITS = 4
ABSENT = -1e4  # added to the logits of a label that the training rows lacked: its probability is 0


def evaluate(probs: Probs, labels: Labels, names: Sequence[str], threshold: float) -> Metrics:
    """Scores of (N, C) probabilities against (N,) labels whose names are ``names``, all 0..1 and
    rounded.

    The floor is the accuracy of always answering the most frequent label of these rows.
    ``selective`` tells what abstaining below ``threshold`` buys: the share of rows still answered
    (coverage) and the share of wrong answers among them (risk; Geifman and El-Yaniv 2017,
    arXiv:1705.08500). Raises ValueError where there are no rows.
    """
    if not len(labels):
        raise ValueError("there are no rows to evaluate")
    predicted = probs.argmax(axis=1)
    counts = np.bincount(labels, minlength=len(names))
    return _rounded(
        {
            "n": len(labels),
            "accuracy": accuracy_score(labels, predicted),
            "macro_f1": f1_score(
                labels, predicted, labels=range(len(names)), average="macro", zero_division=0
            ),
            "ece": expected_calibration_error(probs, labels),
            "floor_accuracy": counts.max() / len(labels),
            "floor_label": names[int(counts.argmax())],
            "selective": _selective(probs, labels, threshold),
            "per_class": _per_class(labels, predicted, names),
        }
    )


def bootstrap(probs: Probs, labels: Labels, draws: int = 1000, seed: int = 0) -> Metrics:
    """Accuracy and macro-F1 with the interval that holds 95 % of them when the rows are drawn again
    with replacement (Efron 1979)."""
    random = np.random.default_rng(seed)
    classes = probs.shape[1]
    cell = labels * classes + probs.argmax(axis=1)  # of the confusion matrix
    share = np.bincount(cell, minlength=classes**2) / len(cell)
    drawn = np.vstack(
        [share, random.multinomial(len(cell), share, size=draws) / len(cell)]
    ).reshape(-1, classes, classes)
    right = np.diagonal(drawn, axis1=1, axis2=2)
    f1 = 2 * right / (drawn.sum(axis=1) + drawn.sum(axis=2)).clip(min=1e-12)
    scores = {"accuracy": right.sum(axis=1), "macro_f1": f1.mean(axis=1)}
    intervals = {
        f"{name}_interval": np.quantile(values[1:], (0.025, 0.975)).tolist()
        for name, values in scores.items()
    }
    return _rounded({name: values[0] for name, values in scores.items()} | intervals)


def calibration_limit(probs: Probs, draws: int = 1000, seed: int = 0) -> float:
    """The 95th percentile of the calibration error that a perfectly calibrated model with these (N,
    C) probabilities shows by chance alone: its labels are drawn from them."""
    random = np.random.default_rng(seed)
    ends = probs.cumsum(axis=1)
    errors = []
    for _ in range(draws):
        labels = (random.random((len(probs), 1)) * ends[:, -1:] > ends).sum(axis=1)
        errors.append(expected_calibration_error(probs, labels))
    return round(float(np.quantile(errors, 0.95)), DIGITS)


def _selective(probs: Probs, labels: Labels, threshold: float) -> Metrics:
    answered = probs.max(axis=1) >= threshold
    wrong = probs[answered].argmax(axis=1) != labels[answered]
    return {
        "threshold": threshold,
        "coverage": answered.mean(),
        "risk": wrong.mean() if answered.any() else None,
        "n": int(answered.sum()),
    }


def _per_class(labels: Labels, predicted: Labels, names: Sequence[str]) -> Metrics:
    columns = precision_recall_fscore_support(
        labels, predicted, labels=range(len(names)), zero_division=0
    )
    keys = ("precision", "recall", "f1", "n")
    return {
        name: dict(zip(keys, row, strict=True))
        for name, row in zip(names, zip(*columns, strict=True), strict=True)
    }


def _rounded(value: Any) -> Any:
    """Plain Python numbers for JSON; four digits are already finer than the error of a few thousand
    rows."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return round(float(value), DIGITS)
    return int(value) if isinstance(value, np.integer) else value
