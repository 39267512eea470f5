"""Heads of the words that are learnt anew for captions, on the encoder's states as it ships.

The encoder's own head of irony was tuned on tweets as they are written, of which a caption lacks
handles and addresses. How strongly the new one is held back was chosen by cross-validation over the
validation rows: the encoder has seen the training rows.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from mmsent.pipelines.meme_words import Weights

OWN: Final = {"irony": 0.003}  # and how strongly: C of the logistic regression
FOLDS = 5
SMALLEST = 1e-3  # deviation below which a feature is taken for constant

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]  # (N, width) sentences and (N,) labels


def fit_head(rows: Rows, strength: float) -> Weights:
    """The (labels, width) weight and (labels,) bias of a logistic regression with a ridge on
    standardised ``rows``, which have every label, as they are after half precision."""
    sentences, labels = rows
    mean, deviation = sentences.mean(axis=0), sentences.std(axis=0) + SMALLEST
    model = LogisticRegression(C=strength, max_iter=500)
    model.fit((sentences - mean) / deviation, labels)
    weight = model.coef_ / deviation
    bias = model.intercept_ - weight @ mean
    if len(bias) == 1:  # of two labels it tells the second against the first
        weight, bias = (np.concatenate([0 * part, part]) for part in (weight, bias))
    return _halved(weight), _halved(bias)


def unseen_logits(training: Rows, validation: Rows, strength: float) -> NDArray[np.float32]:
    """(N, labels) of the ``validation`` rows, each from a head that learnt from all ``training`` rows and
    the other folds."""
    sentences, labels = validation
    logits = np.zeros((len(labels), int(labels.max()) + 1), np.float32)
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    for others, fold in folds.split(sentences):
        known = joined(training, (sentences[others], labels[others]))
        weight, bias = fit_head(known, strength)
        logits[fold] = sentences[fold] @ weight.T + bias
    return logits


def joined(*parts: Rows) -> Rows:
    sentences, labels = zip(*parts, strict=True)
    return np.concatenate(sentences), np.concatenate(labels)


def _halved(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return values.astype(np.float16).astype(np.float32)
