"""Memotion 7k's five aspects: training, calibration and the one evaluation of the test rows.

The classes are long-tailed: after training the logits get a bias, fitted on the validation rows,
with which each class is answered as often as it occurs. Three seeds are trained; what ships is the
one that was best on the validation rows.
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import nn

from mmsent.calibrate import abstention_threshold, fit_label_priors, probabilities
from mmsent.labels import MEMOTION_ASPECTS, segments
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from train.common import plots
from train.common.evaluate import Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.common.loop import Plan
from train.common.provenance import origin
from train.meme.data import MISSING, Features, Memes, encode, read_memes
from train.meme.floors import guessing, macro_f1, permutation_test, tfidf
from train.meme.group import Group
from train.meme.learning import DROP, answers, predict, shares_of, train_one

PLAN = Plan(
    epochs=8,
    batch_size=128,
    learning_rate=1e-3,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.1,
    ema=0.99,
)
SEEDS = 3
FOLDS = 5
PREPROCESSING: dict[str, Any] = {"size": 128, "fit": "squash"}  # as the data set has its pictures
VIEWS = {"fused": (True, True), "text_only": (True, False), "image_only": (False, True)}
PLACES = segments(MEMOTION_ASPECTS)


def train_memotion(
    work: Accelerator,
    data: Path,
    text: TextFeatures,
    image: ImageFeatures,
    plan: Plan,
    runs: Path,
    limit: int | None = None,
) -> Group:
    """What ``memotion7k.parquet`` in ``data`` teaches. Its rows "val" choose the seed and fit biases,
    temperatures and thresholds; "test" is evaluated once, when the group is scored."""
    file, names = data / "memotion7k.parquet", ("train", "val", "test")
    memes = {part: read_memes(file, part, limit) for part in names}
    parts = {part: encode(rows, text, image, part) for part, rows in memes.items()}
    plans = [replace(plan, seed=plan.seed + i) for i in range(SEEDS)]
    runs_of = [
        train_one(work, parts["train"], parts["val"], each, runs, MEMOTION_ASPECTS)
        for each in plans
    ]
    chosen = sorted(runs_of, key=lambda run: -run.score)
    expected = accuracy_to_expect(work, parts["train"], plan, runs)
    nets = [run.net for run in chosen]
    calibration = {
        aspect: _calibrate(nets[0], parts, aspect, expected[aspect]) for aspect in MEMOTION_ASPECTS
    }

    def score(net: nn.Module) -> tuple[Metrics, Figures]:
        written = [net, *nets[1:]]
        figures = _draw(net, calibration, parts, chosen[0].history)
        return _score(written, calibration, memes, parts), figures

    return Group(
        aspects=MEMOTION_ASPECTS,
        preprocessing=PREPROCESSING,
        kind="branches",
        architecture={},
        calibration=calibration,
        net=nets[0],
        training={"drop": DROP}
        | asdict(replace(plan, seed=chosen[0].seed))
        | origin([row for run in chosen for row in run.history]),
        score=score,
    )


def accuracy_to_expect(
    work: Accelerator, rows: Features, plan: Plan, runs: Path
) -> dict[str, float]:
    """The share of right answers of each aspect when each fifth of ``rows`` is asked of a net that
    learnt from the others.

    Labels this close to chance need thousands of rows to tell how sure one may be; the validation
    rows are too few.
    """
    folds = np.array_split(np.random.default_rng(plan.seed).permutation(len(rows.labels)), FOLDS)
    logits = torch.empty(len(rows.labels), sum(map(len, MEMOTION_ASPECTS.values())))
    for number, fold in enumerate(folds):
        others = np.concatenate([other for other in folds if other is not fold])
        folder = runs / f"fold-{number}"
        run = train_one(work, rows[others], rows[fold], plan, folder, MEMOTION_ASPECTS)
        logits[torch.from_numpy(fold)] = predict(work, run.net, rows[fold])
    found = answers(logits, rows.labels, MEMOTION_ASPECTS)
    return {aspect: float((guess == truth).mean()) for aspect, (truth, guess) in found.items()}


def _score(
    nets: list[nn.Module],
    calibrations: dict[str, Any],
    memes: dict[str, Memes],
    parts: dict[str, Features],
) -> Metrics:
    metrics: Metrics = {}
    for column, aspect in enumerate(MEMOTION_ASPECTS):
        probs, labels = _answers(nets[0], parts["test"], aspect, calibrations[aspect])
        metrics[aspect] = evaluate(
            probs, labels, MEMOTION_ASPECTS[aspect], calibrations[aspect]["threshold"]
        ) | {
            "ece_limit": calibration_limit(probs),
            "p_value": permutation_test(
                probs.argmax(axis=1), labels, len(MEMOTION_ASPECTS[aspect])
            ),
            "views": {view: _seeds(nets, parts, aspect, *given) for view, given in VIEWS.items()},
            "guessing": guessing(
                parts["train"].labels[:, column].numpy(), labels, len(MEMOTION_ASPECTS[aspect])
            ),
            "tfidf": tfidf(
                memes["train"].captions,
                memes["train"].labels[:, column],
                memes["test"].captions,
                memes["test"].labels[:, column],
                len(MEMOTION_ASPECTS[aspect]),
            ),
        }
    return metrics


def _answers(
    net: nn.Module, rows: Features, aspect: str, calibration: dict[str, Any]
) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """Calibrated (N, labels of the aspect) probabilities and (N,) labels of the rows whose label is
    known."""
    labels = rows.labels[:, list(MEMOTION_ASPECTS).index(aspect)].numpy()
    known = labels != MISSING
    logits = logits_of(net, rows, aspect)[known]
    return probabilities(logits, calibration["temperature"], calibration["bias"]), labels[known]


def _draw(
    net: nn.Module,
    calibrations: dict[str, Any],
    parts: dict[str, Features],
    history: list[dict[str, float]],
) -> Figures:
    figures = {"training_curves": plots.training_curves(history)}
    for aspect, names in MEMOTION_ASPECTS.items():
        probs, labels = _answers(net, parts["test"], aspect, calibrations[aspect])
        figures[f"confusion_{aspect}"] = plots.confusion(labels, probs.argmax(1), names, aspect)
    return figures


@torch.inference_mode()
def logits_of(
    net: nn.Module, rows: Features, aspect: str, text: bool = True, image: bool = True
) -> NDArray[np.float32]:
    """(N, labels of the aspect); without the text or the picture where told so."""
    everything = torch.ones_like(rows.has_text)
    net = net.cpu().eval()
    logits = net(rows.text, rows.has_text & text, rows.image, everything & image)
    return logits[:, PLACES[aspect]].numpy()


def _bias(
    net: nn.Module, parts: dict[str, Features], aspect: str, *given: bool
) -> NDArray[np.float64]:
    """With which each label is answered on the validation rows as often as it occurs among the
    training rows."""
    labels = parts["train"].labels[:, list(MEMOTION_ASPECTS).index(aspect)].numpy()
    shares = shares_of(labels[labels != MISSING], len(MEMOTION_ASPECTS[aspect]))
    return fit_label_priors(logits_of(net, parts["val"], aspect, *given), shares)


def _calibrate(
    net: nn.Module, parts: dict[str, Features], aspect: str, expected: float
) -> dict[str, Any]:
    """The bias, and the temperature at which the mean confidence on the validation rows is the
    ``expected`` share of right answers.

    Rare classes are favoured on purpose, so the likelihood of the labels would not tell how often
    an answer is right.
    """
    bias = _bias(net, parts, aspect)
    logits = logits_of(net, parts["val"], aspect)

    def gap(log_temperature: float) -> float:
        return float(
            probabilities(logits, np.exp(log_temperature), bias).max(axis=1).mean() - expected
        )

    low, high = np.log(0.05), np.log(50)
    temperature = (
        float(np.exp(brentq(gap, low, high))) if gap(low) * gap(high) < 0 else float(np.exp(high))
    )
    threshold = abstention_threshold(probabilities(logits, temperature, bias))
    return {"bias": bias.tolist(), "temperature": temperature, "threshold": threshold}


def _seeds(
    nets: list[nn.Module], parts: dict[str, Features], aspect: str, text: bool, image: bool
) -> Metrics:
    """Test macro-F1 of each seed's net with what it is given, their mean and standard deviation."""
    labels = parts["test"].labels[:, list(MEMOTION_ASPECTS).index(aspect)].numpy()
    known = labels != MISSING
    each = []
    for net in nets:
        guess = logits_of(net, parts["test"], aspect, text, image) + _bias(
            net, parts, aspect, text, image
        )
        each.append(
            macro_f1(guess[known].argmax(axis=1), labels[known], len(MEMOTION_ASPECTS[aspect]))
        )
    return {
        "mean": round(float(np.mean(each)), 4),
        "spread": round(float(np.std(each)), 4),
        "each": [round(x, 4) for x in each],
    }
