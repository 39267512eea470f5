"""Faces that can't be read well are not sure, and say why."""

import cv2
import numpy as np
import pytest
from skimage import data

import mmsent
from mmsent.face_quality import BLURRED, CUT_OFF, TOO_SMALL, quality_notes
from mmsent.pipelines.clip_faces import POOR_QUALITY_NOTE, FaceWatcher
from mmsent.pipelines.live import read_picture


@pytest.fixture(scope="module")
def pipeline(face_checkpoint):
    return mmsent.load("face", face_checkpoint)


def portrait():
    """320x240 RGB with one face, that of Eileen Collins (NASA, public domain), 50 px wide."""
    return cv2.resize(data.astronaut()[:384], (320, 240), interpolation=cv2.INTER_AREA)


def tiny():
    return cv2.resize(portrait(), (112, 84), interpolation=cv2.INTER_AREA)


def blurred():
    return cv2.GaussianBlur(portrait(), (0, 0), 3)


def cut():
    return np.ascontiguousarray(portrait()[:, 127:])


@pytest.mark.parametrize(
    ("picture", "reason"), [(tiny, TOO_SMALL), (blurred, BLURRED), (cut, CUT_OFF)]
)
def test_what_cannot_be_read_is_not_sure_and_says_why(pipeline, picture, reason):
    result = pipeline.predict(picture())
    (face,) = result.faces
    assert face.quality == reason
    assert face.emotions.unsure
    assert reason in " ".join(result.notes)
    assert result.to_dict()["faces"][0]["quality"] == reason
    (reading,) = read_picture(pipeline, picture())
    assert (reading.logits, reading.reason) == (None, reason)


def test_a_good_face_is_judged_as_before(pipeline):
    result = pipeline.predict(portrait())
    assert result.faces[0].quality is None
    assert result.notes == ()


def test_a_turned_face_is_told(pipeline):
    result = pipeline.predict(portrait()[::-1, ::-1])
    assert result.notes == ("Turned upright to be read: face 1.",)


def test_notes_name_each_face():
    assert quality_notes([None, BLURRED, None, CUT_OFF]) == (
        "Not sure, since they can't be read well: face 2 (blurred), face 4 (cut off by the edge).",
    )
    assert quality_notes([None]) == ()


def test_a_clip_whose_face_is_blurred_says_so(pipeline):
    for picture, told in ((blurred(), True), (portrait(), False)):
        watcher = FaceWatcher(pipeline)
        for i in range(4):
            watcher.add(picture, i / 5)
        faces = watcher.faces()
        assert [face.quality for face in faces.results(pipeline)] == [BLURRED if told else None] * 4
        assert faces.notes() == ((POOR_QUALITY_NOTE.format(4, 4, BLURRED),) if told else ())
