"""What the words of a meme say: the heads that the text encoder was tuned with, asked of captions.

Their texts lose handles and addresses as captions do, and keep their punctuation, since that is how
they are asked; the temperature of each head is fitted on the validation rows of its corpus, and its
test rows are evaluated. No weight changes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmsent.calibrate import abstention_threshold, fit_temperature
from mmsent.captions import strip_watermarks
from mmsent.labels import EKMAN, SENTIMENTS, segments
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.meme_words import judge_words, merging
from train.common import plots
from train.common.cache import cache_key, cached_npz
from train.common.evaluate import Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.meme.floors import guessing
from train.text.corpora import GOEMOTIONS, TASKS, read_corpora

CHUNK = 64
# What is told -> the encoder's task, and of each label told the labels of the task that make it up.
WORDS: Final[Mapping[str, tuple[str, Mapping[str, Sequence[str]]]]] = {
    "offence": ("offence", {"not_offensive": ("not-offensive",), "offensive": ("offensive",)}),
    "irony": ("irony", {"not_ironic": ("non_irony",), "ironic": ("irony",)}),
    "sentiment": ("review", {label: (label,) for label in SENTIMENTS}),
    "emotion": ("goemotions", EKMAN),
    "fine_emotion": ("goemotions", {label: (label,) for label in GOEMOTIONS}),
}


def calibrate_words(
    data: Path, text: TextFeatures, cache: Path, limit: int | None = None
) -> tuple[dict[str, Any], Metrics, Figures]:
    """``words`` of config.json, the figures of each, and plots."""
    rows = {part: _read(data, part, text, cache, limit) for part in ("val", "test")}
    config, metrics, figures = {}, {}, {}
    for name, (task, labels) in WORDS.items():
        if task not in text.labels:  # an encoder of one's own may be tuned on fewer
            continue
        part: dict[str, Any] = {
            "task": task,
            "labels": labels,
            "temperature": 1.0,
            "threshold": 0.0,
        }
        sentences, truth = _rated(*rows["val"], task, labels)
        part["temperature"] = fit_temperature(np.log(judge_words(text, part, sentences)), truth)
        part["threshold"] = abstention_threshold(judge_words(text, part, sentences))
        sentences, truth = _rated(*rows["test"], task, labels)
        probs = judge_words(text, part, sentences)
        config[name] = part
        metrics[name] = evaluate(probs, truth, tuple(labels), part["threshold"]) | {
            "ece_limit": calibration_limit(probs),
            "guessing": guessing(truth, truth, len(labels)),
        }
        figures[f"reliability_words_{name}"] = plots.reliability(probs, truth, f"words: {name}")
    return config, metrics, figures


def _read(
    data: Path, part: str, text: TextFeatures, cache: Path, limit: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, width) sentences and (N, all labels) targets of the rows that have words."""
    corpus = read_corpora(data, part, limit)
    captions = [strip_watermarks(words) for words in corpus.texts]

    def encoded() -> dict[str, NDArray]:
        order = np.argsort([len(caption) for caption in captions], kind="stable")
        rows = np.zeros((len(captions), text.width), np.float32)
        for start in range(0, len(order), CHUNK):
            chosen = order[start : start + CHUNK]
            readings = text([captions[i] for i in chosen])
            for i, reading in zip(chosen, readings, strict=True):
                rows[i] = reading.states.sum(axis=0) / max(1, len(reading.states))
        return {"rows": rows}

    rows = cached_npz(cache / f"words-{part}-{cache_key(text.sha256, captions)}.npz", encoded)[
        "rows"
    ]
    there = rows.any(axis=1)
    return rows[there], corpus.targets.numpy()[there]


def _rated(
    rows: NDArray[np.float32],
    targets: NDArray[np.float32],
    task: str,
    labels: Mapping[str, Sequence[str]],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Sentences and labels of the rows whose labels of ``task`` all belong to one of ``labels``."""
    place = segments(TASKS)[task]
    merge = merging(TASKS[task], labels)
    told = targets[:, place] @ merge
    one = told.max(axis=1) > 1 - 1e-3
    return rows[one], told[one].argmax(axis=1)
