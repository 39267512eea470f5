"""Consent, limits and errors of the live view, without a model and without a browser."""

import base64
import math
import threading

import numpy as np
import pytest

from mmsent.faces import Detection
from mmsent.media import MediaError
from mmsent.ui.face import live_settings, live_view, sessions
from mmsent.ui.face.sessions import FullError, Sessions
from tests.conftest import encode

BOX = [10.0, 20.0, 110.0, 140.0]


class StillFace:
    """A face model and its detector that see one face at one place, whatever the picture."""

    temperature, threshold = 2.0, 0.4

    def __init__(self):
        self.detector = self
        self.asked: list = []

    def found(self):
        points = np.float32([[30, 60], [80, 60], [55, 80], [30, 100], [80, 100]])
        return Detection(np.float32(BOX), 0.99, points)

    def detect(self, picture, smallest):
        return [self.found()]

    def relocate(self, picture, boxes, rolls):
        self.asked.append((boxes, rolls))
        return [self.found() if box[0] < 100 else None for box in boxes]

    def read(self, picture, faces):
        return [None] * len(faces), np.ones((len(faces), 7), np.float32)

    def quality(self, picture, found, crop):
        return None


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def visitors(clock):
    return Sessions(limit=2, clock=clock)


@pytest.fixture
def places():
    return threading.BoundedSemaphore(1)


@pytest.fixture
def face():
    return StillFace()


def data_url(picture, kind="JPEG"):
    return live_view.PREFIX + base64.b64encode(encode(picture, kind)).decode()


@pytest.fixture(scope="module")
def frame():
    return data_url(np.full((240, 320, 3), 90, np.uint8))


def test_no_consent_no_answer(visitors, places, face, frame):
    for payload in (
        None,
        3,
        [],
        {},
        {"token": None},
        {"token": "guess", "jpg": frame},
        {"token": {"a": 1}},
    ):
        assert live_view.answer(payload, visitors, face, places) == live_view.ENDED


def test_a_picture_gives_raw_readings(visitors, places, face, frame):
    session = visitors.open("page")
    reply = live_view.answer({"token": session.token, "jpg": frame}, visitors, face, places)
    assert reply["searched"]
    (seen,) = reply["faces"]
    assert (seen["box"], seen["score"], seen["reason"]) == (BOX, 0.99, None)
    assert seen["logits"] == [0.5] * 7
    assert len(seen["points"]) == 5


def test_boxes_are_followed_and_answered_in_their_order(visitors, places, face, frame):
    token = visitors.open("page").token
    boxes = [[200, 20, 300, 140], [12, 22, 112, 142]]
    payload = {"token": token, "jpg": frame, "following": boxes, "rolls": [0, 90]}
    reply = live_view.answer(payload, visitors, face, places)
    assert not reply["searched"]
    assert [one and one["box"] for one in reply["faces"]] == [None, BOX]
    ((asked, rolls),) = face.asked
    assert [box.tolist() for box in asked] == boxes
    assert rolls == [0, 90]


@pytest.mark.parametrize(
    ("boxes", "rolls"),
    [
        (3, []),
        ("[]", []),
        ([[1, 2, 3]], [0]),
        ([[1, 2, 3, None]], [0]),
        ([[1, 2, 3, math.nan]], [0]),
        ([[1, 2, 3, True]], [0]),
        ([[1, 2, 3, 1e9]], [0]),
        ([[1, 2, 3, 10**400]], [0]),
        ([[1, 2, 3, 4]], []),
        ([[1, 2, 3, 4]], [math.inf]),
        ([[1, 2, 3, 4]], None),
        ([[1, 2, 3, 4]] * 31, [0] * 31),
    ],
)
def test_places_that_are_none_are_one_sentence(visitors, places, face, frame, boxes, rolls):
    payload = {"token": visitors.open("page").token, "jpg": frame}
    reply = live_view.answer(payload | {"following": boxes, "rolls": rolls}, visitors, face, places)
    assert reply == {"error": "The page named places of faces that are none."}
    assert face.asked == []


@pytest.mark.parametrize(
    "jpg",
    [
        None,
        7,
        "",
        "hello",
        live_view.PREFIX,
        live_view.PREFIX + "!!!",
        live_view.PREFIX + "AAAA",
        live_view.PREFIX + "A" * live_view.MAX_PAYLOAD,
        data_url(np.zeros((16, 320, 3), np.uint8)),
        data_url(np.zeros((2000, 2000, 3), np.uint8)),
        data_url(np.zeros((240, 320, 3), np.uint8))[:200],
    ],
)
def test_a_bad_frame_is_one_sentence(visitors, places, face, jpg):
    session = visitors.open("page")
    reply = live_view.answer({"token": session.token, "jpg": jpg}, visitors, face, places)
    assert set(reply) == {"error"}
    assert reply["error"].endswith(".")
    with pytest.raises(MediaError):
        live_view.decode(jpg)


def test_busy_when_every_place_is_taken(visitors, places, face, frame, monkeypatch):
    monkeypatch.setattr(live_view, "WAIT_SECONDS", 0.01)
    session = visitors.open("page")
    payload = {"token": session.token, "jpg": frame}
    with places:
        assert live_view.answer(payload, visitors, face, places)["busy"]
    with session.lock:
        assert live_view.answer(payload, visitors, face, places)["busy"]
    assert "faces" in live_view.answer(payload, visitors, face, places)


@pytest.mark.parametrize(("variable", "kind"), [(None, "device"), ("server", "server")])
def test_the_owner_says_where_faces_are_read_by_default(face, monkeypatch, variable, kind):
    monkeypatch.setattr(live_settings, "device_config", lambda *_: None)
    monkeypatch.delenv("MMSENT_LIVE", raising=False)
    if variable:
        monkeypatch.setenv("MMSENT_LIVE", variable)
    assert live_settings.live_settings(face)["default"] == kind


def test_closing_forgets(visitors):
    token = visitors.open("page").token
    assert visitors.get(token)
    visitors.close("page")
    assert visitors.get(token) is None
    assert len(visitors) == 0


def test_agreeing_again_starts_anew(visitors):
    first = visitors.open("page")
    second = visitors.open("page")
    assert visitors.get(first.token) is None
    assert visitors.get(second.token) is second


def test_abandoned_sessions_expire(visitors, clock):
    token = visitors.open("page").token
    clock.now = sessions.IDLE_SECONDS - 1
    assert visitors.get(token)
    clock.now += sessions.IDLE_SECONDS + 1
    assert visitors.get(token) is None


def test_the_number_of_visitors_is_bounded(visitors, clock):
    first, second = visitors.open("a"), visitors.open("b")
    with pytest.raises(FullError):
        visitors.open("c")
    clock.now = sessions.CROWDED_IDLE_SECONDS - 1
    visitors.get(second.token)
    # the first has been silent for long enough to lose its place, the second has not
    clock.now += 2
    third = visitors.open("c")
    assert [visitors.get(one.token) for one in (first, second, third)] == [None, second, third]
