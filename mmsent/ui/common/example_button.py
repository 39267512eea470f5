"""The buttons that fill in an example, in a row of their own, and where they are."""

from typing import Final

import gradio as gr
from markupsafe import Markup

from mmsent.ui.common.thumbnails import thumbnail_class

# Tells tabs.js that the visitor has put in something of their own, by whatever way; an example is none.
OWN_INPUT: Final = "() => document.dispatchEvent(new Event('own-input'))"
INVITATION: Final = Markup("<p>Try an example</p>")
WORDS = "thumb-words"  # a text alone has no picture


def examples_row() -> gr.Row:
    """What the buttons of a tab stand in: under its input, or beside each other on a phone."""
    gr.HTML(INVITATION, elem_classes="invitation")
    return gr.Row(elem_classes="examples")


def example_button(tab: str, key: str, name: str, picture: str | None = None) -> gr.Button:
    """A button ``name`` with the thumbnail of ``picture``, a file of ui/examples, where there is
    one. The address ``?tab=...&example=key`` presses it (tabs.js), by its elem_id, which begins
    with the id of the ``tab``."""
    return gr.Button(
        name,
        size="sm",
        min_width=150,
        elem_classes=["example", thumbnail_class(picture) if picture else WORDS],
        elem_id=f"{tab}-example-{key}",
    )
