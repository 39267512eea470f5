"""Tracks while they are decoded: frames at the requested rate, sound without gaps, subtitle
entries.

Part of the decoding process (mmsent/clip_decoder.py): imports only av and numpy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import av
import numpy as np
from av.error import FFmpegError

from mmsent.clip_picture import Display
from mmsent.downmix import downmix

RATE = 16_000  # samples a second of the sound given out
MAX_STILL = 1.0  # seconds: a still picture is repeated this often
CHUNK_SAMPLES = RATE // 2  # samples of sound in a message
TIMESTAMP_TOLERANCE = (
    RATE // 25
)  # samples that time stamps may be off before silence is inserted or sound dropped
# FFmpeg's own decoders of VP8 and VP9 leave out what is transparent; these do not.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
MAX_ENTRIES, MAX_LETTERS = 2_000, 150_000  # of subtitles that are kept
# seconds that an entry lasts of which only the beginning is known, unless the next one comes before
DEFAULT_ENTRY_SECONDS = 3.0


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
    """The clip can't be decoded; the text is the "problem" of message E."""


class PictureTrack:
    """The frames of a video stream at the requested rate."""

    def __init__(self, stream: av.VideoStream, limits: Limits) -> None:
        """Raises RefusedError where the picture is too large."""
        context: av.VideoCodecContext = stream.codec_context
        if context.width * context.height > limits.pixels:
            raise RefusedError("pixels")
        self._display = Display(stream, limits.side)
        if stream.metadata.get("alpha_mode") == "1" and context.name in ALPHA_DECODERS:
            context = cast(
                av.VideoCodecContext, av.CodecContext.create(ALPHA_DECODERS[context.name], "r")
            )
        # the stream may hold others than the file declares
        context.options = {"max_pixels": str(limits.pixels)}
        context.thread_type, context.thread_count = "AUTO", 2
        self._decoder = context
        self._rate = limits.frames_per_second
        self._due = 0.0  # seconds: when the next frame is wanted
        self._given = 0.0  # seconds: time of the last one given out
        self._newest: av.VideoFrame | None = None  # decoded, given out or not

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as a player shows it, known when the first frame is."""
        return self._display.size

    def decode(self, packet: av.Packet) -> list[av.VideoFrame]:
        """The frames that this packet completes; the last packet is empty and flushes the
        decoder."""
        return self._decoder.decode(packet)

    def take(self, frame: av.VideoFrame, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
        """The frames to output once this one is decoded: seconds, and RGB uint8 (H, W, 3)."""
        while self._newest and seconds - self._given > MAX_STILL + 1 / self._rate:
            self._given += MAX_STILL
            yield self._given, self._display.show(self._newest)
        if seconds >= self._due:
            # hair's breadths: rounded time stamps
            self._due = (int(seconds * self._rate + 1e-3) + 1) / self._rate - 1e-4
            self._given = seconds
            yield seconds, self._display.show(frame)
        self._newest = frame


class SoundTrack:
    """The sound of an audio stream, mono, RATE samples a second, without gaps from second 0 on."""

    def __init__(self, limits: Limits) -> None:
        self._most = int(limits.seconds * RATE)
        self._resampler = av.AudioResampler("flt", None, RATE)  # all channels stay
        self._given = 0  # samples given out
        self._waiting = np.zeros((1, 0), np.float32)  # not given out yet, (channels, n)

    @property
    def count(self) -> int:
        """Samples so far."""
        return self._given + self._waiting.shape[1]

    def take(self, frame: av.AudioFrame | None, start: float) -> Iterator[tuple[float, np.ndarray]]:
        """The chunks to output once this frame is decoded, or at the end (None): seconds of the
        first sample, and float32 (n,) in -1..1. ``start`` is the time stamp of second 0."""
        try:
            parts = self._resampler.resample(frame)
        except ValueError:  # the stream changed its rate or its channels
            self._resampler = av.AudioResampler("flt", None, RATE)
            parts = self._resampler.resample(frame)
        for part in parts:
            channels = part.to_ndarray().reshape(-1, part.layout.nb_channels).T
            self._append(np.nan_to_num(channels).clip(-1, 1), (part.time or 0.0) - start)
        while self._waiting.shape[1] >= CHUNK_SAMPLES or (frame is None and self._waiting.shape[1]):
            piece, self._waiting = (
                downmix(self._waiting[:, :CHUNK_SAMPLES]),
                self._waiting[:, CHUNK_SAMPLES:],
            )
            yield self._given / RATE, piece
            self._given += len(piece)

    def _append(self, samples: np.ndarray, seconds: float) -> None:
        """Appends samples: after silence where there is a gap, without those that overlap."""
        if len(samples) != len(self._waiting):
            self._waiting = np.repeat(downmix(self._waiting)[None], len(samples), axis=0)
        gap = round(seconds * RATE) - self.count
        gap = gap if abs(gap) > TIMESTAMP_TOLERANCE else 0
        silence = np.zeros((len(samples), max(min(gap, self._most - self.count), 0)), np.float32)
        joined = np.concatenate([self._waiting, silence, samples[:, max(-gap, 0) :]], axis=1)
        self._waiting = joined[:, : max(self._most - self._given, 0)]


class SubtitleTrack:
    """The entries of a stream of subtitles that are text."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, float | None, str]] = []  # start and end in seconds
        self._letters = 0
        self.complete = True  # nothing was left out

    def take(self, packet: av.Packet, start: float) -> None:
        """``start`` is the time stamp of second 0."""
        if packet.pts is None or not packet.size:
            return
        try:
            rects = cast(list[Any], packet.decode())
        except FFmpegError:
            self.complete = False
            return
        lines = [
            _decode_line(rect.dialogue) for rect in rects if b"{\\p1" not in rect.ass
        ]  # no drawings
        text = "\n".join(filter(None, lines))
        begin = float(packet.pts * packet.time_base) - start
        end = begin + float(packet.duration * packet.time_base) if packet.duration else None
        if not text:
            return
        if len(self._entries) >= MAX_ENTRIES or self._letters + len(text) > MAX_LETTERS:
            self.complete = False
            return
        self._letters += len(text)
        self._entries.append((begin, end, text))

    def entries(self) -> list[tuple[float, float, str]]:
        """(start, end, text) in the order of time, seconds."""
        entries = sorted(self._entries, key=lambda entry: entry[0])
        nexts = [*(start for start, _, _ in entries[1:]), float("inf")]
        return [
            (start, min(start + DEFAULT_ENTRY_SECONDS, after) if end is None else end, text)
            for (start, end, text), after in zip(entries, nexts, strict=False)
        ]


def _decode_line(dialogue: bytes) -> str:
    return dialogue.decode(errors="replace").replace("\\h", " ").replace("\\n", " ").strip()
