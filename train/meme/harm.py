"""HarMeme: harmful or not, with a net of its own beside Memotion's.

The net is linear, so its fit has one optimum and no seed. How strongly each of its parts is held
back, and its calibration, come from cross-validation over the training and validation rows,
near-twins kept together; what ships learns from all of these. One draw of the folds moves the
temperature by a few hundredths, so it is fitted to several. A run evaluates the test rows once.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from mmsent.calibrate import abstention_threshold, fit_temperature, probabilities
from mmsent.labels import HARMEME_ASPECTS
from mmsent.models.meme import Familiarity, SpellingMemeNet
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures
from mmsent.pipelines.word_parts import LONGEST, SHORTEST
from train.common.cache import cache_key, cached_npz
from train.common.evaluate import Metrics, evaluate
from train.common.export import Figures
from train.meme.data import read_memes
from train.meme.group import Familiar, Group
from train.meme.harm_rows import BUCKETS, PREPROCESSING, Encoders, HarMeme, joined, read_harmeme
from train.meme.harm_scores import draw_harm, logits_of, score_harm

# How much each part of the features counts before the ridge: the more, the less it is held back.
SCALES: Final = {"text": 0.05, "image": 0.01, "parts": 1.5}
ALONE = 0.1  # weight of each row without its picture, and of each without its text
FOLDS, DRAWS = 5, 3  # of the rows, and how often they are drawn
RANK = 32  # principal components in which distances are measured
FAMILIAR = 0.95  # share of memes like the training rows that are let through
ASPECT = "harmful"
PARTS = ("train", "val", "test")


def train_harm(
    data: Path,
    text: TextFeatures,
    image: ImageFeatures,
    runs: Path,
    limit: int | None = None,
    seed: int = 0,
) -> Group:
    """What ``harmeme.parquet`` in ``data`` teaches; the test rows of ``memotion7k.parquet`` beside it
    tell whether memes of another kind are noticed."""
    encoders = Encoders(text, image, runs / "cache")
    rows = {part: read_harmeme(data / "harmeme.parquet", part, encoders, limit) for part in PARTS}
    memes = read_memes(data / "memotion7k.parquet", "test", limit)
    unrated = np.zeros(len(memes), np.int64)
    others = encoders(memes.pictures, memes.captions, unrated, unrated, "memotion-test")
    known, test = joined(rows["train"], rows["val"]), rows["test"]
    draws = [cached_folds(known, seed + draw, encoders) for draw in range(DRAWS)]
    logits, distances = (np.concatenate(parts) for parts in zip(*draws, strict=True))
    temperature = fit_temperature(logits, np.tile(known.labels, DRAWS))
    calibration: dict[str, Any] = {
        "bias": [0.0] * len(HARMEME_ASPECTS[ASPECT]),
        "temperature": temperature,
        "threshold": abstention_threshold(probabilities(logits, temperature)),
    }
    familiar = fit_familiar(known, limit=float(np.quantile(distances, FAMILIAR)))
    names, threshold = HARMEME_ASPECTS[ASPECT], calibration["threshold"]
    first = probabilities(draws[0][0], temperature)
    validation = evaluate(first, known.labels, names, threshold)

    def score(net: SpellingMemeNet) -> tuple[Metrics, Figures]:
        metrics = score_harm(net, calibration, known, test, familiar, others)
        return {ASPECT: metrics | {"cross_validation": validation}}, draw_harm(
            net, calibration, test
        )

    return Group(
        aspects=HARMEME_ASPECTS,
        preprocessing=PREPROCESSING,
        kind="spelling",
        architecture={"buckets": BUCKETS},
        calibration={ASPECT: calibration},
        net=fit_linear(known),
        training={"rows": len(known.labels)}
        | {f"scale_{part}": scale for part, scale in SCALES.items()}
        | {"alone": ALONE, "folds": FOLDS, "draws": DRAWS, "seed": seed},
        score=score,
        familiar=familiar,
    )


def fit_linear(rows: HarMeme) -> SpellingMemeNet:
    """Logistic regression with a ridge on standardised features. Each row is also shown without its
    picture and, where it has a text, without that."""
    text, image = _Standard(rows.text[rows.has_text]), _Standard(rows.image)
    rarity = _rarity(rows.parts)
    there = rows.has_text[:, None]
    sides = {
        "text": sparse.csr_matrix(
            np.hstack([text(rows.text) * SCALES["text"], np.ones_like(there)]) * there
        ),
        "parts": rows.parts @ sparse.diags(rarity),
        "image": sparse.csr_matrix(
            np.hstack([image(rows.image) * SCALES["image"], np.ones_like(there)])
        ),
    }
    words, nothing = sparse.hstack([sides["text"], sides["parts"]]), sparse.csr_matrix
    blank = [nothing(part.shape) for part in (words, sides["image"])]
    table = sparse.vstack(
        [
            sparse.hstack([words, sides["image"]]),
            sparse.hstack([words, blank[1]]).tocsr()[rows.has_text],
            sparse.hstack([blank[0], sides["image"]]),
        ]
    ).tocsr()
    labels = np.concatenate([rows.labels, rows.labels[rows.has_text], rows.labels])
    weights = np.full(len(labels), ALONE)
    weights[: len(rows.labels)] = 1 - 2 * ALONE
    model = LogisticRegression(solver="liblinear", max_iter=500, random_state=0)
    model.fit(table, labels, sample_weight=weights)
    return _folded(model, rows, text, image, rarity)


class _Standard:
    """Features to mean 0 and deviation 1, as those of ``rows`` have."""

    def __init__(self, rows: NDArray[np.floating]) -> None:
        self.mean, self.deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6

    def __call__(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        return (rows - self.mean) / self.deviation


def _rarity(parts: sparse.csr_matrix) -> NDArray[np.float64]:
    """(BUCKETS,) what each part counts: the rarer, the more (Spärck Jones 1972), all so that the
    mean length of the rows is that of SCALES."""
    rarity = 1 + np.log((1 + parts.shape[0]) / (1 + np.bincount(parts.indices, minlength=BUCKETS)))
    lengths = np.sqrt(parts.multiply(parts) @ rarity**2)
    return rarity * SCALES["parts"] / lengths[lengths > 0].mean()


def _folded(
    model: LogisticRegression,
    rows: HarMeme,
    text: _Standard,
    image: _Standard,
    rarity: NDArray[np.float64],
) -> SpellingMemeNet:
    """The fit as weights on plain features: the logit of harm against 0."""
    widths = rows.text.shape[1], rows.image.shape[1]
    net = SpellingMemeNet(*widths, HARMEME_ASPECTS, BUCKETS)
    weights = np.split(model.coef_[0], np.cumsum([widths[0], 1, BUCKETS, widths[1]]))
    text_weights, text_bias, part_weights, image_weights, image_bias = weights
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        for linear, scale, standard, own, bias in (
            (net.text, SCALES["text"], text, text_weights, text_bias),
            (net.image, SCALES["image"], image, image_weights, image_bias),
        ):
            plain = own * scale / standard.deviation
            linear.weight[1] = torch.from_numpy(plain)
            linear.bias[1] = float(bias[0] - plain @ standard.mean)
        net.parts.weight[:, 1] = torch.from_numpy(part_weights * rarity)
        net.constant[1] = float(model.intercept_[0])
    return net


def cached_folds(
    rows: HarMeme, seed: int, encoders: Encoders
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """``cross_validate``, kept in the cache of the ``encoders``: a training that was killed goes on
    behind it."""
    recipe = (SCALES, ALONE, FOLDS, RANK, BUCKETS, SHORTEST, LONGEST, seed)
    facts = (encoders.text.sha256, encoders.image.sha256, recipe, rows.captions.tolist())

    def folds() -> dict[str, NDArray]:
        return dict(zip(("logits", "distances"), cross_validate(rows, seed), strict=True))

    found = cached_npz(encoders.cache / f"folds-{cache_key(*facts)}.npz", folds)
    return found["logits"], found["distances"]


def cross_validate(rows: HarMeme, seed: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """(N, 2) logits and (N,) distances of each row, from what the other folds taught."""
    logits, distances = np.zeros((len(rows.labels), 2)), np.zeros(len(rows.labels))
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for others, fold in split.split(rows.twins, rows.labels, rows.twins):
        net = fit_linear(rows[others])
        logits[fold] = logits_of(net, rows[fold])
        distances[fold] = fit_familiar(rows[others]).distances(rows[fold])
    return logits, distances


def fit_familiar(rows: HarMeme, limit: float = np.inf) -> Familiar:
    """Means and principal components of the rows' texts, as far as they have one, and pictures."""
    text, image = rows.text[rows.has_text], rows.image
    sides = _components(torch.from_numpy(text)), _components(torch.from_numpy(image))
    return Familiar(*sides, limit)


def _components(features: Tensor) -> Familiarity:
    """Fitted to (N, width) features: the first RANK components, scaled to variance 1."""
    found = Familiarity(features.shape[1], RANK)
    mean = features.mean(dim=0)
    _, spread, directions = torch.linalg.svd(features - mean, full_matrices=False)
    spread = spread[:RANK] / np.sqrt(len(features) - 1)
    found.mean.copy_(mean)
    found.whiten[:, : len(spread)] = (directions[:RANK] / spread[:, None].clamp(min=1e-6)).T
    return found
