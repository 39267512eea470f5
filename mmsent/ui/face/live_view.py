"""The live view: the browser plays its own camera and draws; the server answers small frames with
boxes and numbers.

Frames come as JPEG data URLs, are decoded in memory, used once and dropped: none touches a disk.
"""

import base64
import binascii
import math
import threading
import time
from typing import Any, Final

import gradio as gr

from mmsent.labels import EMOTION_COLOURS, FACE_EMOTIONS
from mmsent.media import MediaError, Picture, open_image
from mmsent.results import LiveResult
from mmsent.runtime import MAX_CONCURRENT
from mmsent.ui.common import assets, render
from mmsent.ui.face.sessions import Session, Sessions

PREFIX: Final = "data:image/jpeg;base64,"
MAX_PAYLOAD: Final = 300_000  # characters; a 320 x 240 JPEG has about 20,000
MAX_PIXELS: Final = 640 * 640
MIN_SIDE: Final = 32
MAX_FACES: Final = 30
# for a free place at the model, then "busy"; each of ten visitors on two cores waits about one
WAIT_SECONDS: Final = 2.0

ENDED: Final = {
    "error": "This session has ended. Untick the consent box and tick it again to go on.",
    "ended": True,
}
BUSY: Final = {
    "error": "Many visitors are in front of their cameras just now. Trying again …",
    "busy": True,
}


def live_view(sessions: Sessions) -> gr.HTML:
    """The component; its value is ``{"token": ...}`` once the visitor has consented, else
    ``{}``."""
    places = threading.BoundedSemaphore(MAX_CONCURRENT)

    def detect(payload: Any) -> dict[str, Any]:
        return answer(payload, sessions, places)

    def session_csv(payload: Any) -> dict[str, Any]:
        session = sessions.get(payload.get("token")) if isinstance(payload, dict) else None
        return {"csv": render.session_csv(session.recorded())} if session else ENDED

    names = {"emotions": FACE_EMOTIONS, "colours": EMOTION_COLOURS}
    return gr.HTML(
        {},
        html_template=assets.read("face/live.html"),
        css_template=assets.read("face/live.css"),
        js_on_load=assets.mount_script("face/live.js", names),
        server_functions=[detect, session_csv],
        apply_default_css=False,
        elem_id="live-view",
    )


def answer(payload: Any, sessions: Sessions, places: threading.Semaphore) -> dict[str, Any]:
    """One frame in, boxes and numbers out; ``{"error": sentence}`` for whatever a visitor's page
    may send wrongly."""
    session = sessions.get(payload.get("token")) if isinstance(payload, dict) else None
    if session is None:
        return ENDED
    try:
        frame = decode(payload.get("jpg"))
    except MediaError as problem:
        return {"error": str(problem)}
    if not session.lock.acquire(blocking=False):
        return BUSY
    try:
        if not places.acquire(timeout=WAIT_SECONDS):
            return BUSY
        try:
            result = _update(session, frame, payload)
        finally:
            places.release()
    finally:
        session.lock.release()
    return _to_page(result)


def decode(data_url: object) -> Picture:
    """A JPEG data URL as RGB uint8 (H, W, 3). Raises MediaError when it is too large, too small or
    not one."""
    if not isinstance(data_url, str) or not data_url.startswith(PREFIX):
        raise MediaError("The camera sent no picture.")
    if len(data_url) > MAX_PAYLOAD:
        raise MediaError("The camera sent a picture that is too large.")
    try:
        raw = base64.b64decode(data_url[len(PREFIX) :], validate=True)
    except binascii.Error:
        raise MediaError("The camera sent a damaged picture.") from None
    frame = open_image(raw, max_pixels=MAX_PIXELS)
    if min(frame.shape[:2]) < MIN_SIDE:
        raise MediaError("The camera sent a picture that is too small.")
    return frame


def _update(session: Session, frame: Picture, payload: dict[str, Any]) -> LiveResult:
    now = time.monotonic()
    live = session.live
    live.smoothing = _number(payload.get("smoothing"), 0.0, 2.0, live.smoothing)
    live.sensitivity = _number(payload.get("sensitivity"), 0.0, 1.0, live.sensitivity)
    if payload.get("baseline") == "start":
        live.start_baseline(now)
    elif payload.get("baseline") == "clear":
        live.clear_baseline()
    result = live.update(frame, now)
    session.record(result, now)
    return result


def _number(value: object, low: float, high: float, otherwise: float) -> float:
    """A setting from the page within its range; what is no number changes nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return min(max(float(value), low), high)


def _to_page(result: LiveResult) -> dict[str, Any]:
    faces = [
        {
            "track": face.track,
            "box": list(face.box),
            "label": label,
            "probs": [round(p, 3) for p in face.emotions.probs],
        }
        for face, label in zip(result.faces, result.labels, strict=True)
    ]
    width, height = result.size
    return {"w": width, "h": height, "faces": faces[:MAX_FACES], "baseline": result.baseline}
