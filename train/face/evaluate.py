"""What only FER2013 can tell of a classifier: scores without near-duplicates of training rows, and
against the majority of FERPlus's annotators."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from train.common.evaluate import Labels, Metrics, Probs, evaluate
from train.face.data import Fer


def evaluate_fer(
    probs: Probs, fer: Fer, seen: Fer, names: Sequence[str], threshold: float
) -> Metrics:
    """``evaluate`` on a part of FER2013, and what only this corpus can tell.

    ``without_twins`` leaves out rows with a near-duplicate among the training rows ``seen``;
    ``ferplus_majority`` asks the label most FERPlus annotators chose, on the rows where one label
    has most votes. Either is missing where no row is left.
    """
    labels = labels_of(fer).numpy()
    metrics = evaluate(probs, labels, names, threshold)
    alone = ~np.isin(fer.twins.numpy(), seen.twins.numpy())
    majority, agreed = ferplus_majority(fer)
    for name, rows, truth in (
        ("without_twins", alone, labels),
        ("ferplus_majority", agreed, majority),
    ):
        if rows.any():
            scores = evaluate(probs[rows], truth[rows], names, threshold)
            metrics[name] = {
                key: scores[key] for key in ("n", "accuracy", "floor_accuracy", "macro_f1")
            }
    return metrics


def labels_of(fer: Fer) -> Tensor:
    """(N,) int64 labels; ValueError where the file has none."""
    if fer.labels is None:
        raise ValueError("a file without the column 'emotion' can be predicted, not evaluated")
    return fer.labels


def ferplus_majority(fer: Fer) -> tuple[Labels, NDArray[np.bool_]]:
    """(N,) the label with most FERPlus votes, and (N,) whether it is alone at the top."""
    votes = fer.votes.numpy()
    at_top = np.isclose(votes, votes.max(axis=1, keepdims=True)).sum(axis=1)
    return votes.argmax(axis=1), (at_top == 1) & (votes.sum(axis=1) > 0)
