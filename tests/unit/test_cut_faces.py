"""Faces that the edge of the picture cuts are found, once, and no others with them."""

import cv2
import numpy as np
import pytest
from skimage import data

from mmsent.faces import FaceDetector


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


@pytest.fixture(scope="module")
def portrait():
    """320x240 RGB with one face, that of Eileen Collins (NASA, public domain), from 115 to 165."""
    return cv2.resize(data.astronaut()[:384], (320, 240), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("left", [135, 140])
def test_a_face_cut_by_the_edge_is_found(detector, portrait, left):
    picture = np.ascontiguousarray(portrait[:, left:])
    assert detector.search(picture) == []
    (face,) = detector.detect(picture)
    assert face.box[0] < 5
    assert face.box[2] == pytest.approx(165 - left, abs=8)


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("left", [100, 125, 130])
def test_a_face_at_the_edge_is_found_once(detector, portrait, left, thorough):
    assert len(detector.detect(np.ascontiguousarray(portrait[:, left:]), 20, thorough)) == 1


def test_the_margin_makes_no_face_of_its_own(detector):
    picture = np.full((240, 320, 3), 90, np.uint8)
    assert detector.detect(picture) == detector.detect(picture, 20, True) == []
