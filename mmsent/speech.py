"""What sound is to the models: 64 mel bands a hundred times a second, the same in training and in the app."""

import itertools

import numpy as np
from numpy.typing import NDArray
from transformers.audio_utils import mel_filter_bank

Mel = NDArray[np.float32]  # (rows, MELS): natural logarithm of the power in each band

RATE = 16_000  # samples a second
MELS = 64
MEL_RATE = 100  # rows a second; row i is centred at (i + 0.5) / MEL_RATE seconds
WINDOW = 400  # samples: 25 ms
HOP = RATE // MEL_RATE  # = 160 samples
FFT = 512
FLOOR = 1e-6  # power: what is fainter than the noise of 16 bits says nothing
BLOCK = 250  # rows worked out at a time: they stay in the cache

FILTERS = mel_filter_bank(FFT // 2 + 1, MELS, 0.0, RATE / 2, RATE, norm=None, mel_scale="slaney").astype(np.float32)
HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


class MelStream:
    """Log-mel of a sound that comes in pieces: the same rows however it is cut."""

    def __init__(self) -> None:
        self._rest = np.zeros((WINDOW - HOP) // 2, np.float32)  # so that row 0 is centred on the first 10 ms
        self._blocks: list[Mel] = []

    def feed(self, samples: NDArray[np.float32]) -> None:
        """The next samples, mono, RATE a second, -1..1."""
        sound = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        rows = max((len(sound) - WINDOW) // HOP + 1, 0)
        if rows:
            windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
            self._blocks += [_log_mel(windows[at : at + BLOCK]) for at in range(0, rows, BLOCK)]
        self._rest = sound[rows * HOP :]

    def mel(self) -> Mel:
        """All rows so far, (T, MELS)."""
        return np.concatenate([np.zeros((0, MELS), np.float32), *self._blocks])


def log_mel(samples: NDArray[np.float32]) -> Mel:
    """Sound, mono, RATE samples a second, -1..1 -> (T, MELS)."""
    stream = MelStream()
    stream.feed(samples)
    return stream.mel()


def _log_mel(windows: NDArray[np.float32]) -> Mel:
    spectrum = np.fft.rfft(windows * HANN, FFT)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(np.maximum(power @ FILTERS, FLOOR))


def fixed_windows(duration: float, length: float = 4.0) -> list[tuple[float, float]]:
    """``duration`` seconds in even windows of about ``length`` seconds; one where there is less."""
    edges = np.linspace(0.0, duration, max(round(duration / length), 1) + 1).tolist()
    return list(itertools.pairwise(edges)) if duration > 0 else []
