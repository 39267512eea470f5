"""A picture input that leaves opening the file to mmsent.media, so every error is our own sentence."""

import base64
import binascii
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData


def picture_input(**settings: Any) -> gr.Image:
    """A ``gr.Image`` whose handlers get the path of the untouched upload, or bytes where a client sent a data URL.

    Left to itself it opens the file first and fails, in Pillow's words, on whatever is no picture. The method is replaced on
    the object because a subclass makes Gradio write a stub file next to the source.
    """
    image = gr.Image(**settings)
    image.preprocess = _untouched  # type: ignore[method-assign, assignment]
    return image


def _untouched(payload: ImageData | None) -> str | bytes | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        try:
            return base64.b64decode(payload.url.partition(",")[2], validate=True)
        except binascii.Error:
            return b""
    return payload.path
