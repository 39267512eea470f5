"""Fits the fusion weights of words, voice and face for each set of them, on tuples whose voices are
of a corpus that the voice net was not trained on.

Tuples are rows of different corpora with the same label. Fitted on voices like those of its
training, the voice would be believed as much as it deserves there, and elsewhere much too much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from mmsent.models.video import MODALITY_COUNT, Trust
from mmsent.pipelines.video_inputs import MODALITIES, mode_names
from train.video.single_modality import UNKNOWN

# Share of the other sides that have any label: people's words, voices and faces often disagree, and
# on MELD's own clips voice alone and face alone are known to be hardly better than always answering
# neutral.
STRANGER_SHARE = 0.2
REPEATS = 4  # tuples of each row of words or faces
RIDGE = 1e-3  # keeps the biases small
TASKS = ("emotion", "sentiment")
RECIPE = {"stranger": STRANGER_SHARE, "tuples_of_a_row": REPEATS}

Labels = NDArray[np.int64]
Logits = Mapping[str, NDArray[np.float32]]  # task -> (N, its labels)


@dataclass(frozen=True)
class Side:
    """What one modality alone says of its rows: raw ``logits`` by task, ``emotions`` and
    ``sentiments`` (N,), and the ``groups`` (N,) that have an equal share in tuples, such as
    corpora."""

    logits: Logits
    emotions: Labels
    sentiments: Labels
    groups: NDArray

    def __getitem__(self, rows: NDArray) -> "Side":
        logits = {task: part[rows] for task, part in self.logits.items()}
        return Side(logits, self.emotions[rows], self.sentiments[rows], self.groups[rows])


@dataclass(frozen=True)
class Tuples:
    """By task the logits of each side (N, MODALITY_COUNT, labels), and the truth (N,), UNKNOWN where it is
    not known."""

    logits: Logits
    truth: Mapping[str, Labels]


def draw_tuples(
    sides: Mapping[str, Side], anchor: str, random: np.random.Generator, stranger: float = 0.0
) -> Tuples:
    """A tuple for each row of the side ``anchor``, with rows of the other ``sides`` that have the
    same emotion, or in the share ``stranger`` any; rows that have no such partner are left out."""
    first = sides[anchor]
    chosen = {
        name: _partners(side, first.emotions, random, stranger)
        for name, side in sides.items()
        if name != anchor
    }
    chosen[anchor] = np.arange(len(first.emotions))
    complete = np.all([rows >= 0 for rows in chosen.values()], axis=0)
    chosen = {name: rows[complete] for name, rows in chosen.items()}
    rows = chosen[anchor]
    logits = {
        task: np.zeros((len(rows), MODALITY_COUNT, part.shape[1]), np.float32)
        for task, part in first.logits.items()
    }
    for name, side in sides.items():
        for task in TASKS:
            logits[task][:, MODALITIES.index(name)] = side.logits[task][chosen[name]]
    return Tuples(logits, {"emotion": first.emotions[rows], "sentiment": first.sentiments[rows]})


def _partners(side: Side, emotions: Labels, random: np.random.Generator, stranger: float) -> Labels:
    """A random row of ``side`` with the same label for each of ``emotions`` (N,), -1 for none."""
    partners = np.full(len(emotions), -1)
    groups = np.unique(side.groups)
    pools = {
        (group, label): np.flatnonzero((side.groups == group) & (side.emotions == label))
        for group in groups
        for label in range(7)
    }
    for i, label in enumerate(emotions):
        if random.random() < stranger:
            label = int(random.integers(7))
        fitting = [pool for group in groups if len(pool := pools[group, int(label)])]
        if fitting:
            partners[i] = random.choice(fitting[random.integers(len(fitting))])
    return partners


def concatenate_tuples(parts: Sequence[Tuples]) -> Tuples:
    return Tuples(
        {task: np.concatenate([part.logits[task] for part in parts]) for task in TASKS},
        {task: np.concatenate([part.truth[task] for part in parts]) for task in TASKS},
    )


def tuples_of(
    sides: Mapping[str, Side],
    mode: str,
    seed: int,
    stranger: float = STRANGER_SHARE,
    repeats: int = REPEATS,
) -> Tuples:
    """What a set of modalities is fitted on. With words their labels are as frequent as in
    conversation; without, half of the labels are as frequent as among faces, half as among
    voices."""
    random = np.random.default_rng(seed)
    members = {name: sides[name] for name in mode.split("+")}
    anchors = ["text"] if "text" in members else list(members)
    return concatenate_tuples(
        [
            draw_tuples(members, anchor, random, stranger)
            for anchor in anchors
            for _ in range(repeats)
        ]
    )


def fit_trust(trusts: Mapping[str, Trust], sides: Mapping[str, Side], seed: int = 0) -> None:
    """Weights of every set of several modalities, and biases where words are among them: those that
    make the tuples most likely; no weight below 0."""
    for mode in mode_names():
        members = [MODALITIES.index(name) for name in mode.split("+")]
        if len(members) < 2:
            continue
        tuples = tuples_of(sides, mode, seed)
        number = sum(2**i for i in members)
        for task, trust in trusts.items():
            label_mask = tuples.truth[task] != UNKNOWN
            # without words nothing tells how frequent the labels are where the model is used, so
            # none is preferred
            weight, bias = _fit(
                tuples.logits[task][label_mask][:, members],
                tuples.truth[task][label_mask],
                biased="text" in mode,
            )
            with torch.no_grad():
                trust.weight[number] = 0
                trust.weight[number, members] = torch.from_numpy(weight).float()
                trust.bias[number] = torch.from_numpy(bias).float()


def _fit(
    logits: NDArray[np.float32], truth: Labels, biased: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, M, C) logits and (N,) labels -> weights (M,) of at least 0 and biases (C,), zeros unless
    ``biased``."""
    rows, members, labels = logits.shape
    once = np.eye(labels)[truth]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, bias = values[:members], values[members:]
        sums = np.einsum("nmc,m->nc", logits, weight) + bias
        wrong = (softmax(sums, axis=1) - once) / rows
        slope = np.concatenate(
            [np.einsum("nmc,nc->m", logits, wrong), wrong.sum(axis=0) + 2 * RIDGE * bias]
        )
        return -float((log_softmax(sums, axis=1) * once).sum() / rows) + RIDGE * float(
            bias @ bias
        ), slope

    start = np.concatenate([np.full(members, 0.5), np.zeros(labels)])
    bounds = [(0, None)] * members + [(None, None) if biased else (0, 0)] * labels
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return best[:members], best[members:]
