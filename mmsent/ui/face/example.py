"""The answered example beside the question for consent: what a visitor will get, read by the loaded
model itself before the first visitor comes, so that it is a part of the page and not waited for."""

import base64
import logging
from typing import Final

import gradio as gr
from markupsafe import Markup

from mmsent.pipelines.face import FacePipeline
from mmsent.results import Face
from mmsent.ui.common import assets, render
from mmsent.ui.common.html import NOTHING

EXAMPLE: Final = "astronaut.jpg"  # in ui/examples
STYLES: Final = ("common/parts.css", "face/photo.css", "face/example.css")
SIZE: Final = (400, 400)  # its pixels, so that its place is kept while it is on its way

log = logging.getLogger(__name__)
# the file as it is
_IMAGE: Final = (
    "data:image/jpeg;base64," + base64.b64encode((assets.EXAMPLES / EXAMPLE).read_bytes()).decode()
)
_FIGURE: Final = Markup(
    '<figure class="answered"><div class="frame"><img src="{image}" width="{width}" '
    'height="{height}" alt="A smiling woman in a space suit">{spot}</div>'
    '<figcaption><span class="tag">Example</span><h3>{headline}</h3>{bars}'
    "<small>Eileen Collins, photographed by NASA{read}.</small></figcaption></figure>"
)
BY_MODEL: Final = "; analysed by the model of this page"
NO_ANSWER: Final = "No answer to this example"


def answered_view(face: FacePipeline) -> gr.HTML:
    """The picture with its answer; where the model finds none, or fails, which visitors are told of
    when they ask it themselves, the picture alone."""
    return gr.HTML(
        example_html(first_face(face)),
        css_template=assets.read(*STYLES),
        apply_default_css=False,
        elem_id="live-example",
    )


def first_face(face: FacePipeline) -> Face | None:
    """What the model reads in the example; None where that is nothing, or fails."""
    try:
        faces = face.predict(assets.EXAMPLES / EXAMPLE).faces
    except Exception:
        log.exception("the example can't be read")
        return None
    return faces[0] if faces else None


def example_html(face: Face | None) -> Markup:
    """The example with the answer on its face, or, with None, without one."""
    return _FIGURE.format(
        image=_IMAGE,
        width=SIZE[0],
        height=SIZE[1],
        spot=_spot(face) if face else NOTHING,
        headline=render.sentence(face.emotions) if face else NO_ANSWER,
        bars=render.bars(face.emotions) if face else NOTHING,
        read=BY_MODEL if face else "",
    )


def _spot(face: Face) -> Markup:
    colour = "#ffffff" if face.emotions.unsure else render.COLOURS[face.emotions.top]
    return Markup('<span class="spot" style="{};--face:{}"></span>').format(
        render.box_style(face.box, SIZE), colour
    )
