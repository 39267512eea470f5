"""A picture input that leaves opening the file to mmsent.media, so every error is our own sentence;
and what makes the browser let in every kind of file that is read here."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import gradio as gr
from gradio import processing_utils
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder, is_in_or_equal

from mmsent import clip_kinds
from mmsent.media import IMAGE_SUFFIXES, MAX_BYTES
from mmsent.ui.common import assets
from mmsent.ui.common.example_button import OWN_INPUT
from mmsent.ui.server.gradio_patches import replace

DROP: Final = "# Drop an image here\nor click to choose one"
PLEASE_UPLOAD: Final = "Please upload the picture itself."
MAX_DATA_URL: Final = MAX_BYTES * 4 // 3 + 100  # base64 takes four characters for three bytes


def refuse_addresses() -> None:
    """Keeps Gradio from downloading whatever address a request names in place of a file, for every
    input of the page."""

    async def refuse(url: str, cache_dir: str) -> str:
        raise gr.Error(PLEASE_UPLOAD, print_exception=False)

    replace(processing_utils, "async_ssrf_protected_download", refuse)


def page_script(tabs: Mapping[str, str]) -> str:
    """What loads all modules, opens the tab that the address names, and lets files of all our kinds
    into the inputs for pictures, clips and sound, whatever the browser makes of their names. Once
    for the whole page. ``tabs`` are names in the address that differ from the tab's id."""
    clips = sorted(clip_kinds.CLIP_SUFFIXES)
    endings = {"image": sorted(IMAGE_SUFFIXES), "video": clips, "audio": clips}
    # here, once Gradio has the page, since it shares the browser's few connections: before, its own
    # scripts stood in line behind sixty modules
    config = {"endings": endings, "tabs": dict(tabs)}
    return assets.mount_script("common/page.js", config, at_once=True)


def picture_input(**settings: Any) -> gr.Image:
    """A ``gr.Image`` whose handlers get the path of the untouched upload, or bytes where a client
    sent a data URL.

    Left to itself it opens the file first and fails, in Pillow's words, on whatever is no picture.
    The method is replaced on the object because a subclass makes Gradio write a stub file next to
    the source.
    """
    # PNG, since examples go through it too, and WebP would change them
    image = gr.Image(format="png", placeholder=DROP, **settings)
    replace(image, "preprocess", _untouched)
    image.input(None, js=OWN_INPUT)
    return image


def _untouched(payload: ImageData | None) -> str | bytes | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        if len(payload.url) > MAX_DATA_URL:
            raise gr.Error(PLEASE_UPLOAD, print_exception=False)
        try:
            return base64.b64decode(payload.url.partition(",")[2], validate=True)
        except binascii.Error:
            return b""
    # Gradio itself checks only requests that carry its own mark; any other could name any file of
    # the server.
    if payload.path and not is_in_or_equal(payload.path, get_upload_folder()):
        raise gr.Error(PLEASE_UPLOAD, print_exception=False)
    return payload.path or None
