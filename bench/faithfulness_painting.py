"""Places of a picture painted over, for ``bench.faithfulness_photos`` and ``_faces``: in the mean
colour, blurred, or filled in from around with noise (ROAD, Rong et al. 2022, arXiv:2202.00449)."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageFilter
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import splu

from mmsent.media import Picture

NOISE = 0.01 * 255  # of road: standard deviation, in pixel values
NEIGHBOURS = {(0, 1): 1 / 6, (1, 0): 1 / 6, (1, 1): 1 / 12, (1, -1): 1 / 12}
Cell = tuple[slice, slice]  # rows and columns of pixels
Paint = Callable[[Picture, Sequence[Cell]], Picture]


def cells_of(size: int, grid: tuple[int, int]) -> list[Cell]:
    """Of each place of a square picture, row by row, its pixels."""
    tall, wide = (size // side for side in grid)
    return [
        (slice(i * tall, (i + 1) * tall), slice(j * wide, (j + 1) * wide))
        for i in range(grid[0])
        for j in range(grid[1])
    ]


def mean_colour(square: Picture, cells: Sequence[Cell]) -> Picture:
    painted = square.copy()
    for cell in cells:
        painted[cell] = square.mean(axis=(0, 1)).astype(np.uint8)
    return painted


def blur(square: Picture, cells: Sequence[Cell]) -> Picture:
    soft = np.asarray(Image.fromarray(square).filter(ImageFilter.GaussianBlur(len(square) / 14)))
    painted = square.copy()
    for cell in cells:
        painted[cell] = soft[cell]
    return painted


def road(square: Picture, cells: Sequence[Cell]) -> Picture:
    """One cell, each pixel the weighted mean of its eight neighbours, plus noise."""
    ((rows, columns),) = cells
    side, tall, wide = len(square), rows.stop - rows.start, columns.stop - columns.start
    solver, weights = _equations(side, rows.start, columns.start, tall, wide)
    known = np.pad(square.astype(float), ((1, 1), (1, 1), (0, 0)))
    known[1 + rows.start : 1 + rows.stop, 1 + columns.start : 1 + columns.stop] = 0
    right = np.zeros((tall, wide, 3))
    for (down, across), weight in weights.items():
        top, left = 1 + rows.start + down, 1 + columns.start + across
        right += weight * known[top : top + tall, left : left + wide]
    filled = solver.solve(right.reshape(-1, 3)).reshape(tall, wide, 3)
    noise = np.random.default_rng(0).normal(0, NOISE, filled.shape)
    painted = square.copy()
    painted[rows, columns] = (filled + noise).clip(0, 255).round().astype(np.uint8)
    return painted


@cache
def _equations(side: int, top: int, left: int, tall: int, wide: int):
    """Factorised: each pixel's sum of weights times itself less its neighbours in the cell."""
    weights = {(s * i, s * j): w for (i, j), w in NEIGHBOURS.items() for s in (1, -1)}
    matrix = lil_matrix((tall * wide, tall * wide))
    for i in range(tall):
        for j in range(wide):
            for (down, across), weight in weights.items():
                y, x = i + down, j + across
                if 0 <= top + y < side and 0 <= left + x < side:
                    matrix[i * wide + j, i * wide + j] += weight
                    if 0 <= y < tall and 0 <= x < wide:
                        matrix[i * wide + j, y * wide + x] = -weight
    return splu(matrix.tocsc()), weights
