"""Where in a sound somebody speaks: Silero VAD tells voices from noise and music, in ONNX Runtime
on the CPU."""

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from silero_vad.utils_vad import get_speech_timestamps_from_probs

from mmsent.runtime import OnnxNet

NET = "silero_vad_16k_sequence.onnx"  # inside the wheel of silero-vad
RATE = 16_000  # samples a second
FRAME = 512  # samples that one probability is for
BEFORE = 64  # samples of the frame before that the net looks at too
BLOCK = 500  # frames in one call: 16 s
STEP = FRAME / RATE  # = 0.032 seconds
THRESHOLD = 0.5  # probability from which a voice is heard; it ends 0.15 below
PAUSE = 0.3  # seconds of silence that end a stretch
MARGIN = 0.1  # seconds kept before and behind
SHORTEST, LONGEST = 0.5, 10.0  # seconds of a stretch
BLINK = 0.1  # seconds: what is shorter is no speech


class VoiceStream:
    """How probable it is that somebody speaks, STEP by STEP, of a sound that comes in pieces."""

    def __init__(self) -> None:
        self._net = _net()
        self._state = [np.zeros((1, 1, 128), np.float32)] * 2
        self._rest = np.zeros(BEFORE, np.float32)  # not heard yet, behind the BEFORE last that were
        self._blocks: list[NDArray[np.float32]] = []

    def feed(self, samples: NDArray[np.float32]) -> None:
        """The next samples, mono, RATE a second, -1..1."""
        sound = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        frames = (len(sound) - BEFORE) // FRAME
        if frames:
            windows = np.lib.stride_tricks.sliding_window_view(sound, BEFORE + FRAME)[::FRAME]
            for at in range(0, frames, BLOCK):
                inputs = {
                    "input": windows[at : at + BLOCK],
                    "h": self._state[0],
                    "c": self._state[1],
                }
                heard, *self._state = self._net.session.run(["speech_probs", "hn", "cn"], inputs)
                self._blocks.append(heard)
        self._rest = sound[frames * FRAME :]

    def voice(self) -> NDArray[np.float32]:
        """(T,) probabilities so far."""
        return np.concatenate([np.zeros(0, np.float32), *self._blocks])


@lru_cache
def _net() -> OnnxNet:
    """The net, which remembers nothing from call to call: one for all streams."""
    return OnnxNet(files("silero_vad").joinpath("data", NET).read_bytes())


def stretches(voice: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Probabilities (T,) of speech -> stretches of it between pauses, (start, end) in seconds,
    SHORTEST to LONGEST long, in order, none over another; [] where nobody speaks. Longer ones are
    parted at their longest pause."""
    duration = len(voice) * STEP
    found = get_speech_timestamps_from_probs(
        voice.tolist(),
        threshold=THRESHOLD,
        min_speech_duration_ms=round(BLINK * 1000),
        max_speech_duration_s=LONGEST,
        min_silence_duration_ms=round(PAUSE * 1000),
        speech_pad_ms=round(MARGIN * 1000),
    )
    spans = [(span["start"] / RATE, span["end"] / RATE) for span in found]
    lows = [0.0, *(end for _, end in spans)]
    highs = [*(start for start, _ in spans[1:]), duration]
    return [_widened(span, low, high) for span, low, high in zip(spans, lows, highs, strict=False)]


def _widened(span: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """To SHORTEST, as far as there is room between ``low`` and ``high``."""
    start, end = span
    lacking = max(SHORTEST - (end - start), 0.0)
    end = min(end + lacking / 2, high)
    start = max(min(start, end - SHORTEST), low)
    return start, min(max(end, start + SHORTEST), high) if lacking else end
