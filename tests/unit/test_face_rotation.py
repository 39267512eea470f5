"""Faces on their side and upside down: found, turned upright, followed, and their boxes in the
picture given."""

import cv2
import numpy as np
import pytest
from skimage import data

import mmsent
from mmsent.face_rotation import angle_between, roll_of, turn_quarters, unturn_box, unturn_points
from mmsent.face_tracker import FaceTracker
from mmsent.faces import FaceDetector, FaceFrame, crop_face, overlap


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


@pytest.fixture(scope="module")
def portrait():
    """320x240 RGB with one face, that of Eileen Collins (NASA, public domain)."""
    return cv2.resize(data.astronaut()[:384], (320, 240), interpolation=cv2.INTER_AREA)


def turned(picture, degrees):
    """The picture turned clockwise on a square ground, and the map of its points."""
    height, width = picture.shape[:2]
    side = int(np.hypot(height, width)) + 1
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += side / 2 - np.array([width, height]) / 2
    return cv2.warpAffine(picture, matrix, (side, side)), matrix


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_what_is_found_in_a_turned_picture_is_told_in_the_picture_given(quarters):
    picture = np.zeros((30, 50, 3), np.uint8)
    picture[4:9, 20:40] = 255
    there = np.argwhere(turn_quarters(picture, quarters)[..., 0])[:, ::-1]
    box = np.concatenate([there.min(axis=0), there.max(axis=0) + 1])
    assert unturn_box(box, (50, 30), quarters).tolist() == [20, 4, 40, 9]
    assert unturn_points(box.reshape(2, 2), (50, 30), quarters).min(axis=0).tolist() == [20, 4]


@pytest.mark.parametrize("degrees", [45, 90, 135, 180, 225, 270, 315])
def test_a_turned_face_is_cut_out_as_the_upright_one(detector, portrait, degrees):
    (upright,) = detector.detect(portrait)
    picture, matrix = turned(portrait, degrees)
    (face,) = detector.detect(picture)
    assert angle_between(roll_of(face.landmarks), degrees) < 12
    where = upright.landmarks @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(face.landmarks - where).max() < 6
    assert face.box[0] < where[:, 0].min() < where[:, 0].max() < face.box[2]
    assert face.box[1] < where[:, 1].min() < where[:, 1].max() < face.box[3]
    crops = [
        crop_face(image, one.landmarks, 48, FaceFrame()).astype(float)
        for image, one in ((portrait, upright), (picture, face))
    ]
    assert np.corrcoef(crops[0].ravel(), crops[1].ravel())[0, 1] > 0.9


def test_one_upside_down_beside_one_upright_is_found_in_a_photo(face_checkpoint, portrait):
    both = np.hstack([portrait, portrait[::-1, ::-1]])
    faces = mmsent.load("face", face_checkpoint).predict(both).faces
    assert sorted(face.box[0] >= 320 for face in faces) == [False, True]
    assert sorted(round(abs(roll_of(np.array(face.landmarks))) / 180) for face in faces) == [0, 1]


def test_an_upright_face_stays_as_it_was_found(detector, portrait):
    (fast,), (full,) = detector.detect(portrait), detector.detect(portrait, thorough=True)
    (plain,) = detector.search(portrait)
    for face in (fast, full):
        assert np.array_equal(face.landmarks, plain.landmarks)
        assert np.array_equal(face.box, plain.box)


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_turned_face_is_followed_without_searching(detector, portrait, degrees, monkeypatch):
    picture, _ = turned(portrait, degrees)
    tracker = FaceTracker(detector)
    (first,) = tracker.update(picture, 0.0)
    start = first.face
    monkeypatch.setattr(detector, "search", None)
    for i in range(1, 6):
        moved = np.roll(picture, 4 * i, axis=1)
        (track,) = tracker.update(moved, i / 15)
    assert track.number == first.number
    assert overlap(track.face.box, start.box + np.float32([20, 0, 20, 0])) > 0.7
    assert angle_between(roll_of(track.face.landmarks), degrees) < 12
