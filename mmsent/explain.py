"""Attribution: occlusion maps and leave-one-out effects."""

from collections.abc import Callable
from itertools import pairwise, product

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

PLACES = (6, 6)  # rows and columns that are left out of a face, one at a time
BLUR_SHARE = 14  # of the width of a crop that the blur's standard deviation is
EPSILON = 1e-6  # keeps log-odds finite


def occlusion_map(
    crop: NDArray[np.uint8], score: Callable[[list[NDArray[np.uint8]]], NDArray[np.floating]]
) -> NDArray[np.float32]:
    """Where in ``crop`` (H, W) its score comes from: (H, W) float32 in 0..1, all 0 where no place
    raises it. Each of PLACES is blurred away, and what the score loses is shown there (Zeiler &
    Fergus 2014, arXiv:1311.2901).

    ``score`` gives the log-odds (N,) of N such crops.
    """
    height, width = crop.shape
    soft = cv2.GaussianBlur(crop, (0, 0), width / BLUR_SHARE)
    edges = [
        np.linspace(0, side, count + 1).astype(int)
        for side, count in zip(crop.shape, PLACES, strict=True)
    ]
    crops = [crop]
    for (top, bottom), (left, right) in product(*map(pairwise, edges)):
        crops.append(crop.copy())
        crops[-1][top:bottom, left:right] = soft[top:bottom, left:right]
    whole, *left_out = score(crops)
    lost = np.clip(whole - np.array(left_out, np.float32), 0, None).reshape(PLACES)
    heat = cv2.resize(lost, (width, height), interpolation=cv2.INTER_LINEAR).clip(min=0)
    return np.asarray(heat / max(heat.max(), 1e-8), np.float32)


def leave_group_out_means(
    rows: NDArray[np.float32], group_of: NDArray[np.integer], groups: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mean (G, width) of (N, width) ``rows`` without those of each group, zeros where none is
    left, and (G,) False where none is left.

    ``group_of`` (N,) is the group of each row, 0..groups - 1. A group may have no rows.
    """
    sums = np.zeros((groups, rows.shape[1]), np.float32)
    np.add.at(sums, group_of, rows)
    left = len(rows) - np.bincount(group_of, minlength=groups)
    means = (rows.sum(axis=0) - sums) / left.clip(min=1)[:, None]
    return np.where(left[:, None] > 0, means, 0).astype(np.float32), left > 0


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    """The log-odds of probabilities 0..1 of any shape, finite at both ends."""
    return logit(np.clip(np.asarray(probability, np.float64), EPSILON, 1 - EPSILON))
