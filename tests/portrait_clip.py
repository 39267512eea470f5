"""A clip with a face, a voice and words, and what is said of it."""

from pathlib import Path

import cv2
import numpy as np
from skimage import data

from tests.clip_media import talk, write_clip

SECONDS = 4.0
SIZE = (320, 240)
SRT = "1\n00:00:00,200 --> 00:00:01,500\nThis is so good!\n\n2\n00:00:02,000 --> 00:00:03,900\nNot very good\n"
ALL = {"text", "audio", "face"}
# Eileen Collins, NASA
PORTRAIT = cv2.resize(data.astronaut()[:384], SIZE, interpolation=cv2.INTER_AREA)


def modalities(result):
    """The different sets of modalities that moments were read by."""
    return {tuple(sorted(moment.by_modality)) for moment in result.moments}


def write_portrait_clip(path: Path) -> Path:
    """A portrait for the first three seconds, and a voice with a pause."""
    sound = talk(SECONDS)
    sound[int(1.6 * 16_000) : int(2.4 * 16_000)] = 0
    paint = lambda time: PORTRAIT if time < 3 else np.zeros_like(PORTRAIT)  # noqa: E731
    return write_clip(path, SECONDS, fps=10, size=SIZE, sound=sound, paint=paint)
