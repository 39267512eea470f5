"""Finding, cutting out and following faces."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from skimage import data

from mmsent.face_tracker import (
    LOST_TRACK_SECONDS,
    MIN_SEARCH_FRAMES,
    SEARCH_SECONDS,
    SEARCH_SECONDS_WHILE_LOST,
    FaceTracker,
    match_boxes,
)
from mmsent.faces import Detection, FaceDetector, FaceFrame, clip_box, crop_face, overlap


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


@pytest.fixture(scope="module")
def portrait():
    """640x480 RGB with one face, that of Eileen Collins (NASA, public domain), at about (224, 76)
    to (336, 217)."""
    return cv2.resize(data.astronaut()[:384], (640, 480), interpolation=cv2.INTER_AREA)


def test_detects_the_face_and_its_landmarks(detector, portrait):
    (face,) = detector.detect(portrait)
    assert overlap(face.box, np.array([224, 76, 336, 217])) > 0.8
    assert face.probability > 0.99
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]


@pytest.mark.parametrize("shape", [(1, 1, 3), (19, 400, 3), (20, 20, 3), (480, 640, 3)])
def test_nothing_there_is_an_empty_list(detector, shape):
    assert detector.detect(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (25, 0), (-20, 15), (0, -25)])
def test_relocates_a_face_that_moved(detector, portrait, dx, dy):
    (face,) = detector.detect(portrait)
    moved = cv2.warpAffine(
        portrait, np.float32([[1, 0, dx], [0, 1, dy]]), (640, 480), borderMode=cv2.BORDER_REPLICATE
    )
    (found,) = detector.relocate(moved, [face.box])
    assert found is not None
    assert overlap(found.box, face.box + np.array([dx, dy, dx, dy])) > 0.8


def test_relocate_notices_that_a_face_left(detector, portrait):
    (face,) = detector.detect(portrait)
    assert detector.relocate(np.full_like(portrait, 128), [face.box]) == [None]
    assert detector.relocate(portrait, []) == []


def test_relocate_works_across_and_beyond_the_border(detector, portrait):
    boxes = [
        np.float32([-50, -50, 60, 60]),
        np.float32([600, 440, 700, 540]),
        np.float32([900, 900, 950, 950]),
    ]
    assert detector.relocate(portrait, boxes) == [None, None, None]


def landmarks(eye_x=(200.0, 260.0), eye_y=200.0, mouth_y=265.0):
    left, right = eye_x
    return np.float32(
        [[left, eye_y], [right, eye_y], [230, 230], [left + 8, mouth_y], [right - 8, mouth_y]]
    )


@pytest.mark.parametrize("turn", [0, 17, -40, 90, 180])
def test_a_face_lands_in_the_frame_whatever_its_place_size_and_turn(turn):
    frame, points = FaceFrame(), landmarks()
    spin = cv2.getRotationMatrix2D((230, 230), turn, 1.7)
    points = points @ spin[:, :2].T.astype(np.float32) + spin[:, 2].astype(np.float32)
    mapped = points @ frame.map_to(points, 48)[:, :2].T + frame.map_to(points, 48)[:, 2]
    eyes, mouth = mapped[:2].mean(axis=0), mapped[3:].mean(axis=0)
    assert (eyes + mouth) / 2 == pytest.approx([frame.centre_x * 48, frame.centre_y * 48], abs=0.01)
    assert mapped[0][1] == pytest.approx(mapped[1][1], abs=0.01)  # the eye line is level
    assert mapped[0][0] < mapped[1][0]
    assert np.hypot(
        np.linalg.norm(mapped[1] - mapped[0]), np.linalg.norm(mouth - eyes)
    ) == pytest.approx(frame.span * 48)


@pytest.mark.parametrize("zoom", [0.3, 1, 4])
def test_crop_looks_the_same_at_any_size(portrait, detector, zoom):
    (face,) = detector.detect(portrait)
    usual = crop_face(portrait, face.landmarks, 48, FaceFrame())
    size = (round(640 * zoom), round(480 * zoom))
    scaled = cv2.resize(
        portrait, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    )
    crop = crop_face(scaled, face.landmarks * zoom, 48, FaceFrame())
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    assert np.abs(crop.astype(float) - usual).mean() < 8


def test_crop_survives_landmarks_on_one_point():
    assert crop_face(
        np.zeros((9, 9, 3), np.uint8), np.zeros((5, 2), np.float32), 48, FaceFrame()
    ).shape == (48, 48)


def test_clip_box_stays_inside():
    assert clip_box(np.array([-3.4, 2.6, 700, 500]), np.zeros((480, 640, 3))) == (0, 3, 640, 480)


# The tracker, on synthetic motion: a detector that knows where the faces are.


@dataclass
class KnownFaces:
    """Stands in for the detector; ``boxes`` are where the faces are in the current frame. Counts
    its full searches."""

    boxes: list
    searches: int = 0

    def detect(self, picture, smallest=20):
        self.searches += 1
        return [self._face(box) for box in self.boxes]

    def relocate(self, picture, boxes):
        return [
            next((self._face(true) for true in self.boxes if overlap(true, box) > 0.4), None)
            for box in boxes
        ]

    def _face(self, box):
        return Detection(np.float32(box), 0.99, np.zeros((5, 2), np.float32))


FRAME = np.zeros((480, 640, 3), np.uint8)


def box_at(x, y=100, side=100):
    return np.float32([x, y, x + side, y + side])


def run(tracker, known, path, start=0.0, rate=15):
    """Feeds frames; ``path`` gives the boxes of each. Returns the numbers of the tracks in each
    frame."""
    numbers = []
    for i, boxes in enumerate(path):
        known.boxes = boxes
        numbers.append([track.number for track in tracker.update(FRAME, start + i / rate)])
    return numbers


def test_moving_faces_keep_their_numbers_and_are_rarely_searched_for():
    known = KnownFaces([])
    numbers = run(
        FaceTracker(known),
        known,
        [[box_at(10 + 4 * i), box_at(500 - 4 * i, 300)] for i in range(60)],
    )
    assert numbers == [[1, 2]] * 60
    assert known.searches <= 60 / 15 / SEARCH_SECONDS + 1


def test_a_stream_of_few_frames_is_not_searched_in_each_and_keeps_its_numbers():
    known = KnownFaces([])
    numbers = run(
        FaceTracker(known),
        known,
        [[box_at(10 + 4 * i), box_at(500 - 4 * i, 300)] for i in range(20)],
        rate=0.5,
    )
    assert numbers == [[1, 2]] * 20
    assert known.searches == 20 / MIN_SEARCH_FRAMES
    numbers = run(FaceTracker(known), known, [[box_at(10)], [box_at(90)], [box_at(10)]], rate=0.5)
    assert numbers == [[1]] * 3, "one that moves far between two frames is looked for at once"


def test_faces_that_cross_do_not_swap():
    known = KnownFaces([])
    tracker = FaceTracker(known)
    run(tracker, known, [[box_at(0 + 8 * i, 100), box_at(400 - 8 * i, 160)] for i in range(50)])
    first, second = sorted(tracker.update(FRAME, 50 / 15), key=lambda track: track.number)
    assert first.face.box[1] == 100
    assert second.face.box[1] == 160


def test_a_newcomer_is_seen_within_the_search_interval():
    known = KnownFaces([])
    numbers = run(FaceTracker(known), known, [[box_at(10)]] * 10 + [[box_at(10), box_at(400)]] * 20)
    seen = next(i for i, now in enumerate(numbers) if len(now) == 2)
    assert (seen - 10) / 15 <= SEARCH_SECONDS
    assert numbers[-1] == [1, 2]


def test_a_face_that_leaves_is_gone_at_once_and_keeps_its_number_for_a_second():
    known = KnownFaces([])
    tracker = FaceTracker(known)
    assert run(tracker, known, [[box_at(10)]] * 5 + [[]] * 5)[5:] == [[]] * 5
    back = run(tracker, known, [[box_at(10)]] * 8, start=10 / 15)
    assert back[-1] == [1]
    run(tracker, known, [[]] * 5, start=2)
    later = run(tracker, known, [[box_at(10)]] * 8, start=2.5 + LOST_TRACK_SECONDS)
    assert later[-1] == [2]


def test_an_empty_scene_is_searched_several_times_a_second_not_every_frame():
    known = KnownFaces([])
    run(FaceTracker(known), known, [[]] * 60, rate=30)
    assert 2 / SEARCH_SECONDS_WHILE_LOST - 2 <= known.searches <= 2 / SEARCH_SECONDS_WHILE_LOST + 1


def test_two_tracks_on_one_face_become_one():
    known = KnownFaces([])
    tracker = FaceTracker(known)
    run(tracker, known, [[box_at(0), box_at(60)]])
    assert run(tracker, known, [[box_at(32), box_at(33)]] * 2, start=0.1)[-1] == [1]


def test_match_prefers_the_largest_total_overlap():
    assert match_boxes([box_at(0), box_at(40)], [box_at(30), box_at(70)]) == {0: 0, 1: 1}
    assert match_boxes([], [box_at(0)]) == {}
    assert match_boxes([box_at(0)], [box_at(300)]) == {}
