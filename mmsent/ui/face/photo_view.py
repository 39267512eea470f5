"""The parts of the photo answer: the picture with a button on every face, one face in detail, and
the downloads."""

from html import escape
from typing import Final

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.results import Face, FaceResult
from mmsent.ui.common import assets, render

SHOWN_SIDE: Final = 1024  # pixels of the longer side of the picture in the page
HIGH: Final = 0.12  # of the picture's height: a box that begins above it has its number inside
# of the picture's width: a narrower box shows its number only while it is pointed at or chosen
TINY: Final = 0.05
EMPTY: Final = "Your picture will appear here, with every face marked."
NO_FACE: Final = (
    "<strong>No face found.</strong> What helps: more light, a closer or larger picture, and a "
    "face turned towards the camera "
    "that is not covered."
)


def photo_view() -> gr.HTML:
    """The picture with its faces; raises ``select`` with ``index`` when a face is chosen by mouse
    or keyboard."""
    return gr.HTML(
        render.message(EMPTY),
        # the value is made below; everything foreign in it is escaped
        html_template='<div class="photo">${value}</div>',
        css_template=assets.read("common/parts.css", "face/photo.css"),
        js_on_load=assets.read("face/photo.js"),
        apply_default_css=False,
        elem_id="photo-view",
    )


def detail_view() -> gr.HTML:
    """Bars and heat map of the chosen face."""
    return gr.HTML(
        "",
        html_template='<div class="detail" aria-live="polite">${value}</div>',
        css_template=assets.read("common/parts.css", "face/photo.css"),
        js_on_load=assets.read("common/strength.js"),
        apply_default_css=False,
        elem_id="photo-detail",
    )


def saves_view() -> gr.HTML:
    """The downloads, which come last."""
    return gr.HTML(
        "",
        html_template="${value}",  # made below
        css_template=assets.read("common/parts.css"),
        js_on_load=assets.read("common/save.js", "face/photo_save.js"),
        apply_default_css=False,
        elem_id="photo-save",
    )


def picture_html(picture: Picture, result: FaceResult) -> str:
    """The picture with a numbered button on every face, and the same faces with their answers as a
    list below."""
    # small ones on top of large ones
    order = sorted(range(len(result.faces)), key=lambda i: -_area(result.faces[i]))
    spots = "".join(_spot(i, result.faces[i], result.size) for i in order)
    names = "".join(
        f'<button type="button" data-face="{i}" aria-pressed="{str(i == 0).lower()}">{i + 1} · '
        f"{escape(render.caption(face.emotions))}</button>"
        for i, face in enumerate(result.faces)
    )
    found = (
        f'<div class="buttons names" role="group" aria-label="Faces found">{names}</div>'
        if names
        else render.message(NO_FACE)
    )
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in result.notes)
    return (
        f'<div class="frame"><img src="{render.data_url(render.fit(picture, SHOWN_SIDE))}" '
        f'alt="{escape(render.alt_text(result))}">{spots}</div>{found}{notes}'
    )


def saves_html(picture: Picture, result: FaceResult) -> str:
    """The picture with boxes and answers drawn into it, and the numbers; nothing where no face was
    found."""
    if not result.faces:
        return ""
    return (
        f'<div class="buttons downloads" data-json="{escape(render.to_json(result))}">'
        f'<img src="{render.data_url(render.annotate(picture, result))}" alt="" hidden>'
        '<button type="button" data-save="png">Download picture (PNG)</button>'
        '<button type="button" data-save="json">Download numbers (JSON)</button></div>'
    )


def detail_html(number: int, face: Face, part: Picture, heat: NDArray[np.float32]) -> str:
    """The chosen face large, its heat map over it with a slider for its strength, and its bars."""
    shown, top = render.fit(part, 480), escape(face.emotions.top)
    unsure = (
        f"Most likely {top}, but not clearly enough to say so. " if face.emotions.unsure else ""
    )
    url = render.data_url(render.heat_layer(heat).resize(shown.size), "PNG")
    layer = f'<img class="heat" src="{url}" alt="Heat map: bright where the picture spoke most for {top}">'
    return (
        f"<h3>Face {number}: {escape(render.caption(face.emotions))}</h3>"
        f'<div class="pair"><div>{render.bars(face.emotions)}'
        f'<p class="hint">{unsure}Bright areas of the heat map spoke most for “{top}”.</p></div>'
        f'<div><div class="frame"><img src="{render.data_url(shown)}" alt="Face {number}, cut out">'
        f"{layer}</div>{render.STRENGTH}</div></div>"
    )


def _area(face: Face) -> int:
    x0, y0, x1, y1 = face.box
    return (x1 - x0) * (y1 - y0)


def _spot(index: int, face: Face, size: tuple[int, int]) -> str:
    words = escape(f"Face {index + 1}, {render.caption(face.emotions)}")
    (x0, y0, x1, _), (width, height) = face.box, size
    place = ("high " if y0 < HIGH * height else "") + ("tiny" if x1 - x0 < TINY * width else "")
    colour = "#ffffff" if face.emotions.unsure else render.COLOURS[face.emotions.top]
    return (
        f'<button type="button" class="spot" data-face="{index}" style="{render.box_style(face.box, size)};--face:{colour}" '
        f'aria-label="{words}" title="{words}" aria-pressed="{str(index == 0).lower()}">'
        f'<span class="{place}">{index + 1}</span></button>'
    )
