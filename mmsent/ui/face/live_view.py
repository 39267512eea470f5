"""The live view: the browser plays its own camera, draws, and holds all there is to remember of a
visitor (mmsent/ui/live). Where it can't read faces itself, the server reads small pictures for it.

They come as JPEG data URLs, are decoded in memory, used once and dropped: none touches a disk.
"""

import base64
import binascii
import threading
from typing import Any, Final

import gradio as gr
import numpy as np

from mmsent.faces import Detection
from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import FaceReader, FaceReading, read_picture
from mmsent.runtime import MAX_CONCURRENT
from mmsent.ui.common import assets
from mmsent.ui.face.live_settings import MAX_FACES, live_settings
from mmsent.ui.face.sessions import Sessions

STYLES: Final = ("common/export.css", "face/controls.css", "face/live.css")
PREFIX: Final = "data:image/jpeg;base64,"
MAX_PAYLOAD: Final = 300_000  # characters; a 320 x 240 JPEG has about 20,000
MAX_PIXELS: Final = 640 * 640
MIN_SIDE: Final = 32
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


def live_view(sessions: Sessions, face: FacePipeline) -> gr.HTML:
    """The component; its value is ``{"token": ...}`` once the visitor has consented, or ``{"full":
    sentence}`` where the server has no place, else ``{}``."""
    places = threading.BoundedSemaphore(MAX_CONCURRENT)

    def detect(payload: Any) -> dict[str, Any]:
        return answer(payload, sessions, face, places)

    return gr.HTML(
        {},
        html_template=assets.read("face/live.html"),
        css_template=assets.read(*STYLES),
        js_on_load=assets.mount_script("face/live.js", live_settings(face)),
        server_functions=[detect],
        apply_default_css=False,
        elem_id="live-view",
    )


def answer(
    payload: Any, sessions: Sessions, face: FaceReader, places: threading.Semaphore
) -> dict[str, Any]:
    """One picture, and the boxes to follow in it or None, in; raw readings of faces out, as
    live/core.js takes them. ``{"error": sentence}`` for whatever a visitor's page may send
    wrongly."""
    session = sessions.get(payload.get("token")) if isinstance(payload, dict) else None
    if session is None:
        return ENDED
    try:
        picture = decode(payload.get("jpg"))
        following, rolls = to_follow(payload.get("following"), payload.get("rolls"), picture)
    except MediaError as problem:
        return {"error": str(problem)}
    if not session.lock.acquire(blocking=False):
        return BUSY
    try:
        if not places.acquire(timeout=WAIT_SECONDS):
            return BUSY
        try:
            found = read_picture(face, picture, following, rolls)
        finally:
            places.release()
    finally:
        session.lock.release()
    return {"faces": [_to_page(one) for one in found[:MAX_FACES]], "searched": following is None}


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


def to_follow(
    boxes: object, rolls: object, picture: Picture
) -> tuple[list[np.ndarray] | None, list[float]]:
    """The boxes (4,) float32 to follow in ``picture``, None for a full search, and the degrees by
    which their faces are turned. Raises MediaError where they are none."""
    if boxes is None:
        return None, []
    side = max(picture.shape)
    limits = (-side, 2 * side)  # boxes reach beyond the picture, though never far
    if (
        not isinstance(boxes, list)
        or len(boxes) > MAX_FACES
        or not all(_is_numbers(box, 4, limits) for box in boxes)
        or not _is_numbers(rolls, len(boxes), (-180, 180))
    ):
        raise MediaError("The page named places of faces that are none.")
    return [np.array(box, np.float32) for box in boxes], list(map(float, rolls))  # type: ignore[call-overload]


def _is_numbers(values: object, count: int, limits: tuple[float, float]) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and limits[0] <= value <= limits[1]
            for value in values
        )
    )


def _to_page(reading: FaceReading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    face: Detection = reading.face
    return {
        "box": np.round(face.box, 2).tolist(),
        "points": np.round(face.landmarks, 2).tolist(),
        "score": round(face.probability, 4),
        "logits": None if reading.logits is None else np.round(reading.logits, 4).tolist(),
        "reason": reading.reason,
    }
