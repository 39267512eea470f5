"""Aggregates the predictions of single moments over a clip. Pure functions on plain results."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmsent.labels import EMOTION_TO_SENTIMENT
from mmsent.results import ClipFace, Moment, Scores

OPPOSITE = {"negative", "positive"}
Probs = NDArray[np.floating]


def modality_weights(fused: Probs, without: Mapping[str, Probs]) -> dict[str, float]:
    """How much each modality moves the (C,) ``fused`` probabilities, as shares of 1. ``without``
    holds for each those that the net gives when it is left out; equal shares where none moves
    anything."""
    moved = {name: float(np.abs(fused - probs).sum()) for name, probs in without.items()}
    total = sum(moved.values())
    return {name: way / total if total > 0 else 1 / len(moved) for name, way in moved.items()}


def is_conflict(by_modality: Mapping[str, Scores]) -> bool:
    """Whether the predictions from words and face are both sure and of opposite sentiment."""
    words, face = by_modality.get("text"), by_modality.get("face")
    if words is None or face is None or words.unsure or face.unsure:
        return False
    return {EMOTION_TO_SENTIMENT[words.top], EMOTION_TO_SENTIMENT[face.top]} == OPPOSITE


def agreement(moments: Sequence[Moment]) -> float | None:
    """The share (0..1) of the time with two sure modalities or more in which all the sure ones name
    emotions of one sentiment; surprise goes with any. None where there never are two."""
    shared = [moment for moment in moments if len(_sure_scores(moment)) > 1]
    if not shared:
        return None
    agreed = [len(_sentiments(moment)) <= 1 for moment in shared]
    return float(np.average(agreed, weights=durations(shared)))


def _sure_scores(moment: Moment) -> list[Scores]:
    return [scores for scores in moment.by_modality.values() if not scores.unsure]


def _sentiments(moment: Moment) -> set[str]:
    named = (EMOTION_TO_SENTIMENT[scores.top] for scores in _sure_scores(moment))
    return {sentiment for sentiment in named if sentiment is not None}


def renumber_tracks(faces: Sequence[ClipFace]) -> tuple[ClipFace, ...]:
    """``faces`` with their tracks renumbered from 1, the largest and most present first, without
    the gaps that dropped tracks left."""
    sizes: dict[int, int] = defaultdict(int)
    for face in faces:
        sizes[face.track] += face.box[3] - face.box[1]
    ranks = {
        track: rank
        for rank, track in enumerate(sorted(sizes, key=lambda track: (-sizes[track], track)), 1)
    }
    return tuple(replace(face, track=ranks[face.track]) for face in faces)


def weighted_mean_scores(
    scores: Sequence[Scores], seconds: Probs, thresholds: Sequence[float]
) -> Scores:
    """The mean of ``scores`` weighted by ``seconds`` (N,), "not sure" below the mean of their
    ``thresholds``."""
    probs = np.average([one.probs for one in scores], axis=0, weights=seconds)
    return Scores.of(scores[0].labels, probs, float(np.average(thresholds, weights=seconds)))


def mean_weights(moments: Sequence[Moment]) -> dict[str, float]:
    """The mean of the moments' weights over time; they sum to 1."""
    seconds = durations(moments)
    names = dict.fromkeys(name for moment in moments for name in moment.weights)
    return {
        name: float(
            np.average([moment.weights.get(name, 0.0) for moment in moments], weights=seconds)
        )
        for name in names
    }


def durations(moments: Sequence[Moment]) -> Probs:
    """(N,) seconds; never 0, so that they can weigh."""
    return np.array([max(moment.end - moment.start, 1e-3) for moment in moments])
