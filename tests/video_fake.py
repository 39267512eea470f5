"""A clip pipeline that needs no checkpoint, and clips made in code.

FakeVideo says the same of every clip: three utterances, joy, anger and an unsure one, with a
conflict in the second. What it says changes only with the transcript and the modalities, and it
counts how often it had to watch.
"""

import json
import math
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from mmsent.cancel import Cancelled
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.media import MediaError
from mmsent.results import ClipFace, Moment, Scores, VideoResult
from tests.chromium import portrait

ALL = ("text", "audio", "face")
SECONDS = 6.0
SIZE = (320, 240)
NASTY = "<img src=x onerror=window.hacked=1> ${window.hacked=1} {{value}} `${1}` &lt;b&gt;"
BROKEN = "Words that FakeVideo refuses."
TEDIOUS = "Words whose reasons FakeVideo looks for until somebody cancels."
SLOW = "slow"  # a clip with this in its name is watched until somebody cancels


def emotion(top: str, p: float = 0.7, unsure: bool = False) -> Scores:
    return Scores(
        CONVERSATION_EMOTIONS,
        tuple(p if name == top else (1 - p) / 6 for name in CONVERSATION_EMOTIONS),
        unsure,
    )


def sentiment(top: str, p: float = 0.8) -> Scores:
    return Scores(
        SENTIMENTS, tuple(p if name == top else (1 - p) / 2 for name in SENTIMENTS), False
    )


def moment(
    start: float,
    end: float,
    text: str,
    top: str,
    feeling: str,
    sides: dict[str, Scores],
    **more: Any,
) -> Moment:
    return Moment(
        start,
        end,
        text,
        emotion(top),
        sentiment(feeling),
        sides,
        {name: 1 / len(sides) for name in sides},
        shares={name: -0.3 if name == "audio" else 0.8 for name in sides},
        **more,
    )


def explained(told: Moment) -> Moment:
    """The last word speaks for the emotion, the first against it; toward the clip half as much."""
    words = tuple(told.text.split())
    if "text" not in told.by_modality or not words:
        return told
    values = (-0.4, *(0.0,) * (len(words) - 2), 1.2)[-len(words) :]
    return replace(
        told,
        tokens=words,
        attributions=values,
        clip_attributions=tuple(value / 2 for value in values),
    )


def result(
    transcript: str | None = None,
    modalities: Collection[str] = ALL,
    reasons: bool = False,
    **changes: Any,
) -> VideoResult:
    """What FakeVideo answers, with fields replaced by ``changes``. Without words the fused emotion
    is fear."""
    words = transcript or "I got the job!"
    heard = {"text": emotion("joy", 0.9), "audio": emotion("surprise"), "face": emotion("joy", 0.6)}
    fought = {
        "text": emotion("joy", 0.8),
        "audio": emotion("neutral"),
        "face": emotion("anger", 0.75),
    }
    lost = {"audio": emotion("sadness", 0.3, unsure=True)}
    first, second = ("joy", "anger") if "text" in modalities else ("fear", "fear")
    sides = [
        {name: scores for name, scores in one.items() if name in modalities}
        for one in (heard, fought, lost)
    ]
    moments = [
        moment(0.4, 2.0, words, first, "positive", sides[0]),
        moment(
            2.4,
            4.0,
            "How nice of you.",
            second,
            "negative",
            sides[1],
            conflict={"text", "face"} <= set(modalities),
        ),
        Moment(
            4.5,
            5.8,
            "",
            emotion("sadness", 0.3, unsure=True),
            sentiment("neutral"),
            sides[2],
            {"audio": 1.0},
        ),
    ]
    faces = [
        ClipFace(
            i / 5, (90 + 2 * i, 40, 190 + 2 * i, 160), 1, emotion("joy" if i < 12 else "anger", 0.6)
        )
        for i in range(30)
    ] + [ClipFace(i / 5, (10, 90, 60, 150), 2, emotion("neutral")) for i in range(10, 15)]
    fields: dict[str, Any] = {
        "emotion": emotion(first, 0.5),
        "sentiment": sentiment("positive", 0.6),
        "moments": tuple(explained(one) if reasons else one for one in moments if one.by_modality),
        "faces": tuple(sorted(faces, key=lambda face: face.time)),
        "duration": SECONDS,
        "transcript": transcript or "1\n00:00:00,400 --> 00:00:02,000\nI got the job!\n",
        "size": SIZE,
        "lead": 1,
        "loudness": tuple(abs(math.sin(i / 7)) * (0.2 + 0.8 * (i % 60 < 40)) for i in range(240)),
        "weights": {
            name: share
            for name, share in {"text": 0.5, "audio": 0.2, "face": 0.3}.items()
            if name in modalities
        },
        "shares": {
            name: share
            for name, share in {"text": 1.5, "audio": -0.3, "face": 0.6}.items()
            if name in modalities
        },
        "agreement": 0.58 if len(modalities) > 1 else None,
        "notes": (),
    }
    return VideoResult(**fields | changes)


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


def as_json(told: VideoResult) -> dict[str, Any]:
    """The result as a client gets it."""
    return json.loads(json.dumps(told.to_dict()))


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
