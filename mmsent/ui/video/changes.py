"""What the parts of the clip tab show next: at work, with an answer, or with a sentence in its
place."""

import gradio as gr

from mmsent.ui.common import render
from mmsent.ui.common.explain import Changes
from mmsent.ui.video.parts import Parts
from mmsent.ui.video.render import verdict_html
from mmsent.ui.video.session import Kept
from mmsent.ui.video.view import clip_value


def busy(parts: Parts, at_work: bool) -> Changes:
    """The buttons while something is worked on, or afterwards."""
    resting = {button: gr.Button(interactive=not at_work) for button in (parts.run, parts.make)}
    return resting | {
        parts.cancel: gr.Button(
            "Cancel", variant="stop" if at_work else "secondary", interactive=at_work
        )
    }


def shown(parts: Parts, now: Kept, pending: str = "") -> Changes:
    """The answer; ``pending`` is said where it lacks what each word did."""
    result = now.verdict
    return parts.explain.nothing | {
        parts.verdict: verdict_html(result, pending),
        parts.estimate: "",
        parts.view: clip_value(now.path, result),
        parts.counts: gr.CheckboxGroup(visible=True),
        parts.ready: gr.DownloadButton(visible=False),
        parts.film_note: "",
        parts.kept: now,
    }


def failed(parts: Parts, told: str, same: bool, problem: bool = False) -> Changes:
    """A sentence in place of the verdict; what is shown of the ``same`` clip stays."""
    message = parts.explain.nothing | {parts.verdict: render.message(told, problem)}
    if problem:
        message[parts.estimate] = ""  # which may have told the same
    hidden: Changes = {
        parts.view: None,
        parts.counts: gr.CheckboxGroup(visible=False),
        parts.ready: gr.DownloadButton(visible=False),
        parts.film_note: "",
    }
    return message if same else message | hidden
