"""The clip input: upload or, after consent, a recording with sound. Opening the file is left to
mmsent.clips, so every error is our own sentence."""

from typing import Any, Final, Literal

import gradio as gr
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder, is_in_or_equal

from mmsent.ui.common.example_button import OWN_INPUT
from mmsent.ui.server.gradio_patches import replace

PLEASE_UPLOAD: Final = "Please upload the clip itself."
UPLOAD: Final[list[Literal["upload", "webcam"]]] = ["upload"]
RECORD: Final[list[Literal["upload", "webcam"]]] = ["upload", "webcam"]  # only after consent
WEBCAM: Final = gr.WebcamOptions(
    mirror=False, constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}}
)


def video_input(**settings: Any) -> gr.Video:
    """A ``gr.Video`` whose handlers get the path of the untouched upload; whatever else a request
    names is refused.

    Recordings keep their sound, which Gradio drops unless told not to. The method is replaced on
    the object because a subclass makes Gradio write a stub file next to the source.
    """
    video = gr.Video(sources=UPLOAD, include_audio=True, webcam_options=WEBCAM, **settings)
    replace(video, "preprocess", _untouched)
    video.input(None, js=OWN_INPUT)
    return video


def sound_button(**settings: Any) -> gr.UploadButton:
    """A button for files that hold sound alone, which the video input does not let through."""
    button = gr.UploadButton(file_types=["audio"], **settings)
    replace(button, "preprocess", _untouched)
    return button


def _untouched(payload: FileData | None) -> str | None:
    # Gradio itself checks only requests that carry its own mark; any other could name any file of
    # the server.
    if payload is None:
        return None
    if not payload.path or not is_in_or_equal(payload.path, get_upload_folder()):
        raise gr.Error(PLEASE_UPLOAD, print_exception=False)
    return payload.path
