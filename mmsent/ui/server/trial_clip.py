"""The clip that the clip model is asked about at the start, so that it is known whether clips can
be decoded here."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
import numpy as np
from gradio.utils import get_upload_folder

from mmsent.annotate import VideoWriter
from mmsent.clips import RATE, Sound

# less than one: what is loaded at the first clip must not count as the pace of the next ones
SECONDS: Final = 0.8
FPS: Final = 10
PICTURE: Final = np.full((240, 320, 3), 128, np.uint8)


@contextmanager
def trial_clip() -> Iterator[Path]:
    """Its path, in the folder that goes with this process, however it ends."""
    with tempfile.TemporaryDirectory(dir=get_upload_folder()) as folder:
        yield write_trial_clip(Path(folder) / "trial.mp4")


def write_trial_clip(path: Path) -> Path:
    """Writes an MP4 as phones send it, H.264 and AAC: a grey picture and a tone. Returns
    ``path``."""
    times = np.arange(round(SECONDS * RATE)) / RATE
    with av.open(str(path), "w", format="mp4") as container:
        film = VideoWriter(container, has_sound=True)
        for number in range(round(SECONDS * FPS)):
            film.add_frame(PICTURE, number / FPS)
        film.add_sound(Sound(0.0, (0.1 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)))
        film.finish()
    return path
