"""The face pipeline, and its raw readings of a camera's pictures."""

import io
import json
import pickle

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

import mmsent
from mmsent.calibrate import probabilities
from mmsent.faces import overlap
from mmsent.media import ANIMATED
from mmsent.pipelines.live import read_picture


@pytest.fixture(scope="module")
def pipeline(face_checkpoint):
    return mmsent.load("face", face_checkpoint)


@pytest.fixture(scope="module")
def portrait():
    return cv2.resize(data.astronaut()[:384], (640, 480), interpolation=cv2.INTER_AREA)


@pytest.mark.slow
def test_predict_finds_the_face_in_any_kind_of_input(pipeline, portrait, tmp_path):
    Image.fromarray(portrait).save(tmp_path / "portrait.png")
    results = [
        pipeline.predict(kind)
        for kind in (portrait, Image.fromarray(portrait), tmp_path / "portrait.png")
    ]
    assert results[0] == results[1] == results[2]
    (face,) = results[0].faces
    assert results[0].size == (640, 480)
    assert sum(face.emotions.probs) == pytest.approx(1)
    assert face.emotions.top == max(face.emotions.as_dict(), key=face.emotions.as_dict().get)
    assert pickle.loads(pickle.dumps(results[0])) == results[0]
    assert json.loads(json.dumps(results[0].to_dict()))["faces"][0]["box"] == list(face.box)


def test_a_moving_picture_is_told(pipeline):
    still, file = Image.new("RGB", (40, 30), "red"), io.BytesIO()
    still.save(file, "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30), "blue")])
    assert pipeline.predict(file.getvalue()).notes == (ANIMATED,)
    assert pipeline.predict(still).notes == ()


@pytest.mark.parametrize("shape", [(48, 48, 1), (48, 48, 4), (48,), (0, 48)])
def test_crops_of_another_shape_are_refused(pipeline, shape):
    with pytest.raises(ValueError, match="a crop must be uint8 of shape"):
        pipeline.classify([np.zeros(shape, np.uint8)])


@pytest.mark.slow
def test_large_photos_give_boxes_in_their_own_pixels(pipeline, portrait):
    (small,) = pipeline.predict(portrait).faces
    (large,) = pipeline.predict(cv2.resize(portrait, None, fx=5, fy=5)).faces
    assert np.abs(np.array(large.box) / 5 - np.array(small.box)).max() < 12


def test_classify_takes_grey_and_colour_crops_of_any_size(pipeline):
    random = np.random.default_rng(0)
    grey = random.integers(0, 256, (48, 48), dtype=np.uint8)
    same = pipeline.classify(
        [grey, np.repeat(grey[..., None], 3, 2), random.integers(0, 256, (90, 70), dtype=np.uint8)]
    )
    assert same[0].probs == pytest.approx(same[1].probs, abs=1e-4)
    assert len(same) == 3
    assert pipeline.classify([]) == []
    with pytest.raises(ValueError, match="uint8"):
        pipeline.classify([grey.astype(float)])


def test_explanation_lies_on_the_face(pipeline, portrait):
    (face,) = pipeline.predict(portrait).faces
    heat = pipeline.explain(portrait, face, "happy")
    assert heat.shape == (480, 640)
    assert 0 <= heat.min() <= heat.max() <= 1
    x0, _, x1, y1 = face.box
    assert heat[:, : x0 - 60].max() == heat[:, x1 + 60 :].max() == heat[y1 + 60 :].max() == 0


@pytest.fixture(scope="module")
def frame(portrait):
    return cv2.resize(portrait, (320, 240), interpolation=cv2.INTER_AREA)


def test_a_picture_is_searched_or_its_faces_are_followed(pipeline, frame):
    (found,) = read_picture(pipeline, frame)
    assert found.reason is None
    (photo,) = pipeline.predict(frame).faces
    assert probabilities(found.logits) == pytest.approx(photo.emotions.probs, abs=1e-4)
    moved = np.roll(frame, 12, axis=1)
    away = np.float32([250, 180, 300, 230])
    followed, gone = read_picture(pipeline, moved, [found.face.box, away])
    assert gone is None
    assert overlap(followed.face.box, found.face.box + np.float32([12, 0, 12, 0])) > 0.75
    assert read_picture(pipeline, frame, []) == []
    assert read_picture(pipeline, np.full_like(frame, 90)) == []


def test_logits_are_divided_by_the_temperature(pipeline, frame, monkeypatch):
    (plain,) = read_picture(pipeline, frame)
    monkeypatch.setattr(pipeline, "temperature", 2.0)
    (halved,) = read_picture(pipeline, frame)
    assert halved.logits == pytest.approx(plain.logits / 2)


def test_a_turned_face_is_followed_by_its_roll(pipeline, frame):
    upside_down = np.ascontiguousarray(frame[::-1, ::-1])
    (found,) = read_picture(pipeline, upside_down)
    assert abs(found.face.roll) > 90
    (followed,) = read_picture(pipeline, upside_down, [found.face.box], [found.face.roll])
    assert overlap(followed.face.box, found.face.box) > 0.8
    assert abs(followed.face.roll) > 90


def test_a_crowd_is_read_in_turns(pipeline):
    portrait = cv2.resize(data.astronaut()[30:230, 140:300], (80, 100))
    crowd = np.tile(portrait, (1, 5, 1))
    boxes = [np.float32([80 * i + 12, 20, 80 * i + 65, 90]) for i in range(5)]
    readings = read_picture(pipeline, crowd, boxes)
    assert [reading.logits is None for reading in readings] == [False] * 3 + [True] * 2
    assert {reading.reason for reading in readings} == {None}
