"""What a visitor sees of a clip: the verdict, and the player with all that moves with it.

One answer of the server holds everything; playing, seeking and the downloads of numbers ask it
nothing more.
"""

import json
from pathlib import Path
from typing import Any, Final

import gradio as gr
from markupsafe import Markup

from mmsent.annotate import emotion_srt
from mmsent.labels import CONVERSATION_COLOURS, CONVERSATION_EMOTIONS, FACE_TO_CONVERSATION
from mmsent.results import VideoResult
from mmsent.sightings import drawing_of
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import LEAST_FULL, SMALL, verdict_script
from mmsent.ui.common.export import export_html
from mmsent.ui.video.reasons import MODALITIES, clip_sentence, moments_json
from mmsent.ui.video.render import clock, headline, moments_csv
from mmsent.ui.video.strips import faces_html
from mmsent.ui.video.timeline import heard_words, moments_html, timeline_html

EMPTY: Final = (
    "Add or record a clip and press “Analyse”, or try the example. The verdict will appear here."
)
WIDE_SOUND: Final = 1.6
UNPLAYABLE: Final = "This browser can’t play this kind of file. The timeline works all the same{}."
ANYWHERE: Final = (
    "; the annotated video (see Export) plays anywhere"  # of sound alone there is none
)
STYLES: Final = ("common/parts.css", "common/evidence.css", "video/video.css")
# The address of the clip is an expression of its own: what a template's value holds is never read
# as a template again.
TEMPLATE: Final = "<div class=\"clip\" data-url=\"${value ? value.clip.url : ''}\">${value ? value.html : ''}</div>"


def video_verdict_view() -> gr.HTML:
    """The verdict; a screen reader announces every new one."""
    return gr.HTML(
        render.message(EMPTY),
        # everything foreign in the value is escaped
        html_template='<div class="verdict" aria-live="polite">${value}</div>',
        css_template=assets.read(*STYLES),
        js_on_load=verdict_script("#video-transcript", "#video-run"),
        apply_default_css=False,
        elem_id="video-verdict",
        elem_classes="answer",
    )


def clip_view() -> gr.HTML:
    """Player, timeline, utterances and faces; its value is what ``clip_value`` gives, or None."""
    names = {
        "emotions": CONVERSATION_EMOTIONS,
        "colours": CONVERSATION_COLOURS,
        "same": FACE_TO_CONVERSATION,
        "modalities": MODALITIES,
        "small": SMALL,
        "full": LEAST_FULL,
    }
    return gr.HTML(
        None,
        html_template=TEMPLATE,
        css_template=assets.read(*STYLES, "common/export.css", "video/timeline.css"),
        js_on_load=assets.mount_script("video/video.js", names),
        apply_default_css=False,
        elem_id="video-clip-view",
    )


def clip_value(path: str, result: VideoResult) -> dict[str, Any]:
    """``path`` is the visitor's upload, which Gradio turns into an address for the player."""
    return {
        "clip": {"path": path, "meta": {"_type": "gradio.FileData"}},
        "html": clip_html(result, Path(path).name),
    }


def clip_html(result: VideoResult, name: str = "") -> Markup:
    """What is below the verdict on the file ``name``; the numbers travel once, in ``data-``
    attributes, to draw and save."""
    numbers = json.dumps(result.to_dict(), ensure_ascii=False)
    data = {"json": numbers, "csv": moments_csv(result), "srt": emotion_srt(result)}
    data |= {"drawing": json.dumps(drawing_of(result)), "reasons": moments_json(result)}
    told = Markup(" ").join(
        Markup('data-{}="{}"').format(kind, text) for kind, text in data.items()
    )
    if result.moments:
        below = timeline_html(result) + moments_html(result) + faces_html(result)
        body = Markup('<div class="watching">{}{}</div>{}').format(
            _player(result, name), _PANEL, below
        )
    else:
        body = _player(result, name) + render.message(
            "Nothing in this clip could be read: no words, no voice, no face."
        )
    formats = ["csv", "json", "srt"]
    if all(result.size):  # sound alone has nothing to draw on
        formats.append("mp4")
    return Markup('<div class="numbers" style="--ratio:{:.4f}" {}>{}{}</div>').format(
        _ratio(result), told, export_html(formats, clip_text(result)), body
    )


def clip_text(result: VideoResult) -> str:
    """The answer as plain text, to copy: the verdict, and a line for each moment."""
    moments = [
        f"{clock(one.start)} {heard_words(one)} – {render.caption(one.emotion)}"
        for one in result.moments
    ]
    return "\n".join([headline(result), *moments, *result.notes])


_PANEL: Final = Markup(
    '<section class="moment" aria-label="The moment that the player shows"><h3></h3><p class="quote" dir="auto"></p>'
    '<p class="feeling"></p><p class="reasons" dir="auto"></p>'
    '<ul class="bars" aria-label="Probabilities of this moment"></ul><ul class="alone"></ul>'
    '<p class="flag" hidden><strong>Words and face disagree here.</strong></p></section>'
)


def _ratio(result: VideoResult) -> float:
    """Width by height of the player; of sound alone there is none, but it wants room for its name."""
    width, height = result.size
    return width / height if height else WIDE_SOUND


def _player(result: VideoResult, name: str) -> Markup:
    """The clip with a layer for the boxes of faces; sound alone, which nobody can recognise by its
    picture, with its name. To screen readers both tell the answer and its reasons."""
    width, height = result.size
    told = f", read as {render.caption(result.emotion)}. {clip_sentence(result)}".rstrip()
    if not width or not height:
        return Markup(
            '<div class="film sound"><p class="file">{}</p>'
            '<audio class="player" controls preload="auto" aria-label="Your clip, sound only{}"></audio>'
            '<p class="unplayable" hidden>{}</p></div>'
        ).format(name, told, UNPLAYABLE.format(""))
    return Markup(
        '<div class="film" style="aspect-ratio:{width}/{height}">'
        '<video class="player" controls playsinline preload="auto" aria-label="Your clip{told}"></video>'
        '<canvas class="boxes" role="img" aria-label="Boxes around the faces"></canvas>'
        '<p class="unplayable" hidden>{unplayable}</p></div>'
    ).format(
        width=width,
        height=height,
        told=told,
        unplayable=UNPLAYABLE.format(ANYWHERE),
    )
