"""The occlusion map: bright where what was read comes from."""

import numpy as np
import pytest

from mmsent.explain import occlusion_map

CROP = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)


def test_it_is_brightest_at_the_only_place_that_counts():
    def score(crops):
        changed = [np.abs(crop.astype(int) - CROP)[8:16, 32:40].mean() for crop in crops]
        return -np.array(changed)

    heat = occlusion_map(CROP, score)
    assert heat.shape == CROP.shape
    assert heat.dtype == np.float32
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert (8 <= row < 16, 32 <= column < 40) == (True, True)
    assert heat.max() == pytest.approx(1)
    assert heat[24:].max() == heat[:, :16].max() == 0


def test_what_speaks_against_it_and_what_does_nothing_stay_dark():
    assert not occlusion_map(CROP, lambda crops: np.arange(len(crops))).any()
    assert not occlusion_map(CROP, lambda crops: np.zeros(len(crops))).any()
