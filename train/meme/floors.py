"""The floors beside which a meme model's figures stand: chance, guessing, plain word counts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from train.common.evaluate import Labels
from train.meme.data import MISSING

PERMUTATIONS = 2000


def permutation_test(guess: Labels, labels: Labels, classes: int, seed: int = 0) -> float:
    """How often shuffled labels give at least the macro-F1 of ``labels`` (one-sided p-value; Ojala
    and Garriga 2010)."""
    random = np.random.default_rng(seed)

    real = macro_f1(guess, labels, classes)
    reached = sum(
        macro_f1(guess, random.permutation(labels), classes) >= real for _ in range(PERMUTATIONS)
    )
    return round((1 + reached) / (1 + PERMUTATIONS), 4)


def guessing(training: Labels, labels: Labels, classes: int, seed: int = 0) -> float:
    """Mean macro-F1 of guessing by how often each class occurs among the training rows."""
    random = np.random.default_rng(seed)
    counts = np.bincount(training[training != MISSING], minlength=classes)
    draws = [random.choice(classes, len(labels), p=counts / counts.sum()) for _ in range(100)]
    scores = [macro_f1(guess, labels, classes) for guess in draws]
    return round(float(np.mean(scores)), 4)


def tfidf(
    captions: Sequence[str] | NDArray[np.str_],
    labels: Labels,
    asked: Sequence[str] | NDArray[np.str_],
    truth: Labels,
    classes: int,
) -> float:
    """Macro-F1 on ``asked``, whose labels are ``truth``, of logistic regression on TF-IDF of the
    ``captions``, classes weighted. Rows without a label are left out."""
    known, rated = labels != MISSING, truth != MISSING
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(class_weight="balanced", max_iter=500),
    )
    model.fit(np.array(captions)[known], labels[known])
    guess = model.predict(np.array(asked)[rated])
    return round(macro_f1(guess, truth[rated], classes), 4)


def macro_f1(guess: Labels, labels: Labels, classes: int) -> float:
    """Mean F1 of the classes, 0 for one that is neither there nor answered."""
    matrix = np.bincount(labels * classes + guess, minlength=classes**2).reshape(classes, classes)
    return float((2 * np.diag(matrix) / (matrix.sum(0) + matrix.sum(1)).clip(min=1)).mean())
