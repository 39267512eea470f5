"""What the harm aspect is worth on the test rows: three seeds, each side alone, without near-twins
of training rows, and how well memes of another kind are told."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import nn

from mmsent.calibrate import probabilities
from mmsent.labels import HARMEME_ASPECTS
from train.common import plots
from train.common.evaluate import Labels, Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.meme.data import Features
from train.meme.floors import guessing, macro_f1, permutation_test, tfidf
from train.meme.group import Familiar

if TYPE_CHECKING:
    from train.meme.harm import HarMeme

VIEWS: Final = {"fused": (True, True), "text_only": (True, False), "image_only": (False, True)}
DRAWS = 1000
NAMES: Final = HARMEME_ASPECTS["harmful"]
SCORES: Final = ("accuracy", "macro_f1", "auc")


def score_harm(
    nets: Sequence[nn.Module],
    calibration: Mapping[str, Any],
    known: "HarMeme",
    test: "HarMeme",
    familiar: Familiar,
    other: Features,
) -> Metrics:
    """Of the first of ``nets``, which ships, as ``evaluate`` has it; of all seeds under "views";
    ``known`` are the rows that taught them, ``other`` memes of another kind."""
    truth = test.features.labels[:, 0].numpy()
    probs = _probs(nets[0], test.features, calibration)
    alone = ~np.isin(test.twins, known.twins)
    taught = known.features.labels[:, 0].numpy()
    return evaluate(probs, truth, NAMES, calibration["threshold"]) | {
        "auc": round(auc(probs[:, 1], truth), 4),
        "ece_limit": calibration_limit(probs),
        "p_value": permutation_test(probs.argmax(axis=1), truth, len(NAMES)),
        "views": {
            view: seeds(nets, test.features, calibration, *given) for view, given in VIEWS.items()
        },
        "without_twins": seeds(nets, test.features[np.flatnonzero(alone)], calibration),
        "familiarity": familiarity(familiar, test.features, other),
        "guessing": guessing(taught, truth, len(NAMES)),
        "tfidf": tfidf(known.captions, taught, test.captions, truth, len(NAMES)),
    }


def seeds(
    nets: Sequence[nn.Module],
    rows: Features,
    calibration: Mapping[str, Any],
    text: bool = True,
    image: bool = True,
) -> Metrics:
    """Mean, spread and 95 % interval of each score over the seeds, on what they are given; the
    macro-F1's stand on top, as in the other aspects. The interval draws the rows again with
    replacement and takes the mean of the seeds each time (Efron 1979)."""
    truth = rows.labels[:, 0].numpy()
    told = [_probs(net, rows, calibration, text, image)[:, 1] for net in nets]
    each = np.array([_scores(probs, truth) for probs in told])  # (seeds, scores)
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        at = random.integers(len(truth), size=len(truth))
        drawn.append(np.mean([_scores(probs[at], truth[at]) for probs in told], axis=0))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    found = {
        name: {
            "mean": round(float(each[:, i].mean()), 4),
            "spread": round(float(each[:, i].std()), 4),
            "each": each[:, i].round(4).tolist(),
            "interval": [round(float(low[i]), 4), round(float(high[i]), 4)],
        }
        for i, name in enumerate(SCORES)
    }
    return {"n": len(truth), **found.pop("macro_f1"), **found}


def familiarity(familiar: Familiar, own: Features, other: Features) -> Metrics:
    """How well distances tell rows of ``own`` kind from ``other``, as the area under the ROC curve,
    with both sides and each alone; and the share of each that is let through."""
    truth = np.repeat((0, 1), (len(own.labels), len(other.labels)))
    sides = {
        "fused": familiar.distances,
        "text_only": lambda rows: familiar.text(rows.text).numpy(),
        "image_only": lambda rows: familiar.image(rows.image).numpy(),
    }
    found = {
        side: round(auc(np.concatenate([far(own), far(other)]), truth), 4)
        for side, far in sides.items()
    }
    through = [float((familiar.distances(rows) <= familiar.limit).mean()) for rows in (own, other)]
    return {
        "n": len(own.labels),
        "n_other": len(other.labels),
        "auc": found,
        "through": round(through[0], 4),
        "other_through": round(through[1], 4),
    }


def draw_harm(net: nn.Module, calibration: Mapping[str, Any], test: "HarMeme") -> Figures:
    truth, probs = test.features.labels[:, 0].numpy(), _probs(net, test.features, calibration)
    return {
        "confusion_harmful": plots.confusion(truth, probs.argmax(1), NAMES, "harmful"),
        "reliability_harmful": plots.reliability(probs, truth, "harmful, HarMeme test"),
    }


def _scores(probs: NDArray[np.floating], truth: Labels) -> tuple[float, float, float]:
    """SCORES of (N,) probabilities of harm."""
    guess = (probs > 0.5).astype(np.int64)
    return (
        float((guess == truth).mean()),
        macro_f1(guess, truth, len(NAMES)),
        auc(probs, truth),
    )


def auc(scores: NDArray[np.floating], truth: Labels) -> float:
    """The area under the ROC curve: how often a row of label 1 has the higher score of two (Mann
    and Whitney 1947)."""
    ones = truth == 1
    more = rankdata(scores)[ones].sum() - ones.sum() * (ones.sum() + 1) / 2
    return float(more / max(1, ones.sum() * (~ones).sum()))


@torch.inference_mode()
def _probs(
    net: nn.Module,
    rows: Features,
    calibration: Mapping[str, Any],
    text: bool = True,
    image: bool = True,
) -> NDArray[np.floating]:
    """(N, 2) calibrated, without the text or the picture where told so."""
    everything = torch.ones_like(rows.has_text)
    logits = net.cpu().eval()(rows.text, rows.has_text & text, rows.image, everything & image)
    return probabilities(logits.numpy(), calibration["temperature"], calibration["bias"])
