"""From a trained review net to a published folder: calibration, the one evaluation of the test
rows, plots and model card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch import nn

from mmsent import hub
from mmsent.calibrate import (
    abstention_threshold,
    expected_calibration_error,
    fit_temperature,
    probabilities,
)
from mmsent.labels import SENTIMENTS
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.pipelines.review import MODES, ReviewPipeline
from mmsent.pipelines.review_inputs import mode_of
from train.common import plots
from train.common.batches import by_length
from train.common.card import held_out
from train.common.evaluate import (
    ABSENT,
    Labels,
    Metrics,
    Probs,
    bootstrap,
    calibration_limit,
    evaluate,
)
from train.common.export import Figures, export, line
from train.review.card import model_card
from train.review.data import Encoded, Part, encode
from train.review.faithfulness import faithfulness

CHUNK = 256
SHARES = (0.0, 0.125, 0.25, 0.375, 0.5)  # further costs more accuracy than it is worth
# (metrics' name, mode of the pipeline, text given, photo given)
VIEWS = (
    ("fused", "both", True, True),
    ("text_only", "text", True, False),
    ("image_only", "image", False, True),
)

Rows = dict[str, dict[str, Encoded]]  # source -> part -> rows


def export_review(
    net: nn.Module,
    config: hub.Config,
    sources: dict[str, dict[str, Part]],
    history: list[dict[str, float]],
    runs: Path,
    out: Path,
    encoders: tuple[TextFeatures, ImageFeatures],
    encoded: Rows | None = None,
    learnt: Sequence[str] = SENTIMENTS,
    lift: bool = True,
) -> Metrics:
    """Writes to ``out`` the checkpoint of ``net``, metrics.json, plots and README.md; returns the
    metrics.

    ``sources`` maps a source to its parts "train", "val" (fits temperatures and thresholds) and, if
    there is one, "test" (evaluated once). ``encoded`` are those of them that went through the
    ``encoders`` before; "val" and "test" go through them here where they are missing. ``learnt`` are
    the labels that the training rows have; with ``lift`` rare ones of them are answered more often.
    The photos of posts must not be published, so the plots hold figures only.
    """
    pooled = bool(getattr(net, "pooled", False))
    rows = _encode(sources, encoders, encoded or {}, pooled)
    scratch = runs / "uncalibrated"
    hub.save_checkpoint(scratch, net, config)
    calibration = _calibrate(
        ReviewPipeline(scratch, encoders=encoders),
        [parts["val"] for parts in rows.values()],
        learnt,
        lift,
    )

    def score() -> tuple[Metrics, Figures]:
        review = ReviewPipeline(out, encoders=encoders)
        probs = {
            name: {part: classify(review, parts[part]) for part in parts}
            for name, parts in rows.items()
        }
        metrics = _score(review, sources, rows, probs, learnt)
        return metrics, _draw(probs, sources, history, learnt)

    return export(
        out,
        net,
        config | {"calibration": calibration},
        score,
        model_card,
        lambda metrics: (
            line(f"{held_out(metrics)} {name}", scores)
            for name, scores in metrics[held_out(metrics)].items()
        ),
    )


def _score(
    review: ReviewPipeline,
    sources: dict[str, dict[str, Part]],
    rows: Rows,
    probs: dict[str, dict[str, Probs]],
    learnt: Sequence[str],
) -> Metrics:
    """Of validation and test rows, whose probabilities are ``probs``, and how faithful the
    attention to photos is."""
    metrics: Metrics = {
        key: {
            name: _evaluate(review, parts[part], probs[name][part], learnt)
            for name, parts in rows.items()
            if part in parts
        }
        for part, key in (("val", "validation"), ("test", "test"))
    }
    metrics = {key: scores for key, scores in metrics.items() if scores}
    with_photos = [name for name, parts in rows.items() if "both" in _modes(parts[_last(parts)])]
    if with_photos and not review.net.pooled:  # one key is no map
        first = with_photos[0]
        last = _last(rows[first])
        metrics["faithfulness"] = faithfulness(review, sources[first][last], rows[first][last])
    return metrics


def _last(parts: Mapping[str, object]) -> str:
    """The part that tells how good the model is."""
    return "test" if "test" in parts else "val"


def _encode(
    sources: dict[str, dict[str, Part]],
    encoders: tuple[TextFeatures, ImageFeatures],
    encoded: Rows,
    pooled: bool,
) -> Rows:
    """Parts "val" and "test" of each source, those that ``encoded`` lacks encoded now."""
    rows: Rows = {}
    for name, parts in sources.items():
        known = encoded.get(name, {})
        rows[name] = {
            part: known[part]
            if part in known
            else encode(parts[part], *encoders, f"{name} {part}", pooled)
            for part in ("val", "test")
            if part in parts
        }
    return rows


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
    modes = _modes(rows, use_text, use_photo)
    probs = np.empty(logits.shape)
    for mode in MODES:
        probs[modes == mode] = review.probabilities(logits[modes == mode], mode)
    return probs


def _modes(rows: Encoded, use_text: bool = True, use_photo: bool = True) -> NDArray[np.str_]:
    """The mode, one of MODES, of each row (N,)."""
    inputs = zip(rows.texts, rows.patches, strict=True)
    return np.array(
        [
            mode_of(use_text and len(tokens) > 0, use_photo and patches is not None)
            for tokens, patches in inputs
        ],
        str,
    )


def _select(rows: Encoded, row_mask: NDArray[np.bool_]) -> Encoded:
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


def _calibrate(
    review: ReviewPipeline, validation: list[Encoded], learnt: Sequence[str], lift: bool
) -> dict[str, dict[str, Any]]:
    """Bias, temperature and threshold of each mode, from the rows that have what it needs: text
    from bare texts where there are any, the photo modes from pairs; a mode that the net has not
    learned gets those of both."""
    absent = np.array([0.0 if label in learnt else ABSENT for label in SENTIMENTS])
    bare = [_select(rows, _modes(rows) == "text") for rows in validation]
    pairs = [_select(rows, _modes(rows) == "both") for rows in validation]
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


def _evaluate(
    review: ReviewPipeline, rows: Encoded, probs: Probs, learnt: Sequence[str]
) -> Metrics:
    """All rows as they are, whose probabilities are ``probs``; where there are pairs also fused,
    text only and photo only on them, as far as the net has learned these, with intervals."""
    pairs = _modes(rows) == "both"
    threshold = review.threshold("both" if pairs.any() else "text")
    scores = evaluate(*_among(probs, rows.labels, learnt), learnt, threshold)
    scores["ece_limit"] = calibration_limit(probs)
    if pairs.any():
        chosen = _select(rows, pairs)
        for name, mode, text, photo in VIEWS:
            if mode not in review.modes:
                continue
            view_probs = classify(review, chosen, text, photo)
            scores[name] = bootstrap(*_among(view_probs, chosen.labels, learnt)) | {
                "n": len(chosen),
                "ece": _ece(view_probs, chosen.labels),
            }
    return scores


def _among(probs: Probs, labels: Labels, learnt: Sequence[str]) -> tuple[Probs, Labels]:
    """Columns of ``probs`` and places of ``labels`` among the sentiments ``learnt``."""
    places = [SENTIMENTS.index(label) for label in learnt]
    return probs[:, places], np.searchsorted(places, labels)


def _ece(probs: Probs, labels: Labels) -> float:
    return round(expected_calibration_error(probs, labels), 4)


def _draw(
    probs: dict[str, dict[str, Probs]],
    sources: dict[str, dict[str, Part]],
    history: list[dict[str, float]],
    learnt: Sequence[str],
) -> Figures:
    places = [SENTIMENTS.index(label) for label in learnt]
    figures: dict[str, Any] = {"training_curves": plots.training_curves(history)}
    for name, parts in sources.items():
        last = _last(parts)
        title = f"{name}, {'test' if last == 'test' else 'validation'}"
        seen, labels = _among(probs[name][last], parts[last].labels, learnt)
        figures[f"class_distribution_{name}"] = plots.class_distribution(
            {part: np.searchsorted(places, rows.labels) for part, rows in parts.items()}, learnt
        )
        figures[f"confusion_{name}"] = plots.confusion(labels, seen.argmax(axis=1), learnt, title)
        figures[f"reliability_{name}"] = plots.reliability(seen, labels, title)
    return figures
