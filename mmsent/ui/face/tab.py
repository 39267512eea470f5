"""The face tabs: live camera and photo. Wiring only; what is shown is made in
live_view.py and photo_view.py."""

from functools import partial
from typing import Any, Final

import gradio as gr
from markupsafe import Markup
from PIL import Image

from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.face import FacePipeline
from mmsent.results import FaceResult
from mmsent.runtime import MAX_CONCURRENT
from mmsent.ui.common import assets, render
from mmsent.ui.common.about import about_fold, identity_html
from mmsent.ui.common.example_button import example_button, examples_row
from mmsent.ui.common.notice import AT_CONSENT
from mmsent.ui.common.picture_input import picture_input
from mmsent.ui.face.about import about_html
from mmsent.ui.face.example import EXAMPLE, answered_view
from mmsent.ui.face.live_view import live_view
from mmsent.ui.face.photo_view import (
    answer_value,
    detail_value,
    detail_view,
    own_view,
    photo_view,
    saves_view,
)
from mmsent.ui.face.sessions import FullError, Sessions
from mmsent.ui.several.fold import several_fold

Value = dict[str, Any]  # of a view that the browser draws
CONSENT: Final = (
    "I agree that my camera image is analysed while the camera is on, and everybody in view agrees."
)
CONSENT_INFO: Final = "Tick to open the camera view; untick at any time to end it."
LIVE: Final = "Live face"
PHOTO: Final = "Face in a photo"
ASTRONAUT: Final = "Astronaut"
AGREED: Final = Markup("<p>Use pictures only of people who agree to it.</p>")
HEADING: Final = Markup("<h2>{}</h2>")
FULL: Final = (
    "Every place for live cameras is taken on the server just now. In a minute, please untick the "
    "consent box and tick it again."
)


def face_tabs(demo: gr.Blocks, face: FacePipeline) -> None:
    """Adds the tabs of the face model to the ``gr.Tabs`` of ``demo`` around the call."""
    _ = face.detector  # made now, not while the first visitor waits
    with gr.Tab(LIVE, id="live"):
        gr.HTML(HEADING.format(LIVE), elem_classes="unseen")
        _live(demo, face)
        _about(face)
    with gr.Tab(PHOTO, id="photo"):
        gr.HTML(HEADING.format(PHOTO), elem_classes="unseen")
        _photo(face)
        several_fold(demo, "face", face, "photo")
        _about(face)


def _live(demo: gr.Blocks, face: FacePipeline) -> None:
    sessions = Sessions()
    with gr.Row(equal_height=False, elem_classes="invite"):
        with gr.Column(scale=2, min_width=300):
            agreed = gr.Checkbox(
                False,
                label=CONSENT,
                info=CONSENT_INFO,
                elem_id="consent",
            )
            terms = gr.HTML(AT_CONSENT, elem_classes="small")
        with gr.Column(scale=3, min_width=300) as beside:
            answered_view(face)
    # before consent the camera view is not in the page at all
    with gr.Column(visible=False) as room:
        view = live_view(sessions, face)

    def shown(camera: bool, value: dict[str, str]) -> tuple[Any, ...]:
        closed = gr.Column(visible=not camera), gr.HTML(visible=not camera)
        return gr.Column(visible=camera), value, *closed

    def on_consent(yes: bool, request: gr.Request) -> tuple[Any, ...]:
        owner = request.session_hash or ""
        if not yes:
            sessions.close(owner)
            return shown(False, {})
        try:
            session = sessions.open(owner)
        except FullError:
            return shown(True, {"full": FULL})  # the visitor's own device may do without a place
        return shown(True, {"token": session.token})

    def on_leave(request: gr.Request) -> None:
        sessions.close(request.session_hash or "")

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # who unticks it at once must not be overtaken by the answer to the tick
    outputs = [room, view, beside, terms]
    agreed.input(on_consent, agreed, outputs, trigger_mode="always_last", **quiet)
    demo.unload(on_leave)


def _photo(face: FacePipeline) -> None:
    # the FaceResult of the picture in the input; a few numbers, never pixels
    shown = gr.State(None)
    with gr.Row(equal_height=False, elem_classes="room"):
        with gr.Column(scale=2, min_width=300):
            own_view(face)
            picture = picture_input(
                label="Your photo",
                sources=["upload", "clipboard"],  # the camera asks for consent, on the live tab
                height=200,
                elem_id="photo-input",
            )
            with examples_row():
                example = example_button("photo", "astronaut", ASTRONAUT, EXAMPLE)
            gr.HTML(AGREED, elem_classes="small")
        with gr.Column(scale=3, min_width=300):
            view = photo_view(face)
            saves_view(face)
            detail = detail_view(face)

    def analyse(source: str | bytes | None) -> tuple[FaceResult | None, Value, Value]:
        if source is None:
            return None, {}, {}
        try:
            pixels = open_image(source)
            result = face.predict(source)  # the file, which tells what else is in it
        except MediaError as problem:
            return None, {"problem": str(problem)}, {}
        return result, answer_value(pixels, result), _detail(face, pixels, result, 0)

    def choose(
        source: str | bytes | None, result: FaceResult | None, chosen: gr.EventData
    ) -> Value:
        index = int(chosen.index)
        if source is None or result is None or not 0 <= index < len(result.faces):
            return {}
        try:
            return _detail(face, open_image(source), result, index)
        except MediaError as problem:  # the photo's time on the server is over
            told = {"number": index + 1, "face": result.faces[index].to_dict()}
            return told | {"problem": str(problem)}

    private: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": MAX_CONCURRENT,
        "concurrency_id": "photo",
    }
    answered = picture.change(
        analyse,
        picture,
        [shown, view, detail],
        show_progress_on=view,
        trigger_mode="always_last",
        **private,
    )
    filled = example.click(
        partial(Image.open, assets.EXAMPLES / EXAMPLE),
        None,
        picture,
        show_progress_on=view,
        api_visibility="private",
    )
    failed: Value = {"problem": render.FAILED}
    for one in (answered, filled):
        one.failure(lambda: failed, None, view, queue=False, api_visibility="private")
    view.select(choose, [picture, shown], detail, show_progress="minimal", **private)
    _endpoint(face, picture)


def _detail(face: FacePipeline, pixels: Picture, result: FaceResult, index: int) -> Value:
    """Face ``index`` with its heat map; empty when there is no such face, or the picture has been
    changed meanwhile."""
    if not 0 <= index < len(result.faces) or pixels.shape[1::-1] != result.size:
        return {}
    part, chosen = render.window(pixels, result.faces[index])
    return detail_value(index + 1, chosen, part, face.explain(part, chosen))


def _endpoint(face: FacePipeline, picture: gr.Image) -> None:
    """The public API of this tab: a picture file in, JSON out."""
    answer = gr.JSON(
        visible=False, label="Faces, largest first, with the probabilities of seven emotions"
    )

    def predict(picture: str | bytes | None) -> dict[str, Any]:
        """
        Finds every face in a picture and tells which of seven emotions people would see in it.

        Parameters:
            picture: A picture file (JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF; at most 40 MB and 64 megapixels).
        Returns:
            {"size": [width, height], "faces": [{"box": [x0, y0, x1, y1], "detection": 0..1, "emotions": {"top", "confidence",
            "unsure", "probs"}, ...}], "notes"}; faces largest first, boxes in pixels. No face is an empty list.
        """
        if picture is None:
            raise gr.Error("Please send a picture.", print_exception=False)
        try:
            return face.predict(picture).to_dict()
        except MediaError as problem:
            raise gr.Error(str(problem), print_exception=False) from None

    predict.__name__ = "face"  # so is the MCP tool called
    gr.Button(visible=False).click(
        predict,
        picture,
        answer,
        api_name="face",
        concurrency_limit=MAX_CONCURRENT,
        concurrency_id="photo",
    )


def _about(face: FacePipeline) -> None:
    about_fold(identity_html("face", face) + about_html(face.metrics, face.folder))
