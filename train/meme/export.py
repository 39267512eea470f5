"""From trained meme nets to a published folder: calibration, the one evaluation of the test rows,
plots and model card."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from torch import nn

from mmsent import hub
from mmsent.calibrate import abstention_threshold, fit_label_priors, probabilities
from mmsent.labels import MEME_ASPECTS, segments
from train.common import plots
from train.common.evaluate import Labels, Metrics, calibration_limit, evaluate
from train.common.export import Figures, export
from train.meme.card import model_card
from train.meme.data import MISSING, Features, Memes

PERMUTATIONS = 2000
VIEWS = {"fused": (True, True), "text_only": (True, False), "image_only": (False, True)}
PLACES = segments(MEME_ASPECTS)


def export_meme(
    nets: list[nn.Module],
    config: hub.Config,
    memes: dict[str, Memes],
    parts: dict[str, Features],
    expected: dict[str, float],
    history: list[dict[str, float]],
    out: Path,
) -> Metrics:
    """Writes to ``out`` the checkpoint of the first net, metrics.json, plots and README.md; returns
    the metrics.

    ``nets`` are those of all seeds, the one that ships first; ``memes`` and ``parts`` map "train",
    "val" (fits biases, temperatures and thresholds) and "test" (evaluated once) to the same rows,
    plain and encoded; ``expected`` is the share of right answers of each aspect in
    cross-validation.
    """
    config["calibration"] = {
        aspect: _calibrate(nets[0], parts, aspect, expected[aspect]) for aspect in MEME_ASPECTS
    }

    def score() -> tuple[Metrics, Figures]:
        hub.load_weights(nets[0], out)  # what is scored is what was written, in half precision
        return _score(nets, config["calibration"], memes, parts), _draw(
            nets[0], config["calibration"], parts, history
        )

    return export(out, nets[0], config, score, model_card, _lines)


def _score(
    nets: list[nn.Module],
    calibrations: dict[str, Any],
    memes: dict[str, Memes],
    parts: dict[str, Features],
) -> Metrics:
    metrics: Metrics = {"test": {}, "seeds": len(nets)}
    for column, aspect in enumerate(MEME_ASPECTS):
        probs, labels = _answers(nets[0], parts["test"], aspect, calibrations[aspect])
        metrics["test"][aspect] = evaluate(
            probs, labels, MEME_ASPECTS[aspect], calibrations[aspect]["threshold"]
        ) | {
            "ece_limit": calibration_limit(probs),
            "p_value": permutation_test(probs.argmax(axis=1), labels, len(MEME_ASPECTS[aspect])),
            "views": {view: _seeds(nets, parts, aspect, *given) for view, given in VIEWS.items()},
            "guessing": guessing_p(
                parts["train"].labels[:, column].numpy(), labels, len(MEME_ASPECTS[aspect])
            ),
            "tfidf": _tfidf(memes["train"], memes["test"], column, len(MEME_ASPECTS[aspect])),
        }
    return metrics


def _answers(
    net: nn.Module, rows: Features, aspect: str, calibration: dict[str, Any]
) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """Calibrated (N, labels of the aspect) probabilities and (N,) labels of the rows whose label is
    known."""
    labels = rows.labels[:, list(MEME_ASPECTS).index(aspect)].numpy()
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
    for aspect, names in MEME_ASPECTS.items():
        probs, labels = _answers(net, parts["test"], aspect, calibrations[aspect])
        figures[f"confusion_{aspect}"] = plots.confusion(labels, probs.argmax(1), names, aspect)
    return figures


def _lines(metrics: Metrics) -> Iterator[str]:
    for aspect, scores in metrics["test"].items():
        fused = scores["views"]["fused"]
        yield (
            f"test {aspect}  macro_f1 {fused['mean']} ± {fused['spread']}  guessing "
            f"{scores['guessing']}  p {scores['p_value']}"
        )


@torch.inference_mode()
def logits_of(
    net: nn.Module, rows: Features, aspect: str, text: bool = True, image: bool = True
) -> NDArray[np.float32]:
    """(N, labels of the aspect); without the text or the picture where told so."""
    everything = torch.ones_like(rows.has_text)
    net = net.cpu().eval()
    logits = net(rows.text, rows.has_text & text, rows.image, everything & image)
    return logits[:, PLACES[aspect]].numpy()


def shares_of(labels: Labels, classes: int) -> NDArray[np.float64]:
    """(classes,) how often each occurs, none quite never."""
    counts = np.bincount(labels, minlength=classes) + 0.5
    return counts / counts.sum()


def _bias(
    net: nn.Module, parts: dict[str, Features], aspect: str, *given: bool
) -> NDArray[np.float64]:
    """With which each label is answered on the validation rows as often as it occurs among the
    training rows."""
    labels = parts["train"].labels[:, list(MEME_ASPECTS).index(aspect)].numpy()
    shares = shares_of(labels[labels != MISSING], len(MEME_ASPECTS[aspect]))
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
    labels = parts["test"].labels[:, list(MEME_ASPECTS).index(aspect)].numpy()
    known = labels != MISSING
    each = []
    for net in nets:
        guess = logits_of(net, parts["test"], aspect, text, image) + _bias(
            net, parts, aspect, text, image
        )
        each.append(_macro_f1(guess[known].argmax(axis=1), labels[known], aspect))
    return {
        "mean": round(float(np.mean(each)), 4),
        "spread": round(float(np.std(each)), 4),
        "each": [round(x, 4) for x in each],
    }


def _macro_f1(guess: Labels, labels: Labels, aspect: str) -> float:
    return float(
        f1_score(
            labels, guess, labels=range(len(MEME_ASPECTS[aspect])), average="macro", zero_division=0
        )
    )


def permutation_test(guess: Labels, labels: Labels, classes: int, seed: int = 0) -> float:
    """How often shuffled labels give at least the macro-F1 of ``labels`` (one-sided p-value; Ojala
    and Garriga 2010)."""
    random = np.random.default_rng(seed)

    def score(truth: Labels) -> float:
        matrix = np.bincount(truth * classes + guess, minlength=classes**2).reshape(
            classes, classes
        )
        return float((2 * np.diag(matrix) / (matrix.sum(0) + matrix.sum(1)).clip(min=1)).mean())

    real = score(labels)
    reached = sum(score(random.permutation(labels)) >= real for _ in range(PERMUTATIONS))
    return round((1 + reached) / (1 + PERMUTATIONS), 4)


def guessing_p(training: Labels, labels: Labels, classes: int, seed: int = 0) -> float:
    """Mean macro-F1 of guessing by how often each class occurs among the training rows."""
    random = np.random.default_rng(seed)
    counts = np.bincount(training[training != MISSING], minlength=classes)
    draws = [random.choice(classes, len(labels), p=counts / counts.sum()) for _ in range(100)]
    scores = [
        f1_score(labels, guess, labels=range(classes), average="macro", zero_division=0)
        for guess in draws
    ]
    return round(float(np.mean(scores)), 4)


def _tfidf(training: Memes, test: Memes, column: int, classes: int) -> float:
    """Macro-F1 of logistic regression on TF-IDF of the captions, classes weighted."""
    labels, truth = training.labels[:, column], test.labels[:, column]
    known, asked = labels != MISSING, truth != MISSING
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(class_weight="balanced", max_iter=500),
    )
    model.fit(np.array(training.captions)[known], labels[known])
    guess = model.predict(np.array(test.captions)[asked])
    return round(
        float(
            f1_score(truth[asked], guess, labels=range(classes), average="macro", zero_division=0)
        ),
        4,
    )
