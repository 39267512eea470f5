"""A head meets the very encoder it was trained on, prepared as it was then; faces come to the net as
pixels of the size it learned from."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import mmsent
from mmsent.face_boxes import Detection
from mmsent.faces import FaceFrame, crop_face
from mmsent.hub import CheckpointError
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, name_encoder
from tests.small_models import write_face, write_review


@pytest.fixture
def review(tmp_path) -> Path:
    """A head that names what its encoders do with their input, too."""
    folder = write_review(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    encoders = {"text": TextFeatures(tmp_path / "text"), "image": ImageFeatures(tmp_path / "image")}
    config["encoders"] = {name: name_encoder(name, one) for name, one in encoders.items()}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_the_very_encoder_is_taken(review):
    assert mmsent.load("review", review, "cpu").predict("a bag").tokens == ("a", "bag")


def test_other_preprocessing_is_refused(review):
    path = review.parent / "image" / "config.json"
    path.write_text(path.read_text().replace('"std": [\n      0.25', '"std": [\n      0.26'))
    with pytest.raises(CheckpointError, match="“image” with other preprocessing or another token"):
        mmsent.load("review", review, "cpu")


def test_another_tokenizer_is_refused(review):
    path = review.parent / "text" / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["normalizer"]["lowercase"] = False
    path.write_text(json.dumps(tokenizer))
    with pytest.raises(CheckpointError, match="“text” with other preprocessing or another token"):
        mmsent.load("review", review, "cpu")


def face_with(folder: Path, **preprocessing: object) -> Path:
    made = write_face(folder)
    config = json.loads((made / "config.json").read_text())
    config["preprocessing"] |= preprocessing
    (made / "config.json").write_text(json.dumps(config))
    return made


def test_faces_are_cut_small_and_enlarged_as_in_training(tmp_path):
    face = mmsent.load("face", face_with(tmp_path, size=224, source=48), "cpu")
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (400, 400, 3), np.uint8)
    landmarks = np.array([[150, 150], [250, 150], [200, 200], [160, 260], [240, 260]], np.float32)
    found = Detection((100, 100, 300, 300), 0.99, landmarks)
    small = crop_face(picture, landmarks, 48, FaceFrame())
    wanted = cv2.resize(small, (224, 224), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(face.crop(picture, found), wanted)
    # so do ready crops, whatever their size
    large = cv2.resize(small, (480, 480), interpolation=cv2.INTER_NEAREST)
    assert face.classify([large])[0].probs == pytest.approx(face.classify([small])[0].probs)


def test_the_frame_of_a_face_comes_from_its_checkpoint(tmp_path):
    plain = mmsent.load("face", face_with(tmp_path / "plain"), "cpu")
    frame = {"centre_x": 0.5, "centre_y": 0.5, "span": 0.3}
    other = mmsent.load("face", face_with(tmp_path / "other", frame=frame), "cpu")
    same = mmsent.load(
        "face", face_with(tmp_path / "same", frame=vars(FaceFrame()), source=48), "cpu"
    )
    assert plain.identity == same.identity, "what a config leaves out is what was always so"
    assert plain.sha256 == other.sha256
    assert plain.identity != other.identity
