"""The figures of a side, and how they spread over the seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.metrics import f1_score

from mmsent.calibrate import probabilities
from mmsent.pipelines.video_inputs import MODALITIES
from train.common.evaluate import Labels, Metrics, bootstrap, calibration_limit, evaluate
from train.video.sides import TASKS
from train.video.single_modality import UNKNOWN
from train.video.trust import Side


def score(side: Side, calibration: Mapping[str, Mapping[str, float]], task: str) -> Metrics:
    """``evaluate`` with intervals, the F1 weighted by label and its floor, over the rows whose
    label is known."""
    labels = {"emotion": side.emotions, "sentiment": side.sentiments}[task]
    known, steps = labels != UNKNOWN, calibration[task]
    truth = labels[known]
    probs = probabilities(side.logits[task][known], steps["temperature"])
    floor = np.full_like(truth, np.bincount(truth).argmax())
    return (
        evaluate(probs, truth, TASKS[task], steps["threshold"])
        | bootstrap(probs, truth)
        | weighted_f1(probs.argmax(axis=1), truth)
        | {
            "floor_weighted_f1": round(float(f1_score(truth, floor, average="weighted")), 4),
            "ece_limit": calibration_limit(probs),
        }
    )


def weighted_f1(guess: Labels, truth: Labels, draws: int = 1000, seed: int = 0) -> Metrics:
    """Mean F1 of the labels, weighted by how often each occurs, with its 95 % bootstrap interval
    (as ``bootstrap``)."""
    random = np.random.default_rng(seed)
    classes = int(max(guess.max(), truth.max())) + 1
    share = np.bincount(truth * classes + guess, minlength=classes**2) / len(truth)
    drawn = np.vstack(
        [share, random.multinomial(len(truth), share, size=draws) / len(truth)]
    ).reshape(-1, classes, classes)
    right, often = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    values = (often * 2 * right / (often + drawn.sum(axis=1)).clip(min=1e-12)).sum(axis=1)
    interval = np.quantile(values[1:], (0.025, 0.975)).round(4).tolist()
    return {"weighted_f1": round(float(values[0]), 4), "weighted_f1_interval": interval}


def spread_alone(each: Sequence[Mapping[str, Side]]) -> Metrics:
    """Accuracy and macro-F1 of the emotion from each modality alone: of every seed's net, their
    mean and standard deviation."""
    found = {}
    for name in MODALITIES:
        guesses = [
            (part[name].logits["emotion"].argmax(axis=1), part[name].emotions) for part in each
        ]
        found[name] = spread([float((guess == truth).mean()) for guess, truth in guesses])
        found[name]["macro_f1"] = spread(
            [float(f1_score(truth, guess, average="macro")) for guess, truth in guesses]
        )
    return found


def spread(values: Sequence[float]) -> Metrics:
    return {
        "each": [round(value, 4) for value in values],
        "mean": round(float(np.mean(values)), 4),
        "spread": round(float(np.std(values)), 4),
    }
