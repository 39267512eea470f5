"""From a trained face net to a published folder: calibration, the one evaluation of the test rows,
plots and model card."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn
from tqdm.auto import tqdm

import mmsent
from mmsent import hub
from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.labels import FACE_EMOTIONS
from train.common import plots
from train.common.evaluate import Metrics, Probs
from train.common.export import Figures, export, line
from train.face.card import model_card
from train.face.data import Fer, read_fer
from train.face.evaluate import evaluate_fer, labels_of

CHUNK = 256  # crops between two steps of the progress bar


def export_face(
    net: nn.Module,
    config: hub.Config,
    parts: dict[str, Fer],
    history: list[dict[str, float]],
    runs: Path,
    out: Path,
) -> Metrics:
    """Writes to ``out`` the checkpoint of ``net``, metrics.json, plots and README.md; returns the
    metrics.

    ``parts`` holds Training, PublicTest (fits temperature and threshold) and PrivateTest (evaluated
    once, through the checkpoint that was written). Pictures of the data set must not be published,
    so the plot of predictions goes to ``runs``.
    """
    training, public, private = parts["Training"], parts["PublicTest"], parts["PrivateTest"]
    plain, calibrated, calibration = _calibrate(net, config, public, runs / "uncalibrated")
    threshold = calibration["threshold"]

    def score() -> tuple[Metrics, Figures]:
        probs = classify(out, private)
        before = evaluate_fer(plain, public, training, FACE_EMOTIONS, threshold)
        validation = evaluate_fer(calibrated, public, training, FACE_EMOTIONS, threshold)
        metrics = {
            "test": evaluate_fer(probs, private, training, FACE_EMOTIONS, threshold),
            "validation": validation | {"ece_before_temperature": before["ece"]},
        }
        return metrics, _draw(probs, parts, history, runs)

    return export(
        out,
        net,
        config | {"calibration": calibration},
        score,
        model_card,
        lambda metrics: (line(name, scores) for name, scores in metrics.items()),
    )


def _calibrate(
    net: nn.Module, config: hub.Config, public: Fer, scratch: Path
) -> tuple[Probs, Probs, dict[str, float]]:
    """Probabilities of ``public`` without and with calibration, and the calibration.

    It is fitted to what a checkpoint written to ``scratch`` answers, in half precision and through
    its own runtime, because that is what a visitor gets.
    """
    hub.save_checkpoint(scratch, net, config)
    plain = classify(scratch, public)
    logits = np.log(plain)  # but for a constant in each row, which no softmax sees
    temperature = fit_temperature(logits, labels_of(public).numpy())
    calibrated = probabilities(logits, temperature)
    return (
        plain,
        calibrated,
        {"temperature": temperature, "threshold": abstention_threshold(calibrated)},
    )


def _draw(
    probs: Probs, parts: dict[str, Fer], history: list[dict[str, float]], runs: Path
) -> Figures:
    private = parts["PrivateTest"]
    labels = labels_of(private).numpy()
    figures = {
        "class_distribution": plots.class_distribution(
            {name: labels_of(part).numpy() for name, part in parts.items()}, FACE_EMOTIONS
        ),
        "training_curves": plots.training_curves(history),
        "confusion_matrix": plots.confusion(
            labels, probs.argmax(axis=1), FACE_EMOTIONS, "PrivateTest"
        ),
        "reliability": plots.reliability(probs, labels, "PrivateTest"),
    }
    pictures = plots.predictions(private.pixels[:, 0].numpy(), probs, labels, FACE_EMOTIONS)
    plots.write_plots(runs / "plots", {"predictions": pictures})
    return figures


def classify(folder: Path, fer: Fer) -> Probs:
    """(N, 7) probabilities of ``fer`` in the order of its rows, along the very path visitors
    use."""
    face = mmsent.load("face", folder)
    crops = list(fer.pixels[:, 0].numpy())
    chunks = tqdm(range(0, len(crops), CHUNK), "classify", mininterval=2)
    return np.array(
        [scores.probs for start in chunks for scores in face.classify(crops[start : start + CHUNK])]
    )


def write_predictions(folder: Path, source: Path, target: Path) -> None:
    """Labels the parquet file ``source`` with the checkpoint in ``folder``: a CSV with one line a
    row of ``source``."""
    probs = classify(folder, read_fer(source)).reshape(-1, len(FACE_EMOTIONS))
    label = probs.argmax(axis=1)
    table: dict[str, Any] = {
        "row": np.arange(len(probs)),
        "label": label,
        "emotion": np.array(FACE_EMOTIONS)[label],
        "confidence": probs.max(axis=1).round(4),
    }
    pd.DataFrame(table).to_csv(target, index=False)
    print(f"{len(probs)} predictions written to {target}")
