"""The answered example beside the question for consent: what a visitor will get, read by the loaded
model itself."""

import base64
import logging
from collections.abc import Callable
from functools import cache
from typing import Final

import gradio as gr
from markupsafe import Markup

from mmsent.media import MediaError
from mmsent.pipelines.face import FacePipeline
from mmsent.results import Face, FaceResult
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
    '<figure class="answered" aria-busy="{busy}"><div class="frame"><img src="{image}" width="{width}" '
    'height="{height}" alt="A smiling woman in a space suit">{spot}</div>'
    '<figcaption><span class="tag">Example</span><h3>{headline}</h3>{bars}'
    "<small>Eileen Collins, photographed by NASA; analysed by the model of this page.</small>"
    "</figcaption></figure>"
)
_BONES: Final = Markup('<div class="bones" aria-hidden="true">{}</div>').format(
    Markup("<i></i>") * 7
)


def answered_view() -> gr.HTML:
    """The picture at once, with the answer's place kept for it."""
    return gr.HTML(
        example_html(None),
        css_template=assets.read(*STYLES),
        apply_default_css=False,
        elem_id="live-example",
    )


def answering(face: FacePipeline) -> Callable[[], Markup]:
    """What answers the example, once for all visitors; without a face the picture stands alone."""

    @cache
    def answer() -> Markup:
        try:
            return example_html(face.predict(assets.EXAMPLES / EXAMPLE))
        except MediaError as problem:
            log.warning("the example can't be read: %s", problem)
            return example_html(None)

    return answer


def example_html(result: FaceResult | None) -> Markup:
    """The example with its answer, or, with None, while that is on its way."""
    first = result.faces[0] if result and result.faces else None
    return _FIGURE.format(
        busy="true" if result is None else "false",
        image=_IMAGE,
        width=SIZE[0],
        height=SIZE[1],
        spot=_spot(first) if first else NOTHING,
        headline="Analysing …" if result is None else _headline(first),
        bars=render.bars(first.emotions) if first else _BONES,
    )


def _headline(face: Face | None) -> str:
    return render.sentence(face.emotions) if face else "No face found"


def _spot(face: Face) -> Markup:
    colour = "#ffffff" if face.emotions.unsure else render.COLOURS[face.emotions.top]
    return Markup('<span class="spot" style="{};--face:{}"></span>').format(
        render.box_style(face.box, SIZE), colour
    )
