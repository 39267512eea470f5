"""Rows of different lengths in one tensor, and scores with their threshold."""

import numpy as np
import pytest
import torch

from mmsent.padding import pad, pad_vectors
from mmsent.results import Scores


def test_ids_are_filled_up_at_the_end() -> None:
    ids, mask = pad([np.array([5, 6, 7]), np.array([8])], filler=1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[True, True, True], [True, False, False]]


def test_vectors_are_filled_up_with_zeros_whatever_their_precision() -> None:
    rows = [np.ones((1, 2), np.float16), None, np.full((2, 2), 3, np.float32)]
    vectors, mask = pad_vectors(rows, 2)
    assert vectors.dtype == torch.float32
    assert vectors.tolist() == [[[1, 1], [0, 0]], [[0, 0], [0, 0]], [[3, 3], [3, 3]]]
    assert mask.tolist() == [[True, False], [False, False], [True, True]]


def test_where_there_is_nothing_one_place_stays_and_is_masked() -> None:
    vectors, mask = pad_vectors([None, np.zeros((0, 3), np.float32)], 3)
    assert vectors.shape == (2, 1, 3)
    assert not mask.any()
    ids, mask = pad([np.array([], np.int64)], filler=4)
    assert (ids.tolist(), mask.tolist()) == ([[4]], [[False]])


@pytest.mark.parametrize(
    ("threshold", "doubtful", "unsure"),
    [(0.6, False, False), (0.61, False, True), (0.6, True, True)],
)
def test_scores_are_unsure_below_the_threshold_or_in_doubt(
    threshold: float, doubtful: bool, unsure: bool
) -> None:
    scores = Scores.of(["a", "b"], np.array([0.4, 0.6]), threshold, doubtful)
    assert scores == Scores(("a", "b"), (0.4, 0.6), unsure)
