"""From the trained net of the preset ``reference`` to its group of a checkpoint: calibration, and the
figures of the validation rows."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from train.common import plots
from train.common.evaluate import ABSENT, Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.meme.data import MISSING, Aspects
from train.meme.floors import guessing, permutation_test, tfidf
from train.meme.group import Group
from train.meme.reference_data import COLUMN, MemeDataset, labelled
from train.meme.reference_net import KIND, ReferenceNet
from train.meme.reference_plots import draw_curves

BATCH = 256
Answers = dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]  # logits and labels of an aspect


def own_group(
    net: ReferenceNet,
    aspects: Aspects,
    training: MemeDataset,
    held_out: MemeDataset,
    history: Sequence[Mapping[str, float]],
) -> Group:
    """``net`` on the CPU, calibrated on the validation rows ``held_out``, which also give its
    figures."""
    calibration = {
        aspect: _calibrate(logits, labels, _labels(training, aspect), len(aspects[aspect]))
        for aspect, (logits, labels) in answers(net, held_out).items()
    }

    def score(head: nn.Module) -> tuple[Metrics, Figures]:
        net.head = head  # as it was written
        metrics: Metrics = {}
        figures: Figures = {
            "training_curves": plots.training_curves(history),
            "aspect_curves": draw_curves(history, list(aspects)),
        }
        for aspect, (logits, labels) in answers(net, held_out).items():
            names, steps = aspects[aspect], calibration[aspect]
            probs = probabilities(logits, steps["temperature"], steps["bias"])
            metrics[aspect] = evaluate(probs, labels, names, steps["threshold"])
            metrics[aspect] |= _floors(aspect, probs, labels, training, held_out)
            title = f"{aspect}, validation"
            figures[f"confusion_{aspect}"] = plots.confusion(labels, probs.argmax(1), names, title)
            figures[f"reliability_{aspect}"] = plots.reliability(probs, labels, title)
        return metrics, figures

    # a row without a text teaches what a picture alone says; each has a picture
    bare = not all(meme.text for meme in training.memes)
    return Group(
        aspects=aspects,
        preprocessing={"size": net.architecture["pixels"], "fit": "squash"},
        kind=KIND,
        architecture={},
        calibration=calibration,
        net=net.head,
        training={"rows": len(training)},
        score=score,
        split="validation",
        words="spacy",
        modes=("image", "both") if bare else ("both",),
    )


@torch.inference_mode()
def answers(net: nn.Module, data: MemeDataset) -> Answers:
    """Of each aspect the logits (n, labels) and labels (n,) of the rows that have a label of it."""
    net.eval()
    rows = list(DataLoader(data, BATCH))
    told = [net(pixels, embeddings) for pixels, embeddings, _ in rows]
    logits = {aspect: torch.cat([part[aspect] for part in told]) for aspect in told[0]}
    labels = torch.cat([labels for _, _, labels in rows])
    return {
        aspect: (known.float().numpy(), truth.numpy())
        for aspect, known, truth in labelled(logits, labels)
    }


def _calibrate(
    logits: NDArray[np.floating],
    labels: NDArray[np.integer],
    learnt: NDArray[np.integer],
    classes: int,
) -> dict[str, Any]:
    """Of one aspect. A label that no training row has is never answered."""
    there = np.bincount(learnt[learnt != MISSING], minlength=classes) > 0
    bias = np.where(there, 0.0, ABSENT)
    known = there[labels]
    temperature = fit_temperature((logits + bias)[known], labels[known]) if known.any() else 1.0
    threshold = abstention_threshold(probabilities(logits, temperature, bias))
    return {"bias": bias.tolist(), "temperature": temperature, "threshold": threshold}


def _floors(
    aspect: str,
    probs: NDArray[np.floating],
    labels: NDArray[np.integer],
    training: MemeDataset,
    held_out: MemeDataset,
) -> Metrics:
    """Beside which its figures stand."""
    classes, learnt = probs.shape[1], _labels(training, aspect)
    texts = [[meme.text for meme in part.memes] for part in (training, held_out)]
    floors = {
        "ece_limit": calibration_limit(probs),
        "p_value": permutation_test(probs.argmax(axis=1), labels, classes),
        "guessing": guessing(learnt, labels, classes),
    }
    with suppress(ValueError):  # no word occurs twice
        floors["tfidf"] = tfidf(texts[0], learnt, texts[1], _labels(held_out, aspect), classes)
    return floors


def _labels(data: MemeDataset, aspect: str) -> NDArray[np.int64]:
    """(N,) -1 where there is none."""
    return np.array([meme.labels[COLUMN[aspect]] for meme in data.memes], np.int64)
