"""Parts of a clip as they are decoded: frames, sound, subtitles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmsent.clip_notes import ClipInfo as ClipInfo
from mmsent.clip_streams import MediaTrack
from mmsent.clip_tracks import RATE as RATE  # 16,000 samples a second
from mmsent.media import Picture


@dataclass(frozen=True)
class Frame:
    """A picture of the clip, RGB uint8 (H, W, 3), upright, its longer side at most LONG_SIDE."""

    time: float  # seconds since the beginning, by the file's time stamps
    picture: Picture


@dataclass(frozen=True)
class Sound:
    """A piece of the sound, mono, RATE samples a second, -1..1. The pieces follow each other
    without gaps from second 0 on: where sound is missing there is silence."""

    time: float  # seconds: of the first sample
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Subtitles:
    """A track of subtitles that are text: ``entries`` of (start, end, text) in seconds, in the
    order of time, with the markup of ASS; not ``complete`` where some were left out, too many or
    damaged."""

    track: MediaTrack
    entries: tuple[tuple[float, float, str], ...]
    complete: bool
