"""Voice activity detection: where in a sound somebody speaks, by Silero VAD, which tells speech
from noise and music, in ONNX Runtime on the CPU."""

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from silero_vad.utils_vad import get_speech_timestamps_from_probs

from mmsent.runtime import OnnxNet

NET_FILE = "silero_vad_16k_sequence.onnx"  # inside the wheel of silero-vad
RATE = 16_000  # samples a second
FRAME_SAMPLES = 512  # samples that one probability is for
CONTEXT_SAMPLES = 64  # samples of the previous frame that the net also takes
BLOCK_FRAMES = 500  # frames in one call: 16 s
FRAME_SECONDS = FRAME_SAMPLES / RATE  # = 0.032 seconds
THRESHOLD = 0.5  # probability at which speech begins; it ends 0.15 below
MIN_SILENCE = 0.3  # seconds of silence that end a stretch of speech
SPEECH_PADDING = 0.1  # seconds added before and after a stretch
MIN_STRETCH, MAX_STRETCH = 0.5, 10.0  # seconds of a stretch
MIN_SPEECH = 0.1  # seconds: shorter sounds are not speech


class VoiceActivityStream:
    """Speech probability of each frame (FRAME_SECONDS) of a sound that comes in pieces."""

    def __init__(self) -> None:
        self._net = _net()
        self._state = [np.zeros((1, 1, 128), np.float32)] * 2
        self._rest = np.zeros(
            CONTEXT_SAMPLES, np.float32
        )  # not heard yet, behind the CONTEXT_SAMPLES last that were
        self._blocks: list[NDArray[np.float32]] = []

    def feed(self, samples: NDArray[np.float32]) -> None:
        """The next samples, mono, RATE a second, -1..1."""
        sound = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        frames = (len(sound) - CONTEXT_SAMPLES) // FRAME_SAMPLES
        if frames:
            windows = np.lib.stride_tricks.sliding_window_view(
                sound, CONTEXT_SAMPLES + FRAME_SAMPLES
            )[::FRAME_SAMPLES]
            for at in range(0, frames, BLOCK_FRAMES):
                inputs = {
                    "input": windows[at : at + BLOCK_FRAMES],
                    "h": self._state[0],
                    "c": self._state[1],
                }
                probabilities, *self._state = self._net.session.run(
                    ["speech_probs", "hn", "cn"], inputs
                )
                self._blocks.append(probabilities)
        self._rest = sound[frames * FRAME_SAMPLES :]

    def probabilities(self) -> NDArray[np.float32]:
        """The speech probabilities (T,) so far."""
        return np.concatenate([np.zeros(0, np.float32), *self._blocks])


@lru_cache
def _net() -> OnnxNet:
    """The net, which remembers nothing from call to call: one for all streams."""
    return OnnxNet(files("silero_vad").joinpath("data", NET_FILE).read_bytes())


def speech_stretches(voice: NDArray[np.float32]) -> list[tuple[float, float]]:
    """The stretches of speech between pauses, (start, end) in seconds, of speech probabilities
    (T,): MIN_STRETCH to MAX_STRETCH long, in order, without overlap; [] where nobody speaks. Longer
    ones are split at their longest pause."""
    duration = len(voice) * FRAME_SECONDS
    timestamps = get_speech_timestamps_from_probs(
        voice.tolist(),
        threshold=THRESHOLD,
        min_speech_duration_ms=round(MIN_SPEECH * 1000),
        max_speech_duration_s=MAX_STRETCH,
        min_silence_duration_ms=round(MIN_SILENCE * 1000),
        speech_pad_ms=round(SPEECH_PADDING * 1000),
    )
    spans = [(span["start"] / RATE, span["end"] / RATE) for span in timestamps]
    lows = [0.0, *(end for _, end in spans)]
    highs = [*(start for start, _ in spans[1:]), duration]
    return [_widen(span, low, high) for span, low, high in zip(spans, lows, highs, strict=False)]


def _widen(span: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """The span widened to MIN_STRETCH, as far as there is room between ``low`` and ``high``."""
    start, end = span
    lacking = max(MIN_STRETCH - (end - start), 0.0)
    end = min(end + lacking / 2, high)
    start = max(min(start, end - MIN_STRETCH), low)
    return start, min(max(end, start + MIN_STRETCH), high) if lacking else end
