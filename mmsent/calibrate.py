"""Makes confidence mean what it says: temperature scaling, calibration error, and when to answer "not sure"."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

Array = NDArray[np.floating]


def probabilities(logits: Array, temperature: float = 1.0) -> Array:
    """(N, C) logits -> (N, C) probabilities, rows summing to 1, after division by ``temperature``."""
    return softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=-1)


def fit_temperature(logits: Array, labels: NDArray[np.integer]) -> float:
    """The temperature that makes (N, C) validation logits most likely for (N,) labels (Guo et al. 2017, arXiv:1706.04599)."""
    logits = np.asarray(logits, dtype=np.float64)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=-1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))


def expected_calibration_error(probs: Array, labels: NDArray[np.integer], bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins of confidence, weighted by their rows (0..1)."""
    confidence = probs.max(axis=1)
    correct = probs.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def abstention_threshold(probs: Array, share: float = 0.1) -> float:
    """The confidence below which the least sure ``share`` of (N, C) validation rows lie: there the answer is "not sure"."""
    return float(np.quantile(probs.max(axis=1), share))
