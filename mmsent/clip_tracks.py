"""What becomes of the decoded parts of a clip: frames at the times they are wanted, and sound without gaps.

Part of the decoding process (mmsent/clip_decoder.py): imports av and numpy alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np

RATE = 16_000  # samples a second of the sound given out
STILL = 1.0  # seconds: a picture that stands still is given again this often
PIECE = RATE // 2  # samples of sound in a message
SLACK = RATE // 25  # samples that time stamps may be off before silence is put in or sound left out


@dataclass(frozen=True)
class Limits:
    seconds: float  # of the clip: later parts are not read
    pixels: int  # of a picture as it is stored
    side: int  # pixels: the longer side of the frames given out; larger ones are shrunk
    frames_per_second: float  # frames given out
    frames: int  # frames decoded
    work: int  # seconds of processor time
    memory: int  # bytes of address space


class RefusedError(Exception):
    """Its text is the word for E."""


class PictureTrack:
    """The frames of a video stream at the times they are wanted."""

    def __init__(self, stream: av.VideoStream, limits: Limits) -> None:
        """Raises RefusedError where the picture is too large."""
        context = stream.codec_context
        if context.width * context.height > limits.pixels:
            raise RefusedError("pixels")
        context.options = {"max_pixels": str(limits.pixels)}  # the stream may hold others than the file declares
        context.thread_type, context.thread_count = "AUTO", 2
        self.size = (context.width, context.height)  # as shown, known when the first frame is
        self._stretch = float(stream.sample_aspect_ratio or 1)  # width of a pixel over its height
        self._side, self._rate = limits.side, limits.frames_per_second
        self._due = 0.0  # seconds: when the next frame is wanted
        self._given = 0.0  # seconds: time of the last one given out
        self._newest: av.VideoFrame | None = None  # decoded, given out or not

    def take(self, frame: av.VideoFrame, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
        """What there is to give out now that this frame is decoded: seconds, and RGB uint8 (H, W, 3)."""
        while self._newest and seconds - self._given > STILL + 1 / self._rate:
            self._given += STILL
            yield self._given, self._upright(self._newest)
        if seconds >= self._due:
            self._due = (int(seconds * self._rate + 1e-3) + 1) / self._rate - 1e-4  # hair's breadths: rounded time stamps
            self._given = seconds
            yield seconds, self._upright(frame)
        self._newest = frame

    def _upright(self, frame: av.VideoFrame) -> np.ndarray:
        """As a player shows it: square pixels, turned as the file says; shrunk to the limit."""
        width, height = max(round(frame.width * self._stretch), 1), frame.height
        turns = round(frame.rotation / 90) % 4  # quarters, counterclockwise
        self.size = (height, width) if turns % 2 else (width, height)
        scale = min(1.0, self._side / max(self.size))
        small = frame.reformat(max(int(width * scale), 1), max(int(height * scale), 1), "rgb24", interpolation="AREA")
        return np.rot90(small.to_ndarray(), turns)


class SoundTrack:
    """The sound of an audio stream, mono, RATE samples a second, without gaps from second 0 on."""

    def __init__(self, limits: Limits) -> None:
        self._most = int(limits.seconds * RATE)
        self._resampler = av.AudioResampler("flt", "mono", RATE)
        self._given = 0  # samples given out
        self._waiting = np.zeros(0, np.float32)  # not given out yet

    @property
    def count(self) -> int:
        """Samples so far."""
        return self._given + len(self._waiting)

    def take(self, frame: av.AudioFrame | None, start: float) -> Iterator[tuple[float, np.ndarray]]:
        """What there is to give out now that this frame is decoded, or at the end (None): seconds of the first sample, and
        float32 (n,) in -1..1. ``start`` is the time stamp of second 0."""
        try:
            parts = self._resampler.resample(frame)
        except ValueError:  # the stream changed its rate or its channels
            self._resampler = av.AudioResampler("flt", "mono", RATE)
            parts = self._resampler.resample(frame)
        for part in parts:
            self._place(np.nan_to_num(part.to_ndarray()[0]).clip(-1, 1), (part.time or 0.0) - start)
        while len(self._waiting) >= PIECE or (frame is None and len(self._waiting)):
            piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            yield self._given / RATE, piece
            self._given += len(piece)

    def _place(self, samples: np.ndarray, seconds: float) -> None:
        """Behind what is there: after silence where something is missing, less what is there already."""
        gap = round(seconds * RATE) - self.count
        gap = gap if abs(gap) > SLACK else 0
        silence = np.zeros(max(min(gap, self._most - self.count), 0), np.float32)
        joined = np.concatenate([self._waiting, silence, samples[max(-gap, 0) :]])
        self._waiting = joined[: max(self._most - self._given, 0)]
