"""Consent, limits and errors of the live view, without a model and without a browser."""

import base64
import math
import threading

import numpy as np
import pytest

from mmsent.labels import FACE_EMOTIONS
from mmsent.media import MediaError
from mmsent.results import Face, LiveResult, Scores
from mmsent.ui.common import render
from mmsent.ui.face import live_view, sessions
from mmsent.ui.face.sessions import FullError, Sessions
from tests.conftest import encode

EVEN = Scores(FACE_EMOTIONS, (1 / 7,) * 7, unsure=True)


class StillFace:
    """A stream that always finds one face."""

    smoothing = sensitivity = 0.5
    baseline: str | None = None

    def start_baseline(self, now):
        self.baseline = "collecting"

    def clear_baseline(self):
        self.baseline = None

    def update(self, frame, now):
        found = Face((10, 20, 110, 140), 0.99, 1, EVEN)
        return LiveResult(
            (found,), (frame.shape[1], frame.shape[0]), labels=("not sure",), baseline=self.baseline
        )


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def visitors(clock):
    return Sessions(StillFace, limit=2, clock=clock)


@pytest.fixture
def places():
    return threading.BoundedSemaphore(1)


def data_url(picture, kind="JPEG"):
    return live_view.PREFIX + base64.b64encode(encode(picture, kind)).decode()


@pytest.fixture(scope="module")
def frame():
    return data_url(np.full((240, 320, 3), 90, np.uint8))


def test_no_consent_no_answer(visitors, places, frame):
    for payload in (
        None,
        3,
        [],
        {},
        {"token": None},
        {"token": "guess", "jpg": frame},
        {"token": {"a": 1}},
    ):
        assert live_view.answer(payload, visitors, places) == live_view.ENDED


def test_a_frame_gives_boxes_and_numbers(visitors, places, frame):
    session = visitors.open("page")
    reply = live_view.answer({"token": session.token, "jpg": frame}, visitors, places)
    assert (reply["w"], reply["h"], reply["baseline"]) == (320, 240, None)
    assert reply["faces"][0]["box"] == [10, 20, 110, 140]
    assert len(reply["faces"][0]["probs"]) == 7
    assert reply["faces"][0]["label"] == "not sure"


def test_settings_stay_in_range_and_junk_changes_nothing(visitors, places, frame):
    session = visitors.open("page")

    def send(**settings):
        return live_view.answer(
            {"token": session.token, "jpg": frame, **settings}, visitors, places
        )

    send(smoothing=99, sensitivity=-1)
    assert (session.live.smoothing, session.live.sensitivity) == (2.0, 0.0)
    for junk in ("1", None, math.nan, math.inf, True, [], {}):
        send(smoothing=junk, sensitivity=junk, baseline=junk)
    assert (session.live.smoothing, session.live.sensitivity) == (2.0, 0.0)
    assert send(baseline="start")["baseline"] == "collecting"
    assert send(baseline="clear")["baseline"] is None


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
def test_a_bad_frame_is_one_sentence(visitors, places, jpg):
    session = visitors.open("page")
    reply = live_view.answer({"token": session.token, "jpg": jpg}, visitors, places)
    assert set(reply) == {"error"}
    assert reply["error"].endswith(".")
    with pytest.raises(MediaError):
        live_view.decode(jpg)


def test_busy_when_every_place_is_taken(visitors, places, frame, monkeypatch):
    monkeypatch.setattr(live_view, "WAIT_SECONDS", 0.01)
    session = visitors.open("page")
    with places:
        assert live_view.answer({"token": session.token, "jpg": frame}, visitors, places)["busy"]
    with session.lock:
        assert live_view.answer({"token": session.token, "jpg": frame}, visitors, places)["busy"]
    assert "faces" in live_view.answer({"token": session.token, "jpg": frame}, visitors, places)


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


def test_recording_is_thinned_and_bounded(visitors):
    session = visitors.open("page")
    result = StillFace().update(np.zeros((240, 320, 3), np.uint8), 0)
    for step in range(100):
        session.record(result, step / 16)  # every fourth is due
    assert len(session.rows) == 25
    session.record(result, sessions.RECORD_SECONDS + 100)
    assert len(session.rows) == 1
    assert session.rows.maxlen == sessions.MAX_ROWS
    assert render.session_csv(session.rows).count("\r\n") == 2


def test_the_table_can_be_taken_while_the_camera_is_on(visitors):
    session, result = (
        visitors.open("page"),
        StillFace().update(np.zeros((240, 320, 3), np.uint8), 0),
    )
    stop = threading.Event()

    def film() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            with session.lock:
                session.record(result, step * sessions.RECORD_EVERY)

    camera = threading.Thread(target=film)
    camera.start()
    try:
        tables = [session.recorded() for _ in range(300)]
    finally:
        stop.set()
        camera.join()
    assert [len(table) for table in tables] == sorted(len(table) for table in tables)
    assert len(tables[-1]) > 0
