"""Puts the page together: masthead, one or more tabs a model, and what every visitor should know."""

from collections.abc import Callable
from html import escape
from typing import Any, Final

import gradio as gr

import mmsent
from mmsent.hub import CheckpointError
from mmsent.ui.face_tab import face_tabs
from mmsent.ui.meme_tab import meme_tab
from mmsent.ui.picture_input import refuse_addresses
from mmsent.ui.review_tab import review_tab

CACHE_SECONDS: Final = (600, 1800)  # every ten minutes, uploads older than half an hour are deleted
# task, the name of its tab when the model is missing, and what adds its tabs when it is there
ROOMS: Final[tuple[tuple[str, str, Callable[[gr.Blocks, Any], None]], ...]] = (
    ("face", "Face", face_tabs),
    ("review", "Review", review_tab),
    ("meme", "Meme", meme_tab),
)

MASTHEAD: Final = """
<div class="masthead"><h1>What feeling is in this?</h1>
<p>mmsent reads faces, live or in a photo, reviews with their photos, and memes. It says how sure it is, and shows what it
looked at. It names what people would see in a face or read in a text, not what somebody feels.</p></div>
"""
NOTICE: Final = """
<p><strong>Your data.</strong> Live pictures are used once, in memory, and never written down. The numbers of a live session
stay in memory until you close the page or take your consent back. Texts and pictures are used once; uploaded pictures are
deleted within the hour. Nothing is used for training.</p>
<p><strong>Not allowed.</strong> Inferring emotions from faces at work or in education is prohibited in the European Union,
except for medical or safety reasons (AI Act, Article 5(1)(f)). Do not use this page to decide anything about a person, be it
the one in a picture, the one who wrote a review or the one who shared a meme.</p>
"""


def build_demo(load: Callable[..., Any] = mmsent.load) -> gr.Blocks:
    """The whole page. ``load(task)`` gives a pipeline; where it raises CheckpointError, the task's tab says so in one
    sentence and the rest works."""
    refuse_addresses()
    with gr.Blocks(title="mmsent: what feeling is in this?", analytics_enabled=False, delete_cache=CACHE_SECONDS) as demo:
        gr.HTML(MASTHEAD)
        with gr.Tabs(overflow_behavior="wrap"):  # a phone shows every room, rather than "…"
            for task, name, add in ROOMS:
                try:
                    pipeline = load(task)
                except CheckpointError as problem:
                    with gr.Tab(name):
                        gr.HTML(f'<p class="notice-card" role="alert">{escape(str(problem))}</p>')
                else:
                    add(demo, pipeline)
        gr.HTML(NOTICE, elem_classes="small")
    return demo
