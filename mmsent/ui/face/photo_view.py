"""The parts of the photo tab: where a photo is read, the picture with a button on every face, one
face in detail, and the downloads. They are drawn in the browser (photo_draw.js), whichever of
device and server read the photo; here is what the server sends."""

from typing import Any, Final

import gradio as gr
from markupsafe import Markup
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.results import Face, FaceResult
from mmsent.ui.common import assets, render
from mmsent.ui.common.export import export_html
from mmsent.ui.face.photo_settings import photo_names, photo_settings

PART_SIDE: Final = 480  # pixels of the longer side of a face in detail
OWN: Final = "face/photo_own.html"
VIEW: Final = Markup('<div class="photo"></div>')
DETAIL: Final = Markup('<div class="detail" aria-live="polite"></div>')
SAVES: Final = Markup('<div class="saves" hidden>{}</div>').format(export_html(["png", "json"], ""))
# of each view the styles that count inside of it
OWN_STYLES: Final = ("face/controls.css", "face/photo_own.css")
VIEW_STYLES: Final = ("common/parts.css", "face/photo.css")
SAVES_STYLES: Final = ("common/parts.css", "common/export.css")


def own_view(face: FacePipeline) -> gr.HTML:
    """The choice of where photos are read, and the input for those that the device reads."""
    return gr.HTML(
        html_template=assets.read(OWN),
        css_template=assets.read(*OWN_STYLES),
        js_on_load=assets.mount_script("face/photo_own.js", photo_settings(face)),
        apply_default_css=False,
        elem_id="photo-own",
    )


def photo_view(face: FacePipeline) -> gr.HTML:
    """The picture with its faces; its value is ``answer_value``'s, ``{"problem": sentence}`` or
    ``{}``. Raises ``select`` with ``index`` when a face that the server read is chosen by mouse or
    keyboard."""
    return gr.HTML(
        {},
        html_template=VIEW,
        css_template=assets.read(*VIEW_STYLES),
        js_on_load=assets.mount_script("face/photo.js", photo_names(face)),
        apply_default_css=False,
        elem_id="photo-view",
        elem_classes="answer",
    )


def detail_view(face: FacePipeline) -> gr.HTML:
    """Bars and heat map of the chosen face; its value is ``detail_value``'s or ``{}``."""
    return gr.HTML(
        {},
        html_template=DETAIL,
        css_template=assets.read(*VIEW_STYLES),
        js_on_load=assets.mount_script("face/photo_detail.js", photo_names(face)),
        apply_default_css=False,
        elem_id="photo-detail",
    )


def saves_view(face: FacePipeline) -> gr.HTML:
    """The downloads."""
    return gr.HTML(
        html_template=SAVES,
        css_template=assets.read(*SAVES_STYLES),
        js_on_load=assets.mount_script("face/photo_save.js", photo_names(face)),
        apply_default_css=False,
        elem_id="photo-save",
    )


def answer_value(picture: Picture, result: FaceResult) -> dict[str, Any]:
    """An answer as photo_draw.js takes it."""
    return {"result": result.to_dict(), "picture": render.data_url(render.fit(picture))}


def detail_value(number: int, face: Face, part: Picture, heat: NDArray) -> dict[str, Any]:
    """The chosen face, cut out as ``part``, and the heat map (H, W) over it, as photo_draw.js takes
    them."""
    shown = render.fit(part, PART_SIDE)
    return {
        "number": number,
        "face": face.to_dict(),
        "part": render.data_url(shown),
        "heat": render.data_url(render.heat_layer(heat).resize(shown.size), "PNG"),
    }
