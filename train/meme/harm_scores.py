"""What the harm aspect is worth on the test rows: with both sides and each alone, without near-twins
of training rows, and how well memes of another kind are told."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from mmsent.calibrate import probabilities
from mmsent.labels import HARMEME_ASPECTS
from mmsent.models.meme import SpellingMemeNet
from train.common import plots
from train.common.evaluate import DIGITS, Labels, Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.meme.floors import guessing, macro_f1, permutation_test, tfidf
from train.meme.group import Familiar
from train.meme.harm_rows import HarMeme

VIEWS: Final = {"fused": (True, True), "text_only": (True, False), "image_only": (False, True)}
DRAWS = 1000
NAMES: Final = HARMEME_ASPECTS["harmful"]
SCORES: Final = ("accuracy", "macro_f1", "auc")


def score_harm(
    net: SpellingMemeNet,
    calibration: Mapping[str, Any],
    known: HarMeme,
    test: HarMeme,
    familiar: Familiar,
    other: HarMeme,
) -> Metrics:
    """As ``evaluate`` has it, with the floors; each side alone under "views". ``known`` are the rows
    that taught the net, ``other`` memes of another kind."""
    probs = _probs(net, test, calibration)
    alone = np.flatnonzero(~np.isin(test.twins, known.twins))
    # of no rows nothing can be said
    without_twins = {"without_twins": interval(net, test[alone], calibration)} if len(alone) else {}
    return evaluate(probs, test.labels, NAMES, calibration["threshold"]) | {
        "ece_limit": calibration_limit(probs),
        "p_value": permutation_test(probs.argmax(axis=1), test.labels, len(NAMES)),
        "views": {view: interval(net, test, calibration, *given) for view, given in VIEWS.items()},
        **without_twins,
        "familiarity": familiarity(familiar, test, other),
        "guessing": guessing(known.labels, test.labels, len(NAMES)),
        "tfidf": tfidf(known.captions, known.labels, test.captions, test.labels, len(NAMES)),
    }


def interval(
    net: SpellingMemeNet,
    rows: HarMeme,
    calibration: Mapping[str, Any],
    text: bool = True,
    image: bool = True,
) -> Metrics:
    """Each score with what the net is given, and the interval that holds 95 % of them when the rows
    are drawn again with replacement (Efron 1979). The macro-F1 stands on top, as in other aspects."""
    probs = _probs(net, rows, calibration, text, image)[:, 1]
    random = np.random.default_rng(0)
    draws = random.integers(len(probs), size=(DRAWS, len(probs)))
    drawn = [_scores(probs[at], rows.labels[at]) for at in draws]
    ends = np.quantile(drawn, (0.025, 0.975), axis=0).T
    found = {
        name: {
            "mean": round(value, DIGITS),
            "spread": 0.0,
            "each": [round(value, DIGITS)],
            "interval": [round(float(end), DIGITS) for end in both],
        }
        for name, value, both in zip(SCORES, _scores(probs, rows.labels), ends, strict=True)
    }
    return {"n": len(probs), **found.pop("macro_f1"), **found}


def familiarity(familiar: Familiar, own: HarMeme, other: HarMeme) -> Metrics:
    """How well distances tell rows of ``own`` kind from ``other``, as the area under the ROC curve,
    with both sides and each alone; and the share of each that is let through."""
    truth = np.repeat((0, 1), (len(own.labels), len(other.labels)))
    far = [(familiar.distances(rows), *familiar.sides(rows)) for rows in (own, other)]
    found = {
        view: round(auc(np.concatenate(both), truth), DIGITS)
        for view, both in zip(VIEWS, zip(*far, strict=True), strict=True)
    }
    through = [float((distances[0] <= familiar.limit).mean()) for distances in far]
    return {
        "n": len(own.labels),
        "n_other": len(other.labels),
        "auc": found,
        "through": round(through[0], DIGITS),
        "other_through": round(through[1], DIGITS),
    }


def draw_harm(net: SpellingMemeNet, calibration: Mapping[str, Any], test: HarMeme) -> Figures:
    probs = _probs(net, test, calibration)
    return {
        "confusion_harmful": plots.confusion(test.labels, probs.argmax(1), NAMES, "harmful"),
        "reliability_harmful": plots.reliability(probs, test.labels, "harmful, HarMeme test"),
    }


@torch.inference_mode()
def logits_of(
    net: SpellingMemeNet, rows: HarMeme, text: bool = True, image: bool = True
) -> NDArray[np.floating]:
    """(N, 2), without the text or the picture where told so."""
    spelled = rows.parts @ net.parts.weight.numpy()
    words = torch.from_numpy(np.hstack([rows.text, spelled]).astype(np.float32))
    there = torch.from_numpy(rows.has_text & text), torch.full((len(words),), image)
    return net.cpu().eval()(words, there[0], torch.from_numpy(rows.image), there[1]).numpy()


def auc(scores: NDArray[np.floating], truth: Labels) -> float:
    """The area under the ROC curve: how often a row of label 1 has the higher score of two (Mann
    and Whitney 1947)."""
    ones = truth == 1
    more = rankdata(scores)[ones].sum() - ones.sum() * (ones.sum() + 1) / 2
    return float(more / max(1, ones.sum() * (~ones).sum()))


def _scores(probs: NDArray[np.floating], truth: Labels) -> tuple[float, float, float]:
    """SCORES of (N,) probabilities of harm."""
    guess = (probs > 0.5).astype(np.int64)
    right = float((guess == truth).mean())
    return right, macro_f1(guess, truth, len(NAMES)), auc(probs, truth)


def _probs(
    net: SpellingMemeNet, rows: HarMeme, calibration: Mapping[str, Any], *given: bool
) -> NDArray[np.floating]:
    """(N, 2) calibrated, with what is ``given``."""
    logits = logits_of(net, rows, *given)
    return probabilities(logits, calibration["temperature"], calibration["bias"])
