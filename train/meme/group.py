"""What one data set teaches the meme model: some aspects, with a net of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mmsent import hub
from mmsent.models.meme import Familiarity, MemeNets
from train.common.evaluate import Metrics
from train.common.export import Figures
from train.meme.data import Aspects
from train.meme.harm_rows import HarMeme


@dataclass(frozen=True)
class Familiar:
    """What tells a meme unlike the training rows: a Familiarity for each side, and the distance
    (mean of the sides that are there) above which the answer is "not sure"."""

    text: Familiarity
    image: Familiarity
    limit: float

    def distances(self, rows: HarMeme) -> NDArray[np.floating]:
        """(N,) of rows that all have a picture."""
        text, image = self.sides(rows)
        return np.where(rows.has_text, (text + image) / 2, image)

    def sides(self, rows: HarMeme) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """(N,) of the text and of the picture."""
        return (
            self.text(torch.from_numpy(rows.text)).numpy(),
            self.image(torch.from_numpy(rows.image)).numpy(),
        )


@dataclass(frozen=True)
class Group:
    """``aspects`` with their labels; how pictures are prepared, the ``kind`` of net and what that takes
    beside widths and aspects, and ``calibration``, as config.json tells them; the net that ships; facts on the ``training``.

    ``score`` evaluates the rows of ``split``, "test" or "validation", with that net as it was written,
    in half precision, and gives the figures of each aspect, and plots. ``words`` and ``modes`` are how
    captions are cut and what memes were learnt from, as config.json tells them; None is what it does
    not need to tell.
    """

    aspects: Aspects
    preprocessing: Mapping[str, Any]
    kind: str
    architecture: Mapping[str, Any]
    calibration: Mapping[str, Any]
    net: nn.Module
    training: Mapping[str, Any]
    score: Callable[[Any], tuple[Metrics, Figures]]
    familiar: Familiar | None = None
    split: str = "test"
    words: str | None = None
    modes: Sequence[str] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """Its part of config.json's ``groups``."""
        parts = {
            "aspects": list(self.aspects),
            "preprocessing": dict(self.preprocessing),
            "net": self.kind,
            "architecture": dict(self.architecture),
        }
        if self.familiar is None:
            return parts
        rank = self.familiar.text.whiten.shape[1]
        return parts | {"familiarity": {"rank": rank, "limit": self.familiar.limit}}


def kept_group(folder: Path, name: str) -> Group:
    """The group ``name`` of a checkpoint, as it is, with the figures it has."""
    config = hub.read_config(folder, "meme")
    net = hub.build_net(
        folder,
        lambda: MemeNets(
            **config["architecture"],
            groups=config["groups"],
            labels=config["labels"],
            words=config["words"],
        ),
    )
    group = config["groups"][name]
    metrics = hub.read_metrics(folder, hub.sha256(folder / hub.WEIGHTS))
    if metrics is None:
        raise hub.CheckpointError(f"{folder} has no figures of its weights to keep.")
    return Group(
        aspects={aspect: tuple(config["labels"][aspect]) for aspect in group["aspects"]},
        preprocessing=group["preprocessing"],
        kind=group["net"],
        architecture=group["architecture"],
        calibration={aspect: config["calibration"][aspect] for aspect in group["aspects"]},
        net=net[name],
        training=config["training"][name],
        score=lambda _: ({aspect: metrics["test"][aspect] for aspect in group["aspects"]}, {}),
    )
