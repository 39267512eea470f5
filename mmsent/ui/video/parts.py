"""What the clip tab consists of, from top to bottom; what its parts do is in video_tab."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import gradio as gr

from mmsent.ui.common import assets
from mmsent.ui.common.example_button import example_button, examples_row
from mmsent.ui.common.explain import KEEP_SECONDS, Explain
from mmsent.ui.common.notice import AT_CONSENT
from mmsent.ui.common.stale import stale_note
from mmsent.ui.video.input import sound_button, video_input
from mmsent.ui.video.reasons import MODALITIES
from mmsent.ui.video.view import clip_view, video_verdict_view

CONSENT: Final = "I agree that my camera and microphone are recorded when I press record, and everybody in view agrees."
EXAMPLE_KEY: Final = "portrait"  # in the address
EXAMPLE: Final = "Portrait, made to move and speak"
NOTICE: Final = (
    "<p>Use clips only of people who agree to it. The clip is deleted from the server within the "
    "hour, and so are the {} that let you switch parts of it off.</p>"
)
# by what the model sees
KEPT: Final = {"face": "numbers", "picture": "numbers and small pictures"}


class Parts(NamedTuple):
    """The components of the tab that events read or change."""

    clip: gr.Video
    sound: gr.UploadButton
    agreed: gr.Checkbox
    words: gr.Textbox
    recognise: gr.Checkbox
    estimate: gr.HTML
    run: gr.Button
    example: gr.Button
    cancel: gr.Button
    verdict: gr.HTML
    explain: Explain
    counts: gr.CheckboxGroup
    view: gr.HTML
    make: gr.Button
    ready: gr.DownloadButton
    film_note: gr.HTML
    kept: gr.State  # what was read last, a Kept


def layout(modalities: Sequence[str]) -> Parts:
    """``modalities`` are those that the model takes."""
    sight = MODALITIES[modalities[-1]].lower()
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            clip = video_input(label="Your clip", height=190, elem_id="video-clip")
            sound = sound_button(
                label="Sound only? Choose an audio file", size="sm", elem_id="video-sound"
            )
            with gr.Accordion("Record a clip instead", open=False, elem_id="video-record"):
                agreed = gr.Checkbox(
                    False,
                    label=CONSENT,
                    info="Tick to record a clip of your own, above.",
                    elem_id="video-consent",
                )
                gr.HTML(AT_CONSENT, elem_classes="small")
        with gr.Column(scale=1, min_width=300):
            words = gr.Textbox(
                label="Transcript (optional)",
                placeholder="Type it, or paste subtitles.",
                info="Plain text or subtitles (SRT, VTT and others). Empty: subtitles inside the file are read. "
                "A changed transcript is analysed quickly. Ctrl + Enter analyses, too.",
                lines=4,
                max_lines=4,
                elem_id="video-transcript",
            )
            recognise = gr.Checkbox(
                True,
                label="If there is no transcript, write down what is said",
                info="By Whisper, English only. It takes longer and can be cancelled; without it "
                f"only voice and {sight} count.",
                elem_id="video-recognise",
            )
            estimate = gr.HTML("", elem_classes="small", elem_id="video-estimate")
            with gr.Row():
                run = gr.Button(
                    "Analyse", variant="primary", scale=3, min_width=160, elem_id="video-run"
                )
                cancel = gr.Button(
                    "Cancel", interactive=False, scale=1, min_width=100, elem_id="video-cancel"
                )
    with examples_row():
        example = example_button("video", EXAMPLE_KEY, EXAMPLE, "astronaut.jpg")
    gr.HTML(NOTICE.format(KEPT[modalities[-1]]), elem_classes="small")
    stale_note("Analyse")
    verdict = video_verdict_view()
    explain = Explain("video", "#video-verdict .reasons")
    view = clip_view()
    film_note = gr.HTML(
        "",
        html_template="${value}",  # ours
        css_template=assets.read("common/parts.css"),
        apply_default_css=False,
        elem_id="video-film-note",
        elem_classes="answer",
    )
    # pressed by “Annotated video (MP4)” in the export; the second is in the page once the film is made
    make = gr.Button("Make the annotated video", visible="hidden", elem_id="video-make")
    ready = gr.DownloadButton("Save the annotated video", visible=False, elem_id="video-ready")
    counts = gr.CheckboxGroup(
        [(MODALITIES[key], key) for key in modalities],
        value=list(modalities),
        label="What counts",
        info=f"Switch words, voice or {sight} off; the clip is not analysed again.",
        visible=False,
        elem_id="video-counts",
    )
    kept = gr.State(None, time_to_live=KEEP_SECONDS)
    inputs = (clip, sound, agreed, words, recognise, estimate, run, example, cancel)
    return Parts(*inputs, verdict, explain, counts, view, make, ready, film_note, kept)
