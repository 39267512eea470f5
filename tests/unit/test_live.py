"""The face pipeline and the live stream on top of it: steady in time, honest when unsure."""

import io
import json
import pickle
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

import mmsent
from mmsent.calibrate import probabilities
from mmsent.faces import Detection
from mmsent.labels import FACE_EMOTIONS
from mmsent.media import ANIMATED
from mmsent.pipelines.live import BASELINE_SECONDS, MAX_CLASSIFIED_PER_FRAME, NOT_SURE, LiveFaces

FRAME = np.zeros((240, 320, 3), np.uint8)
HAPPY, SAD, NEUTRAL = (FACE_EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))


@pytest.fixture(scope="module")
def pipeline(face_checkpoint):
    return mmsent.load("face", face_checkpoint)


@pytest.fixture(scope="module")
def portrait():
    return cv2.resize(data.astronaut()[:384], (640, 480), interpolation=cv2.INTER_AREA)


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


class ScriptedFaces:
    """A pipeline whose faces stand still and whose logits are scripted: what LiveFaces makes of
    them is under test."""

    threshold = 0.4

    def __init__(self, pipeline, count=1):
        self._pipeline = pipeline
        self.boxes = [np.float32([60 * i, 10, 60 * i + 50, 60]) for i in range(count)]
        self.next = np.zeros(7)
        self.classified: list[int] = []
        self.detector = self

    def detect(self, picture, smallest=20):
        return [Detection(box, 0.99, np.float32([[box[0], 0]] * 5)) for box in self.boxes]

    def relocate(self, picture, boxes):
        faces = self.detect(picture)
        return [faces[i] if i < len(faces) else None for i in range(len(boxes))]

    def read(self, picture, faces):
        self.classified += [int(face.landmarks[0, 0]) // 60 for face in faces]
        crops = [face.landmarks for face in faces]
        return crops, np.tile(self.next, (len(faces), 1))

    def probabilities(self, logits):
        return probabilities(logits, 1.0)

    def face(self, *args):
        found = self._pipeline.face(*args)
        unsure = found.emotions.confidence < self.threshold or bool(found.quality)
        return replace(found, emotions=replace(found.emotions, unsure=unsure))


def logits(**values):
    return np.array([float(values.get(name, 0)) for name in FACE_EMOTIONS])


def play(live, script, rows, seconds, rate=10, start=0.0):
    """Feeds the same logits for some seconds; returns every label shown and the time after the last
    frame."""
    script.next = rows
    times = [start + i / rate for i in range(int(seconds * rate))]
    return [live.update(FRAME, now).labels[0] for now in times], start + seconds


@pytest.mark.parametrize("rate", [5, 30])
def test_smoothing_is_in_seconds_not_frames(pipeline, rate):
    script = ScriptedFaces(pipeline)
    live = LiveFaces(script, smoothing=0.5)
    _, now = play(live, script, logits(sad=9), 1, rate)
    play(live, script, logits(happy=9), 0.5, rate, now)
    (face,) = live.update(FRAME, now + 0.5).faces
    since_last_sad = 0.5 + 1 / rate
    assert face.emotions.as_dict()["happy"] == pytest.approx(
        1 - np.exp(-since_last_sad / 0.5), abs=0.01
    )


def test_a_flickering_face_does_not_change_its_label(pipeline):
    script, random = ScriptedFaces(pipeline), np.random.default_rng(0)
    live = LiveFaces(script)
    _, now = play(live, script, logits(happy=3, sad=2.6), 1)
    shown, tops = set(), []
    for i in range(200):
        script.next = logits(happy=3, sad=2.9) + random.normal(scale=0.4, size=7)
        tops.append(int(script.next.argmax()))
        shown.add(live.update(FRAME, now + i / 15).labels[0])
    assert np.count_nonzero(np.diff(tops)) > 50
    assert shown == {"happy"}


def test_a_clear_change_shows_within_a_second_and_more_readily_when_sensitive(pipeline):
    def delay(sensitivity):
        script = ScriptedFaces(pipeline)
        live = LiveFaces(script, smoothing=0.5, sensitivity=sensitivity)
        _, now = play(live, script, logits(neutral=4), 1)
        labels, _ = play(live, script, logits(surprise=4), 3, start=now)
        return labels.index("surprise") / 10

    assert delay(1.0) < delay(0.0)
    assert delay(0.5) <= 0.7


def test_weak_expressions_are_not_sure(pipeline):
    script = ScriptedFaces(pipeline)
    live = LiveFaces(script)
    labels, now = play(live, script, logits(happy=0.4), 1)
    assert set(labels) == {NOT_SURE}
    result = live.update(FRAME, now)
    assert result.faces[0].emotions.unsure
    assert result.faces[0].emotions.top == "happy"


def test_the_neutral_baseline_takes_off_a_resting_lean(pipeline):
    script = ScriptedFaces(pipeline)
    live = LiveFaces(script)
    resting = logits(sad=2.0, neutral=1.0)
    labels, now = play(live, script, resting, 1)
    assert labels[-1] == "sad"
    live.start_baseline(now)
    _, now = play(live, script, resting, BASELINE_SECONDS - 0.1, start=now)
    assert live.baseline == "collecting"
    labels, now = play(live, script, resting, 3, start=now)
    assert live.baseline == "set"
    assert labels[-1] == "neutral"
    labels, now = play(live, script, resting + logits(happy=5), 3, start=now)
    assert labels[-1] == "happy"
    live.clear_baseline()
    labels, _ = play(live, script, resting, 3, start=now)
    assert labels[-1] == "sad"
    assert live.baseline is None


def test_many_faces_take_turns_and_all_are_named(pipeline):
    script = ScriptedFaces(pipeline, count=5)
    live = LiveFaces(script)
    script.next = logits(happy=4)
    for i in range(30):
        result = live.update(FRAME, i / 15)
    assert len(result.faces) == 5
    assert set(result.labels) == {"happy"}
    counts = np.bincount(script.classified, minlength=5)
    assert counts.sum() <= 30 * MAX_CLASSIFIED_PER_FRAME
    assert counts.min() >= 5 * 2  # each at least five times a second over two seconds


def test_a_real_stream_follows_the_face(pipeline, portrait):
    live = LiveFaces(pipeline)
    frame = cv2.resize(portrait, (320, 240), interpolation=cv2.INTER_AREA)
    numbers, empty = [], np.full_like(frame, 90)
    for i in range(12):
        shifted = cv2.warpAffine(
            frame,
            np.float32([[1, 0, 3 * i], [0, 1, 0]]),
            (320, 240),
            borderMode=cv2.BORDER_REPLICATE,
        )
        numbers.append([face.track for face in live.update(shifted, i / 12).faces])
    assert numbers == [[1]] * 12
    assert live.update(empty, 1.0).faces == ()


def test_a_baseline_goes_with_its_face(pipeline):
    script = ScriptedFaces(pipeline)
    live = LiveFaces(script)
    _, now = play(live, script, logits(sad=2, neutral=1), 1)
    live.start_baseline(now)
    _, now = play(live, script, logits(sad=2, neutral=1), BASELINE_SECONDS + 0.2, start=now)
    assert live.baseline == "set"
    script.boxes = []
    for i in range(15):
        result = live.update(FRAME, now + i / 10)
    assert result.faces == ()
    assert result.baseline is None
