"""A clip pipeline that needs no checkpoint, and clips made in code.

FakeVideo says the same of every clip: three utterances, joy, anger and an unsure one, with a
conflict in the second. What it says changes only with the transcript and the modalities, and it
counts how often it had to watch.
"""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from mmsent.cancel import Cancelled
from mmsent.media import MediaError
from mmsent.results import VideoResult
from tests.chromium import portrait
from tests.video_results import ALL, SECONDS, SIZE, result

BROKEN = "Words that FakeVideo refuses."
TEDIOUS = "Words whose reasons FakeVideo looks for until somebody cancels."
SLOW = "slow"  # a clip with this in its name is watched until somebody cancels


class Seen(NamedTuple):
    """What FakeVideo keeps of a clip."""

    number: int  # how many it has watched so far
    sound_only: bool


class FakeVideo:
    """Takes what the real pipeline takes and raises what it raises."""

    metrics: dict[str, Any] | None = None
    folder = Path()
    modalities = ALL

    def __init__(self, seconds: float = 0.0) -> None:
        self.watched, self.seconds = 0, seconds  # clips, and what reasons take

    def reasons_seconds(self, result: VideoResult) -> float:
        return self.seconds

    def estimate(self, path: str) -> float:
        return 300.0 if SLOW in Path(path).name else _seconds(path)

    def watch(
        self,
        path: str,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        recognise: bool = False,
    ) -> Seen:
        _seconds(path)
        until = time.monotonic() + 60
        while SLOW in Path(path).name and time.monotonic() < until:
            if progress:
                progress("Watching and listening", 0.4)
            if cancelled and cancelled():
                raise Cancelled
            time.sleep(0.05)
        self.watched += 1
        return Seen(self.watched, Path(path).suffix == ".m4a")

    def judge(
        self,
        watched: Seen,
        transcript: str | None = None,
        modalities: Collection[str] = ALL,
        reasons: bool = False,
        cancelled: Callable[[], bool] | None = None,
    ) -> VideoResult:
        if transcript == BROKEN:
            raise MediaError("Line 2 of the transcript has no times <b>.")
        if not modalities:
            raise MediaError("Please switch on at least one of words, voice and face.")
        blind: dict[str, Any] = (
            {"size": (0, 0), "faces": (), "lead": None} if watched.sound_only else {}
        )
        until = time.monotonic() + 60
        while (
            reasons and "text" in modalities and transcript == TEDIOUS and time.monotonic() < until
        ):
            if cancelled and cancelled():
                raise Cancelled
            time.sleep(0.05)
        notes = (f"Watched {watched.number} so far.",)
        return result(transcript, modalities, reasons, notes=notes, **blind)

    def predict(
        self, path: str, transcript: str | None = None, modalities: Collection[str] = ALL
    ) -> VideoResult:
        return self.judge(self.watch(path), transcript, modalities, reasons=True)


def _seconds(path: str) -> float:
    try:
        with av.open(path) as file:
            return (file.duration or 0) / av.time_base
    except av.error.FFmpegError:
        raise MediaError("This is not a clip we can read.") from None


def write_clip(path: Path, seconds: float = SECONDS, picture: bool = True) -> Path:
    """A clip that browsers play: a portrait moving to the right, and a tone that comes and goes.
    VP9 and Opus in WebM, or what the name's ending asks for."""
    codecs = {
        ".webm": ("libvpx", "libopus"),
        ".mp4": ("libx264", "aac"),
        ".avi": ("mjpeg", "pcm_s16le"),
        ".m4a": ("", "aac"),
    }
    video_codec, audio_codec = codecs[path.suffix]
    with av.open(str(path), "w") as file:
        film = file.add_stream(video_codec, 10) if picture and video_codec else None
        voice = file.add_stream(audio_codec, 48_000, layout="mono")
        if film:
            film.width, film.height = SIZE
            film.pix_fmt = "yuvj420p" if video_codec == "mjpeg" else "yuv420p"
            face = portrait()[::2, ::2]
            for i in range(round(10 * seconds)):
                file.mux(
                    film.encode(
                        av.VideoFrame.from_ndarray(
                            np.ascontiguousarray(np.roll(face, i, axis=1)), "rgb24"
                        )
                    )
                )
            file.mux(film.encode(None))
        at = np.arange(round(48_000 * seconds)) / 48_000
        wave = (0.3 * np.sin(2 * np.pi * 220 * at) * (at % 2 < 1.4)).astype(np.float32)
        for start in range(0, len(wave), 960):
            block = av.AudioFrame.from_ndarray(wave[None, start : start + 960], "flt", "mono")
            block.sample_rate, block.pts = 48_000, start
            file.mux(voice.encode(block))
        file.mux(voice.encode(None))
    return path
