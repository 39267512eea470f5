"""The answers of a review net on encoded rows, and what is fitted to those of the validation rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.labels import SENTIMENTS
from mmsent.pipelines.review import MODES, ReviewPipeline
from mmsent.pipelines.review_inputs import mode_of
from train.common.batches import by_length
from train.common.evaluate import ABSENT, Labels, Probs
from train.review.data import Encoded

CHUNK = 256
SHARES = (0.0, 0.125, 0.25, 0.375, 0.5)  # further costs more accuracy than it is worth
# (metrics' name, mode of the pipeline, text given, photo given)
VIEWS = (
    ("fused", "both", True, True),
    ("text_only", "text", True, False),
    ("image_only", "image", False, True),
)


def logits_of(
    review: ReviewPipeline, rows: Encoded, use_text: bool = True, use_photo: bool = True
) -> NDArray[np.float32]:
    """The logits (N, 3) in the order of the rows; without ``use_text`` or ``use_photo`` from the
    other modality alone."""
    logits = np.empty((len(rows), len(SENTIMENTS)), np.float32)
    for chosen in by_length(rows.texts, CHUNK):
        texts = [rows.texts[i] if use_text else rows.texts[i][:0] for i in chosen]
        logits[chosen] = review.logits(
            texts, [rows.patches[i] if use_photo else None for i in chosen]
        )
    return logits


def classify(
    review: ReviewPipeline, rows: Encoded, use_text: bool = True, use_photo: bool = True
) -> Probs:
    """The calibrated probabilities (N, 3) in the order of the rows; without ``use_text`` or
    ``use_photo`` from the other modality alone."""
    logits = logits_of(review, rows, use_text, use_photo)
    modes = modes_of(rows, use_text, use_photo)
    probs = np.empty(logits.shape)
    for mode in MODES:
        probs[modes == mode] = review.probabilities(logits[modes == mode], mode)
    return probs


def modes_of(rows: Encoded, use_text: bool = True, use_photo: bool = True) -> NDArray[np.str_]:
    """The mode, one of MODES, of each row (N,)."""
    inputs = zip(rows.texts, rows.patches, strict=True)
    return np.array(
        [
            mode_of(use_text and len(tokens) > 0, use_photo and patches is not None)
            for tokens, patches in inputs
        ],
        str,
    )


def select(rows: Encoded, row_mask: NDArray[np.bool_]) -> Encoded:
    places = np.flatnonzero(row_mask)
    return Encoded(
        [rows.texts[i] for i in places], [rows.patches[i] for i in places], rows.labels[places]
    )


def fit_logit_adjustment(logits: NDArray[np.floating], labels: Labels) -> NDArray[np.float64]:
    """The logit adjustment (C,), to be added to (N, C) logits: the negative log frequency of each
    label (Menon et al. 2020, arXiv:2007.07314), scaled by the one of SHARES with the best mean of
    accuracy and macro-F1 on these (N,) labels."""
    rarity = -np.log(np.bincount(labels, minlength=logits.shape[1]).clip(min=1) / len(labels))

    def score(share: float) -> float:
        guess = (logits + share * rarity).argmax(axis=1)
        return float((guess == labels).mean() + f1_score(labels, guess, average="macro"))

    return max(SHARES, key=score) * rarity


def calibrate(
    review: ReviewPipeline, validation: list[Encoded], learnt: Sequence[str], lift: bool
) -> dict[str, dict[str, Any]]:
    """Bias, temperature and threshold of each mode, from the rows that have what it needs: text
    from bare texts where there are any, the photo modes from pairs; a mode that the net has not
    learned gets those of both."""
    absent = np.array([0.0 if label in learnt else ABSENT for label in SENTIMENTS])
    bare = [select(rows, modes_of(rows) == "text") for rows in validation]
    pairs = [select(rows, modes_of(rows) == "both") for rows in validation]
    calibration: dict[str, dict[str, Any]] = {}
    for _, mode, text, photo in VIEWS:  # both comes first
        if mode not in review.modes:
            calibration[mode] = calibration["both"]
            continue
        fitting = bare if mode == "text" and any(map(len, bare)) else pairs
        logits = np.concatenate([logits_of(review, rows, text, photo) for rows in fitting])
        labels = np.concatenate([rows.labels for rows in fitting])
        if not len(labels):
            calibration[mode] = {"temperature": 1.0, "threshold": 0.0}
            continue
        bias = absent + (fit_logit_adjustment(logits, labels) if lift else 0.0)
        temperature = fit_temperature(logits + bias, labels)
        threshold = abstention_threshold(probabilities(logits, temperature, bias))
        calibration[mode] = {
            "temperature": temperature,
            "threshold": threshold,
            "bias": bias.tolist(),
        }
    return calibration
