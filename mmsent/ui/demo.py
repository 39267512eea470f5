"""Puts the page together: masthead, one tab a job, and what every visitor should know."""

from collections.abc import Callable
from typing import Final

import gradio as gr

import mmsent
from mmsent.hub import CheckpointError
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.face_tab import face_tabs
from mmsent.ui.picture_input import refuse_addresses

CACHE_SECONDS: Final = (600, 1800)  # every ten minutes, uploads older than half an hour are deleted

MASTHEAD: Final = """
<div class="masthead"><h1>What feeling is in this?</h1>
<p>mmsent reads faces, live or in a photo, says how sure it is, and shows what it looked at. It names what people would see
in a face, not what somebody feels.</p></div>
"""
NOTICE: Final = """
<p><strong>Your data.</strong> Live pictures are used once, in memory, and never written down. The numbers of a live session
stay in memory until you close the page or take your consent back. Photos are deleted within the hour. Nothing is used for
training.</p>
<p><strong>Not allowed.</strong> Inferring emotions from faces at work or in education is prohibited in the European Union,
except for medical or safety reasons (AI Act, Article 5(1)(f)). Do not use this page to decide anything about a person.</p>
"""


def build_demo(load: Callable[[str], FacePipeline] = mmsent.load) -> gr.Blocks:
    """The whole page. Where a model is missing, its tab says so in one sentence and the rest works."""
    refuse_addresses()
    with gr.Blocks(title="mmsent: what feeling is in this?", analytics_enabled=False, delete_cache=CACHE_SECONDS) as demo:
        gr.HTML(MASTHEAD)
        with gr.Tabs():
            try:
                face = load("face")
                _ = face.detector  # made now, not while the first visitor waits
            except CheckpointError as problem:
                with gr.Tab("Face"):
                    gr.HTML(value=str(problem), html_template='<p class="notice-card" role="alert">{{value}}</p>')
            else:
                face_tabs(demo, face)
        gr.HTML(NOTICE, elem_classes="small")
    return demo
