"""From a trained review net to a published folder: calibration, the one evaluation of the test rows, plots and model card."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent import hub
from mmsent.calibrate import abstention_threshold, expected_calibration_error, fit_temperature, probabilities
from mmsent.labels import SENTIMENTS
from mmsent.models.fusion import ReviewNet
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.pipelines.review import ReviewPipeline
from train import plots
from train.card_review import model_card
from train.evaluate import Labels, Metrics, Probs, bootstrap, calibration_limit, evaluate
from train.faithfulness import faithfulness
from train.review_data import Part

CHUNK = 256
# (metrics' name, mode of the pipeline, text given, photo given)
VIEWS = (("fused", "both", True, True), ("text_only", "text", True, False), ("image_only", "image", False, True))


def finish_review(
    net: ReviewNet,
    config: hub.Config,
    sources: dict[str, dict[str, Part]],
    history: list[dict[str, float]],
    runs: Path,
    out: Path,
    encoders: tuple[TextFeatures, ImageFeatures],
) -> Metrics:
    """Writes to ``out`` the checkpoint of ``net``, metrics.json, plots and README.md; returns the metrics.

    ``sources`` maps a source to its parts "train", "val" (fits temperatures and thresholds) and "test" (evaluated once).
    The photos of posts must not be published, so the plots hold figures only.
    """
    scratch = runs / "uncalibrated"
    hub.save_checkpoint(scratch, net, config)
    calibration = _calibrate(ReviewPipeline(scratch, encoders=encoders), [parts["val"] for parts in sources.values()])
    (out / "metrics.json").unlink(missing_ok=True)  # an earlier checkpoint's figures must not stand beside this one
    hub.save_checkpoint(out, net, config | {"calibration": calibration})
    review = ReviewPipeline(out, encoders=encoders)
    metrics: Metrics = {"validation": {}, "test": {}}
    for name, parts in sources.items():
        for part, key in (("val", "validation"), ("test", "test")):
            metrics[key][name] = _evaluate(review, parts[part])
    with_photos = [parts["test"] for parts in sources.values() if _pairs(parts["test"]).any()]
    if with_photos:
        metrics["faithfulness"] = faithfulness(review, with_photos[0])
    probs = {name: classify(review, parts["test"]) for name, parts in sources.items()}
    _draw(probs, sources, history, out)
    (out / "README.md").write_text(model_card(hub.read_config(out, "review"), metrics), encoding="utf-8")
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    for name, scores in metrics["test"].items():
        print("test", name, "  ".join(f"{key} {scores[key]}" for key in ("n", "accuracy", "floor_accuracy", "macro_f1", "ece")))
    return metrics


def classify(review: ReviewPipeline, part: Part, text: bool = True, photo: bool = True) -> Probs:
    """(N, 3) probabilities in the order of the rows, along the path visitors use; without text or photo where told so."""
    rows = []
    for start in tqdm(range(0, len(part), CHUNK), "classify", mininterval=2):
        stop = start + CHUNK
        texts = [words if text else "" for words in part.texts[start:stop]]
        pictures = [picture if photo else None for picture in part.pictures[start:stop]]
        rows += [scores.probs for scores in review.classify(texts, pictures)]
    return np.array(rows)


def _pairs(part: Part) -> NDArray[np.bool_]:
    """(N,) which rows have both a text and a photo."""
    return np.array(
        [bool(text.strip()) and photo is not None for text, photo in zip(part.texts, part.pictures, strict=True)], bool
    )


def _only(part: Part, rows: NDArray[np.bool_]) -> Part:
    chosen = np.flatnonzero(rows)
    return Part([part.texts[i] for i in chosen], [part.pictures[i] for i in chosen], part.labels[chosen])


def _calibrate(review: ReviewPipeline, validation: list[Part]) -> dict[str, dict[str, float]]:
    """Temperature and threshold of each mode, from the rows that have what it needs: text from bare texts where there are
    any, the photo modes from pairs."""
    bare = [_only(part, ~_pairs(part)) for part in validation]
    pairs = [_only(part, _pairs(part)) for part in validation]
    has_bare, has_pairs = any(map(len, bare)), any(map(len, pairs))
    calibration = {}
    for _, mode, text, photo in VIEWS:
        rows = [part for part in (bare if mode == "text" and has_bare else pairs) if len(part)]
        if not rows or (photo and not has_pairs):
            calibration[mode] = {"temperature": 1.0, "threshold": 0.0}
            continue
        logits = np.log(np.concatenate([classify(review, part, text, photo) for part in rows]))
        temperature = fit_temperature(logits, np.concatenate([part.labels for part in rows]))
        calibration[mode] = {
            "temperature": temperature,
            "threshold": abstention_threshold(probabilities(logits, temperature)),
        }
    return calibration


def _evaluate(review: ReviewPipeline, part: Part) -> Metrics:
    """All rows as they are; where there are pairs also fused, text only and photo only on them, with intervals."""
    mode = "both" if _pairs(part).any() else "text"
    probs = classify(review, part)
    whole = evaluate(probs, part.labels, SENTIMENTS, review.threshold(mode))
    whole["ece_limit"] = calibration_limit(probs)
    if mode == "both":
        pairs = _only(part, _pairs(part))
        for name, _, text, photo in VIEWS:
            seen = classify(review, pairs, text, photo)
            whole[name] = bootstrap(seen, pairs.labels) | {"n": len(pairs), "ece": _ece(seen, pairs.labels)}
    return whole


def _ece(probs: Probs, labels: Labels) -> float:
    return round(expected_calibration_error(probs, labels), 4)


def _draw(probs: dict[str, Probs], sources: dict[str, dict[str, Part]], history: list[dict[str, float]], out: Path) -> None:
    figures: dict[str, Any] = {"training_curves": plots.training_curves(history)}
    for name, parts in sources.items():
        labels = parts["test"].labels
        figures[f"class_distribution_{name}"] = plots.class_distribution(
            {part: rows.labels for part, rows in parts.items()}, SENTIMENTS
        )
        figures[f"confusion_{name}"] = plots.confusion(labels, probs[name].argmax(axis=1), SENTIMENTS, f"{name}, test")
        figures[f"reliability_{name}"] = plots.reliability(probs[name], labels, f"{name}, test")
    plots.write_plots(out / "plots", figures)
