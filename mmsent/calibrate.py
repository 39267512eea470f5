"""Calibration: temperature scaling, label priors, calibration error, and the threshold below which
a model abstains ("not sure")."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

Array = NDArray[np.floating]


def probabilities(logits: Array, temperature: float = 1.0, bias: ArrayLike | None = None) -> Array:
    """The probabilities (N, C), rows summing to 1, of (N, C) logits after adding ``bias`` (C,) and
    division by ``temperature``.

    In this order the bias alone says which label is ahead, the temperature alone how sure of it we
    are.
    """
    shifted = np.asarray(logits, dtype=np.float64) + (0.0 if bias is None else np.asarray(bias))
    return softmax(shifted / temperature, axis=-1)


def fit_temperature(logits: Array, labels: NDArray[np.integer]) -> float:
    """The temperature that makes (N, C) validation logits most likely for (N,) labels (Guo et al.
    2017, arXiv:1706.04599)."""
    logits = np.asarray(logits, dtype=np.float64)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=-1)[rows, labels].mean())

    return float(
        np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x)
    )


def fit_label_priors(logits: Array, shares: ArrayLike) -> NDArray[np.float64]:
    """The bias (C,) that, added to (N, C) logits, makes the predicted labels as frequent as
    ``shares`` (C,): Sinkhorn iterations with annealed entropy (Cuturi 2013, arXiv:1306.0895).

    Where a net is close to guessing, its largest logit is nearly always the most frequent label;
    with the bias each label goes to the rows that are most like it.
    """
    rows = np.asarray(logits, np.float64)
    scale = max(float((rows - rows.mean(axis=0)).std()), 1e-9)
    bias = np.zeros(rows.shape[1])
    for entropy in (1.0, 0.3, 0.1, 0.05):
        for _ in range(100):
            assigned = softmax((rows / scale + bias) / entropy, axis=1).mean(axis=0)
            bias += entropy * (np.log(shares) - np.log(assigned + 1e-9))
    return bias * scale


def expected_calibration_error(probs: Array, labels: NDArray[np.integer], bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins of confidence, weighted by
    their rows (0..1)."""
    confidence = probs.max(axis=1)
    correct = probs.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def abstention_threshold(probs: Array, share: float = 0.1) -> float:
    """The confidence below which a model abstains ("not sure"): that of the least confident
    ``share`` of (N, C) validation rows."""
    return float(np.quantile(probs.max(axis=1), share))
