"""What the words of a meme say: the heads that the text encoder was tuned with, asked of captions.

Their texts lose handles and addresses as captions do, and keep their punctuation, since that is how
they are asked; the temperature of each head is fitted on the validation rows of its corpus, and its
test rows are evaluated. No weight of the encoder changes; the heads in ``OWN`` are learnt anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.captions import strip_watermarks
from mmsent.labels import EKMAN, SENTIMENTS, segments
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.meme_words import Weights, judge_words, merging
from train.common import plots
from train.common.cache import cache_key, cached_npz
from train.common.evaluate import Metrics, calibration_limit, evaluate
from train.common.export import Figures
from train.meme.floors import guessing
from train.meme.word_heads import OWN, fit_head, joined, unseen_logits
from train.text.corpora import GOEMOTIONS, TASKS, Corpus, read_corpora

CHUNK = 64
# What is told -> the encoder's task, and of each label told the labels of the task that make it up.
WORDS: Final[Mapping[str, tuple[str, Mapping[str, Sequence[str]]]]] = {
    "offence": ("offence", {"not_offensive": ("not-offensive",), "offensive": ("offensive",)}),
    "irony": ("irony", {"not_ironic": ("non_irony",), "ironic": ("irony",)}),
    "sentiment": ("review", {label: (label,) for label in SENTIMENTS}),
    "emotion": ("goemotions", EKMAN),
    "fine_emotion": ("goemotions", {label: (label,) for label in GOEMOTIONS}),
}


Rows = tuple[NDArray[np.float32], NDArray[np.float32]]  # (N, width) sentences, (N, all labels)


@dataclass(frozen=True)
class Words:
    """``words`` of config.json, the figures of each, plots, and the weights of those that are
    ``own``."""

    config: dict[str, Any] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)
    own: dict[str, Weights] = field(default_factory=dict)


def calibrate_words(data: Path, text: TextFeatures, cache: Path, limit: int | None = None) -> Words:
    """Of the tasks that the encoder was tuned on."""
    rows = {part: _read(data, part, text, cache, limit) for part in ("val", "test")}
    found = Words()
    for name, (task, labels) in WORDS.items():
        if task not in text.labels:  # an encoder of one's own may be tuned on fewer
            continue
        part: dict[str, Any] = {"task": task, "labels": labels, "temperature": 1.0}
        validation = _rated(*rows["val"], task, labels)
        if name in OWN:
            # a head of its own has no other labels, nor another order, than what it learns from
            if [[label] for label in text.labels[task]] != [list(part) for part in labels.values()]:
                raise ValueError(f"{name} is not told in the labels of {task} one by one")
            known = _rated(*_read(data, "train", text, cache, limit, task), task, labels)
            logits = unseen_logits(known, validation, OWN[name])
            part["weights"] = fit_head(joined(known, validation), OWN[name])
        else:
            logits = np.log(judge_words(text, part, validation[0]))
        part["temperature"] = fit_temperature(logits, validation[1])
        part["threshold"] = abstention_threshold(probabilities(logits, part["temperature"]))
        sentences, truth = _rated(*rows["test"], task, labels)
        probs = judge_words(text, part, sentences)
        found.metrics[name] = evaluate(probs, truth, tuple(labels), part["threshold"]) | {
            "ece_limit": calibration_limit(probs),
            "guessing": guessing(truth, truth, len(labels)),
        }
        found.figures[f"reliability_words_{name}"] = plots.reliability(
            probs, truth, f"words: {name}"
        )
        if name in OWN:
            found.own[name] = part.pop("weights")
            part["own"] = True
        found.config[name] = part
    return found


def _read(
    data: Path,
    part: str,
    text: TextFeatures,
    cache: Path,
    limit: int | None,
    task: str | None = None,
) -> Rows:
    """Sentences and targets of the rows that have words, of one ``task`` or of all."""
    corpus = read_corpora(data, part, limit)
    if task:
        corpus = _of_task(corpus, task)
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


def _of_task(corpus: Corpus, task: str) -> Corpus:
    """The rows that are labelled for ``task``."""
    labelled = corpus.targets[:, segments(TASKS)[task]].any(dim=1)
    texts = [words for words, own in zip(corpus.texts, labelled.tolist(), strict=True) if own]
    return Corpus(texts, corpus.targets[labelled])


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
