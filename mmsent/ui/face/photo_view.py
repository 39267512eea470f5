"""The parts of the photo answer: the picture with a button on every face, one face in detail, and
the downloads."""

from typing import Final

import gradio as gr
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.results import Face, FaceResult
from mmsent.ui.common import assets, render
from mmsent.ui.common.export import export_html
from mmsent.ui.common.html import NOTHING, joined, notes_html

SHOWN_SIDE: Final = 1024  # pixels of the longer side of the picture in the page
HIGH: Final = 0.12  # of the picture's height: a box that begins above it has its number inside
# of the picture's width: a narrower box shows its number only while it is pointed at or chosen
TINY: Final = 0.05
EMPTY: Final = "Your picture will appear here, with every face marked."
NO_FACE: Final = Markup(
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
        js_on_load=assets.mount_script("face/photo.js"),
        apply_default_css=False,
        elem_id="photo-view",
    )


def detail_view() -> gr.HTML:
    """Bars and heat map of the chosen face."""
    return gr.HTML(
        "",
        html_template='<div class="detail" aria-live="polite">${value}</div>',
        css_template=assets.read("common/parts.css", "face/photo.css"),
        js_on_load=assets.mount_script("common/strength.js"),
        apply_default_css=False,
        elem_id="photo-detail",
    )


def saves_view() -> gr.HTML:
    """The downloads, which come last."""
    return gr.HTML(
        "",
        html_template="${value}",  # made below
        css_template=assets.read("common/parts.css", "common/export.css"),
        js_on_load=assets.mount_script("face/photo_save.js"),
        apply_default_css=False,
        elem_id="photo-save",
    )


def picture_html(picture: Picture, result: FaceResult) -> Markup:
    """The picture with a numbered button on every face, and the same faces with their answers as a
    list below."""
    # small ones on top of large ones
    order = sorted(range(len(result.faces)), key=lambda i: -_area(result.faces[i]))
    spots = joined(_spot(i, result.faces[i], result.size) for i in order)
    name = Markup('<button type="button" data-face="{}" aria-pressed="{}">{} · {}</button>')
    names = joined(
        name.format(i, _pressed(i), i + 1, render.caption(face.emotions))
        for i, face in enumerate(result.faces)
    )
    group = Markup('<div class="buttons names" role="group" aria-label="Faces found">{}</div>')
    return Markup(
        '<div class="frame"><img src="{image}" alt="{alt}">{spots}</div>{found}{notes}'
    ).format(
        image=render.data_url(render.fit(picture, SHOWN_SIDE)),
        alt=render.alt_text(result),
        spots=spots,
        found=group.format(names) if names else render.message(NO_FACE),
        notes=notes_html(result.notes),
    )


def saves_html(picture: Picture, result: FaceResult) -> Markup:
    """The picture with boxes and answers drawn into it, and the numbers; nothing where no face was
    found."""
    if not result.faces:
        return NOTHING
    return Markup('<div data-json="{}"><img src="{}" alt="" hidden>{}</div>').format(
        render.to_json(result),
        render.data_url(render.annotate(picture, result)),
        export_html(["png", "json"], photo_text(result)),
    )


def photo_text(result: FaceResult) -> str:
    """The answer as plain text, to copy: a line for each face."""
    lines = [
        f"Face {number}: {render.caption(face.emotions)}"
        for number, face in enumerate(result.faces, 1)
    ]
    return "\n".join([*lines, *result.notes])


def detail_html(
    number: int, face: Face, part: Picture, heat: NDArray[np.float32], trusted: str
) -> Markup:
    """The chosen face large, its heat map over it with a slider for its strength, and its bars;
    ``trusted`` says how far the percentages can be."""
    shown, top = render.fit(part, 480), face.emotions.top
    unsure = (
        f"Most likely {top}, but not clearly enough to say so. " if face.emotions.unsure else ""
    )
    return Markup(
        "<h3><small>Face {number}</small> {told}</h3>"
        '<div class="pair"><div>{bars}'
        '<p class="hint">{unsure}Bright areas of the heat map spoke most for “{top}”. {trusted}</p></div>'
        '<div><div class="frame"><img src="{face}" alt="Face {number}, cut out">'
        '<img class="heat" src="{heat}" alt="Heat map: bright where the picture spoke most for {top}">'
        "</div>{strength}</div></div>"
    ).format(
        number=number,
        told=render.sentence(face.emotions),
        bars=render.bars(face.emotions),
        unsure=unsure,
        top=top,
        trusted=trusted,
        face=render.data_url(shown),
        heat=render.data_url(render.heat_layer(heat).resize(shown.size), "PNG"),
        strength=render.STRENGTH,
    )


def _area(face: Face) -> int:
    x0, y0, x1, y1 = face.box
    return (x1 - x0) * (y1 - y0)


def _spot(index: int, face: Face, size: tuple[int, int]) -> Markup:
    (x0, y0, x1, _), (width, height) = face.box, size
    place = ("high " if y0 < HIGH * height else "") + ("tiny" if x1 - x0 < TINY * width else "")
    colour = "#ffffff" if face.emotions.unsure else render.COLOURS[face.emotions.top]
    return Markup(
        '<button type="button" class="spot" data-face="{index}" style="{box};--face:{colour}" '
        'aria-label="{told}" title="{told}" aria-pressed="{pressed}"><span class="{place}">{number}</span></button>'
    ).format(
        index=index,
        box=render.box_style(face.box, size),
        colour=colour,
        told=f"Face {index + 1}, {render.caption(face.emotions)}",
        pressed=_pressed(index),
        place=place,
        number=index + 1,
    )


def _pressed(index: int) -> str:
    """The first face is the chosen one."""
    return "true" if index == 0 else "false"
