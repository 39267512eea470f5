"""Annotated clips: the predictions drawn into the frames, and as subtitles."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer

from mmsent.atomic import atomic_write
from mmsent.cancel import Cancel, stop_if
from mmsent.clips import RATE, Frame, Sound
from mmsent.draw import Painter
from mmsent.media import MediaError, Picture
from mmsent.pipelines.clip_choice import open_best_tracks
from mmsent.results import VideoResult
from mmsent.sightings import label_text
from mmsent.transcripts import Cue, write_srt

MAX_FRAME_RATE = 30.0  # frames a second of the annotated clip; clips with fewer keep theirs
TICKS_PER_SECOND = 90_000  # time stamps a second
H264 = {"preset": "veryfast", "crf": "23"}
NO_PICTURE = "This clip has no picture to draw on. Please use the subtitles, which say the same."
SAME_FILE = "This would overwrite the clip itself. Please name another file for the annotated clip."


def emotion_srt(result: VideoResult) -> str:
    """Subtitles (SRT) of a clip with the emotion of each moment before its words, "[joy] ..."."""
    return write_srt(
        [
            Cue(moment.start, moment.end, f"[{label_text(moment.emotion)}] {moment.text}".strip())
            for moment in result.moments
        ]
    )


def annotate(
    path: str | Path,
    result: VideoResult,
    out: Path,
    progress: Callable[[float], None] | None = None,
    cancelled: Cancel = None,
) -> Path:
    """Writes to ``out`` (MP4, H.264 and AAC) the clip in ``path`` with the faces, emotions and
    words of ``result`` drawn on, at the size the faces were found in, with its own times and its
    sound (mono, 16 kHz). ``out`` is replaced by an atomic write at the end; no partial file
    stays.

    Raises MediaError where the clip has no picture, can't be read or is ``out`` itself, and
    Cancelled once ``cancelled()`` is true.
    """
    clip, _ = open_best_tracks(path, MAX_FRAME_RATE, cancelled)
    with clip:
        if out.exists() and out.samefile(path):
            raise MediaError(SAME_FILE)
        if not clip.info.has_picture:
            raise MediaError(NO_PICTURE)
        with (
            atomic_write(out) as fresh,
            av.open(str(fresh), "w", format="mp4", options={"movflags": "faststart"}) as container,
        ):
            writer = VideoWriter(container, clip.info.has_sound)
            painter, done = Painter(result), 0.0
            for part in clip:
                stop_if(cancelled)
                if isinstance(part, Frame):
                    writer.add_frame(painter.draw(part.picture, part.time), part.time)
                else:
                    writer.add_sound(part)
                if progress:
                    # sound may come early
                    done = max(done, min(part.time / max(clip.info.duration, 1e-3), 1.0))
                    progress(done)
            writer.finish()
    return out


class VideoWriter:
    """Writes an MP4 file: frames and sound with their own times, in about the order of time."""

    def __init__(self, container: OutputContainer, has_sound: bool) -> None:
        self._container = container
        self._picture = container.add_stream("libx264", round(MAX_FRAME_RATE), options=H264)
        self._picture.pix_fmt = "yuv420p"  # the one that every player knows
        self._picture.codec_context.time_base = Fraction(1, TICKS_PER_SECOND)
        self._picture.codec_context.thread_count = 2
        self._sound = container.add_stream("aac", RATE, layout="mono") if has_sound else None
        self._size: tuple[int, int] | None = None  # height, width
        self._stamp = -1  # of the last frame
        self._samples = 0  # so far

    def add_frame(self, picture: Picture, time: float) -> None:
        """An RGB frame; those after the first are brought to its size."""
        if self._size is None:
            height, width = picture.shape[:2]
            self._size = (height + height % 2, width + width % 2)  # the codec wants even sides
            self._picture.height, self._picture.width = self._size
        picture = _fit_to_size(picture, *self._size)
        self._stamp = max(round(time * TICKS_PER_SECOND), self._stamp + 1)
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = self._stamp, Fraction(1, TICKS_PER_SECOND)
        self._container.mux(self._picture.encode(frame))

    def add_sound(self, sound: Sound) -> None:
        if self._sound is None:
            return
        frame = av.AudioFrame.from_ndarray(sound.samples[None], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._samples += len(sound.samples)
        self._container.mux(self._sound.encode(frame))

    def finish(self) -> None:
        for stream in (self._picture, self._sound):
            if stream is not None:
                self._container.mux(stream.encode(None))


def _fit_to_size(picture: Picture, height: int, width: int) -> Picture:
    """The picture at ``height`` and ``width``: an odd side is padded with its last row; other
    sizes, which a clip may change to, are scaled."""
    down, right = height - picture.shape[0], width - picture.shape[1]
    if (down, right) == (0, 0):
        return np.ascontiguousarray(picture)
    if down in (0, 1) and right in (0, 1):
        return cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
