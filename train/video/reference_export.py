"""From a net of the preset ``reference`` to a published folder: calibration, the one evaluation of
the test rows, plots, model card."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import TensorDataset

from mmsent import hub
from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.pipelines.clip_readers import SceneClipReader
from mmsent.pipelines.video_inputs import mode_names
from train.common import plots
from train.common.evaluate import Metrics
from train.common.export import Figures, export, line
from train.video.export import PRINTED
from train.video.reference_card import TITLES, model_card
from train.video.reference_trainer import LABELS, Trainer
from train.video.scores import score
from train.video.trust import Side

NAMES = SceneClipReader.modalities
# what is told of: all together, and each with the averages of the training in place of the others
MODES = {"together": "+".join(NAMES)} | {name: name for name in NAMES}
Calibration = Mapping[str, Mapping[str, Mapping[str, float]]]


def export_reference(
    trainer: Trainer,
    parts: Mapping[str, TensorDataset],
    config: hub.Config,
    history: Sequence[Metrics],
    out: Path,
) -> dict[str, Any]:
    """Writes to ``out`` the checkpoint of the trainer's net, metrics.json, plots and README.md;
    returns the metrics.

    The part "dev" fits temperature and threshold of every set of modalities; "test" is evaluated
    once.
    """
    neutral = {"temperature": 1.0, "threshold": 0.0}
    modes = mode_names(NAMES)
    uncalibrated = {mode: dict.fromkeys(LABELS, neutral) for mode in modes}
    hub.save_checkpoint(out, trainer.net, config | {"calibration": uncalibrated})
    hub.load_weights(trainer.net, out)  # what is scored is what was written, in half precision
    calibration = {mode: calibrate(side_of(trainer, parts["dev"], mode)) for mode in modes}

    def score_all() -> tuple[Metrics, Figures]:
        held_out, test = (
            {name: side_of(trainer, parts[part], mode) for name, mode in MODES.items()}
            for part in ("dev", "test")
        )
        metrics = {
            "history": list(history),
            "validation": _scores(held_out, calibration),
            "test": _scores(test, calibration),
        }
        return metrics, _figures(history, test, calibration)

    return export(
        out, trainer.net, config | {"calibration": calibration}, score_all, model_card, _lines
    )


def side_of(trainer: Trainer, rows: TensorDataset, mode: str) -> Side:
    """What the net says of ``rows`` from the modalities that ``mode`` names."""
    words, voice, seen = (name in mode.split("+") for name in NAMES)
    _, logits, truth = trainer.predict(rows, (words, voice, seen))
    emotions, sentiments = (truth[task].numpy() for task in LABELS)
    numbers = {task: part.numpy() for task, part in logits.items()}
    return Side(numbers, emotions, sentiments, np.zeros(len(emotions), np.int64))


def calibrate(side: Side) -> dict[str, dict[str, float]]:
    """Temperature and threshold of both tasks."""
    found = {}
    for task, truth in zip(LABELS, (side.emotions, side.sentiments), strict=True):
        temperature = fit_temperature(side.logits[task], truth)
        threshold = abstention_threshold(probabilities(side.logits[task], temperature))
        found[task] = {"temperature": temperature, "threshold": threshold}
    return found


def _scores(part: Mapping[str, Side], calibration: Calibration) -> Metrics:
    return {
        name: {task: score(side, calibration[MODES[name]], task) for task in LABELS}
        for name, side in part.items()
    }


def _figures(
    history: Sequence[Metrics], test: Mapping[str, Side], calibration: Calibration
) -> Figures:
    figures = {"training_curves": plots.training_curves(history)}
    for name, side in test.items():
        steps = calibration[MODES[name]]["emotion"]
        probs = probabilities(side.logits["emotion"], steps["temperature"])
        figures[f"confusion_{name}"] = plots.confusion(
            side.emotions, probs.argmax(1), LABELS["emotion"], TITLES[name]
        )
        figures[f"reliability_{name}"] = plots.reliability(probs, side.emotions, TITLES[name])
    whole = test["together"]
    figures["confusion_sentiment"] = plots.confusion(
        whole.sentiments,
        whole.logits["sentiment"].argmax(1),
        LABELS["sentiment"],
        "MELD, sentiment",
    )
    return figures


def _lines(metrics: Metrics) -> Iterator[str]:
    for part in ("validation", "test"):
        for name, tasks in metrics[part].items():
            for task, scores in tasks.items():
                yield line(f"{part} {name} {task}", scores, PRINTED)
