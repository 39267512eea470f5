"""From a trained review net to a published folder: calibration, the one evaluation of the test
rows, plots and model card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from mmsent import hub
from mmsent.calibrate import expected_calibration_error
from mmsent.labels import SENTIMENTS
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.pipelines.review import ReviewPipeline
from train.common import plots
from train.common.card import held_out
from train.common.evaluate import Labels, Metrics, Probs, bootstrap, calibration_limit, evaluate
from train.common.export import Figures, export, line
from train.review.calibration import VIEWS, calibrate, classify, modes_of, select
from train.review.card import model_card
from train.review.data import Encoded, Part, encode
from train.review.faithfulness import faithfulness

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
    calibration = calibrate(
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
    with_photos = [name for name, parts in rows.items() if "both" in modes_of(parts[_last(parts)])]
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


def _evaluate(
    review: ReviewPipeline, rows: Encoded, probs: Probs, learnt: Sequence[str]
) -> Metrics:
    """All rows as they are, whose probabilities are ``probs``; where there are pairs also fused,
    text only and photo only on them, as far as the net has learned these, with intervals."""
    pairs = modes_of(rows) == "both"
    threshold = review.threshold("both" if pairs.any() else "text")
    scores = evaluate(*_among(probs, rows.labels, learnt), learnt, threshold)
    scores["ece_limit"] = calibration_limit(probs)
    if pairs.any():
        chosen = select(rows, pairs)
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
