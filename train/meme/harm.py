"""HarMeme: harmful or not, with a net of its own beside Memotion's.

Recipe and calibration come from cross-validation over the training and validation rows, near-twins
kept together; what ships then learns from all of these. Three seeds are trained, of which the first
ships: none is chosen. The test rows are evaluated once.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor, nn

from mmsent.calibrate import abstention_threshold, fit_temperature
from mmsent.captions import clean_caption
from mmsent.labels import HARMEME_ASPECTS
from mmsent.media import open_image
from mmsent.models.meme import Familiarity
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, fit_picture
from train.common.cache import keep, key
from train.common.evaluate import Metrics
from train.common.export import Figures
from train.common.loop import Plan
from train.common.provenance import origin
from train.meme.data import Features, Memes, encode, read_memes
from train.meme.group import Familiar, Group
from train.meme.harm_scores import draw_harm, score_harm
from train.meme.learning import DROP, Run, predict, train_one

PLAN = Plan(
    epochs=8,
    batch_size=128,
    learning_rate=1e-3,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.1,
    ema=0.99,
)
SHAPE: Final = {"width": 96, "dropout": 0.4}  # of MemeNet
SEEDS = 3
FOLDS = 5
PREPROCESSING = {"size": 224, "fit": "inside"}  # as the data set has its pictures
RANK = 32  # principal components in which distances are measured
FAMILIAR = 0.95  # share of memes like the training rows that are let through
ASPECT = "harmful"
PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class HarMeme:
    """Rows of HarMeme: ``captions`` cleaned (N), ``features`` with (N, 1) labels, and ``twins``
    (N,), the number of the group of near-duplicates that a row belongs to."""

    captions: list[str]
    features: Features
    twins: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray[np.integer]) -> "HarMeme":
        captions = [self.captions[i] for i in chosen]
        return HarMeme(captions, self.features[chosen], self.twins[chosen])


def train_harm(
    work: Accelerator,
    data: Path,
    text: TextFeatures,
    image: ImageFeatures,
    plan: Plan,
    runs: Path,
    limit: int | None = None,
) -> Group:
    """What ``harmeme.parquet`` in ``data`` teaches; the test rows of ``memotion7k.parquet`` beside it
    tell whether memes of another kind are noticed."""
    encoders = Encoders(text, image, runs / "cache")
    rows = {part: read_harmeme(data / "harmeme.parquet", part, encoders, limit) for part in PARTS}
    others = encoders(read_memes(data / "memotion7k.parquet", "test", limit), "memotion-test")
    known, test = _joined(rows["train"], rows["val"]), rows["test"]
    logits, distances = cross_validate(work, known, plan, runs / "folds")
    labels = known.features.labels[:, 0].numpy()
    temperature = fit_temperature(logits, labels)
    calibration = {
        "bias": [0.0] * len(HARMEME_ASPECTS[ASPECT]),
        "temperature": temperature,
        "threshold": abstention_threshold(softmax(logits / temperature, axis=1)),
    }
    trained = [
        _train(work, known, rows["val"], replace(plan, seed=plan.seed + i), runs)
        for i in range(SEEDS)
    ]
    familiar = fit_familiar(known.features, limit=float(np.quantile(distances, FAMILIAR)))

    def score(net: nn.Module) -> tuple[Metrics, Figures]:
        nets = [net, *(run.net for run in trained[1:])]
        metrics = score_harm(nets, calibration, known, test, familiar, others)
        return {ASPECT: metrics}, draw_harm(net, calibration, test)

    return Group(
        aspects=HARMEME_ASPECTS,
        preprocessing=PREPROCESSING,
        architecture=SHAPE,
        calibration={ASPECT: calibration},
        net=trained[0].net,
        training={"data": "HarMeme", "seeds": SEEDS, "rows": len(labels)}
        | origin([row for run in trained for row in run.history])
        | {"recipe": {"drop": DROP} | asdict(plan)},
        score=score,
        familiar=familiar,
    )


@dataclass(frozen=True)
class Encoders:
    """The frozen encoders; what they make of memes is kept in the folder ``cache``."""

    text: TextFeatures
    image: ImageFeatures
    cache: Path

    def __call__(self, memes: Memes, name: str) -> Features:
        """Rows under a ``name`` that tells which they are."""

        def encoded() -> dict[str, NDArray]:
            fitted = [fit_picture(picture, **PREPROCESSING) for picture in memes.pictures]
            rows = encode(replace(memes, pictures=fitted), self.text, self.image, name)
            sides = {"text": rows.text, "has_text": rows.has_text, "image": rows.image}
            return {side: tensor.numpy() for side, tensor in sides.items()}

        facts = (self.text.sha256, self.image.sha256, PREPROCESSING, memes.captions)
        kept = keep(self.cache / f"{name}-{key(*facts)}.npz", encoded)
        sides = {side: torch.from_numpy(rows) for side, rows in kept.items()}
        return Features(**sides, labels=torch.from_numpy(memes.labels))


def read_harmeme(file: Path, part: str, encoders: Encoders, limit: int | None = None) -> HarMeme:
    """The rows of ``part`` of ``harmeme.parquet``."""
    table = pd.read_parquet(file)
    table = table[table["split"] == part].head(limit or len(table))
    memes = Memes(
        pictures=[open_image(picture) for picture in table["image"]],
        captions=[clean_caption(text) for text in table["text"]],
        labels=(table["harmful"].to_numpy() > 0).astype(np.int64)[:, None],
    )
    features = encoders(memes, f"harmeme-{part}")
    return HarMeme(memes.captions, features, table["dup_group"].to_numpy(np.int64))


def cross_validate(
    work: Accelerator, rows: HarMeme, plan: Plan, runs: Path
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """(N, 2) logits and (N,) distances of each row, from what the other folds taught."""
    logits, distances = np.zeros((len(rows.twins), 2)), np.zeros(len(rows.twins))
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=plan.seed).split(
        rows.twins, rows.features.labels[:, 0].numpy(), rows.twins
    )
    for number, (others, fold) in enumerate(split):
        run = _train(work, rows[others], rows[fold], plan, runs / str(number))
        logits[fold] = predict(work, run.net, rows[fold].features).numpy()
        distances[fold] = fit_familiar(rows[others].features).distances(rows[fold].features)
    return logits, distances


def fit_familiar(rows: Features, limit: float = np.inf) -> Familiar:
    """Means and principal components of the rows' texts, as far as they have one, and pictures."""
    return Familiar(_components(rows.text[rows.has_text]), _components(rows.image), limit)


def _components(features: Tensor) -> Familiarity:
    """Fitted to (N, width) features: the first RANK components, scaled to variance 1."""
    found = Familiarity(features.shape[1], RANK)
    mean = features.mean(dim=0)
    _, spread, directions = torch.linalg.svd(features - mean, full_matrices=False)
    spread = spread[:RANK] / np.sqrt(len(features) - 1)
    found.mean.copy_(mean)
    found.whiten[:, : len(spread)] = (directions[:RANK] / spread[:, None].clamp(min=1e-6)).T
    return found


def _train(work: Accelerator, rows: HarMeme, asked: HarMeme, plan: Plan, runs: Path) -> Run:
    return train_one(work, rows.features, asked.features, plan, runs, HARMEME_ASPECTS, **SHAPE)


def _joined(*parts: HarMeme) -> HarMeme:
    features = (part.features.rows().tensors for part in parts)
    return HarMeme(
        [caption for part in parts for caption in part.captions],
        Features(*map(torch.cat, zip(*features, strict=True))),
        np.concatenate([part.twins for part in parts]),
    )
