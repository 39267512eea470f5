"""The buttons that fill in an example: a thumbnail above a name."""

import gradio as gr

from mmsent.ui.common.thumbnails import thumbnail_class

WORDS = "thumb-words"  # a text alone has no picture


def example_button(name: str, picture: str | None = None, elem_id: str | None = None) -> gr.Button:
    """A button "Example: ``name``" with the thumbnail of ``picture``, a file of ui/examples, where
    there is one."""
    kind = thumbnail_class(picture) if picture else WORDS
    return gr.Button(
        f"Example: {name}",
        size="sm",
        min_width=150,
        elem_classes=["example", kind],
        elem_id=elem_id,
    )
