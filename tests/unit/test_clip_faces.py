"""Which faces of a clip count, and which of them leads."""

import pickle

import numpy as np
import pytest

import mmsent
from mmsent.face_tracker import FaceTrack
from mmsent.faces import Detection
from mmsent.pipelines.clip_faces import (
    BATCH_SIZE,
    MAX_FACES_PER_FRAME,
    MIN_TRACK_FRAMES,
    Faces,
    FaceWatcher,
)

FRAME = np.zeros((240, 320, 3), np.uint8)
WIDTH = 519


class Seen:
    """A tracker that tells what it is told: for each frame the (number, height) of the faces in
    it."""

    def __init__(self, frames: list[list[tuple[int, int]]]) -> None:
        self._frames = iter(frames)

    def update(self, frame: np.ndarray, now: float) -> list[FaceTrack]:
        return [
            FaceTrack(number, detection(number, height), now)
            for number, height in next(self._frames)
        ]


def detection(number: int, height: int) -> Detection:
    x, y = 20.0 * number, 10.0
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Detection(
        np.array([x, y, x + height, y + height], np.float32), 0.99, points * height + (x, y)
    )


@pytest.fixture(scope="module")
def face(face_checkpoint):
    return mmsent.load("face", face_checkpoint)


def watched(face, frames: list[list[tuple[int, int]]]) -> Faces:
    watcher = FaceWatcher(face)
    watcher._tracker = Seen(frames)
    for i in range(len(frames)):
        watcher.add(FRAME, i / 5)
    return watcher.faces()


def test_the_largest_and_most_present_leads(face) -> None:
    long_and_small, short_and_large = [(1, 40)], [(1, 40), (2, 90)]
    assert watched(face, [long_and_small] * 16 + [short_and_large] * 5).lead == 1
    assert watched(face, [long_and_small] * 4 + [short_and_large] * 5).lead == 2
    assert watched(face, [[]] * 3).lead is None


def test_every_face_is_kept_and_one_a_frame_counts(face) -> None:
    faces = watched(face, [[(1, 40), (2, 90)]] * 4 + [[(1, 40)]] * 4)
    assert len(faces) == 12
    assert faces.lead == 2
    assert faces.tracks[faces.leading].tolist() == [2] * 4 + [1] * 4
    assert faces.embeddings.shape == (8, WIDTH)
    results = faces.results(face)
    assert [found.track for found in results] == faces.tracks.tolist()
    assert sorted({found.box for found in results}) == [(20, 10, 60, 50), (40, 10, 130, 100)]
    assert results[0].emotions.probs == pytest.approx(
        face.classify([face.crop(FRAME, detection(1, 40))])[0].probs, abs=2e-3
    )


def test_a_moment_gets_the_face_that_leads_in_it(face) -> None:
    faces = watched(face, [[(1, 40), (2, 90)]] * 4 + [[(1, 40)]] * 4 + [[]] * 5)
    assert faces.between(0.0, 0.75).shape == (4, WIDTH)  # the large one
    assert faces.between(0.0, 1.6).shape == (4, WIDTH)  # it is larger, and there as long
    assert faces.between(0.9, 1.6).shape == (3, WIDTH)  # the other one, now alone
    # too short to hold a frame: the larger of the two beside it
    assert faces.between(0.65, 0.7).shape == (1, WIDTH)
    assert faces.between(1.9, 2.4) is None


def test_what_flashes_up_is_no_face_unless_the_clip_is_as_short(face) -> None:
    blink = [[(1, 40)]] * (MIN_TRACK_FRAMES - 1)
    assert len(watched(face, blink + [[]] * 5)) == 0
    assert len(watched(face, blink)) == MIN_TRACK_FRAMES - 1


def test_a_crowd_is_bounded_and_read_in_batches(face, monkeypatch) -> None:
    sizes = []
    embed = FaceWatcher._embed_waiting
    monkeypatch.setattr(
        FaceWatcher,
        "_embed_waiting",
        lambda self: (sizes.append(len(self._waiting_crops)), embed(self))[1],
    )
    crowd = [(number, 20 + number) for number in range(1, MAX_FACES_PER_FRAME + 5)]
    faces = watched(face, [crowd] * 20)
    assert set(faces.tracks.tolist()) == {number for number, _ in crowd[-MAX_FACES_PER_FRAME:]}
    assert sum(sizes) == len(faces) == 20 * MAX_FACES_PER_FRAME
    assert all(BATCH_SIZE <= size < BATCH_SIZE + MAX_FACES_PER_FRAME for size in sizes[:-1])


def test_whom_a_crowd_hides_is_told(face) -> None:
    for count in (MAX_FACES_PER_FRAME, MAX_FACES_PER_FRAME + 1):
        watcher = FaceWatcher(face)
        watcher._tracker = Seen(
            [[(number, 20 + number) for number in range(1, count + 1)], [(1, 40)]]
        )
        watcher.add(FRAME, 0.0)
        watcher.add(FRAME, 0.2)
        assert watcher.crowded == (count > MAX_FACES_PER_FRAME)


def test_it_stays_small_and_pickles(face) -> None:
    faces = watched(face, [[(1, 40)]] * 100)
    content = pickle.dumps(faces)
    assert len(content) < 100 * 1200  # 3,000 frames of ten minutes: under 4 MB
    assert np.array_equal(pickle.loads(content).embeddings, faces.embeddings)


def test_without_faces_there_is_nothing(face) -> None:
    faces = watched(face, [])
    assert (len(faces), faces.lead, faces.between(0, 9), faces.results(face)) == (0, None, None, ())
