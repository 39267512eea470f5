"""Log-mel spectrograms as Whisper takes them, 100 rows a second: the same in training and in the
app."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from transformers.audio_utils import mel_filter_bank

Mel = NDArray[np.float32]  # (rows, bands): decimal logarithm of the power in each band

RATE = 16_000  # samples a second
MELS = 80  # bands of Whisper
MEL_RATE = 100  # rows a second; row i is centred at i / MEL_RATE seconds
WINDOW = 400  # samples: 25 ms
HOP = RATE // MEL_RATE  # = 160 samples
POWER_FLOOR = 1e-10  # power
BLOCK_ROWS = 250  # rows computed at a time: they stay in the CPU's cache
DYNAMIC_RANGE = 8.0  # powers of ten below the loudest value of a sound that are kept, as in Whisper
PEAK_LEVEL = 1.5  # the loudest value after normalization: that of speech close to a microphone
MIN_ROWS = 2  # of an input of the encoder
MIN_SPEECH_ROWS = 20  # rows: with less speech than this all rows are used

HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@lru_cache
def mel_filters(mels: int) -> NDArray[np.float32]:
    """The mel filter bank (frequencies, mels): the share of each frequency in each band."""
    bank = mel_filter_bank(
        WINDOW // 2 + 1, mels, 0.0, RATE / 2, RATE, norm="slaney", mel_scale="slaney"
    )
    return bank.astype(np.float32)


class MelStream:
    """Log-mel of a sound that comes in pieces: the same rows however it is cut."""

    def __init__(self, mels: int = MELS) -> None:
        self._filters = mel_filters(mels)
        # so that row 0 is centred on the first sample
        self._rest = np.zeros(WINDOW // 2, np.float32)
        self._blocks: list[Mel] = []

    def feed(self, samples: NDArray[np.float32]) -> None:
        """The next samples, mono, RATE a second, -1..1."""
        sound = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        rows = max((len(sound) - WINDOW) // HOP + 1, 0)
        if rows:
            windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
            self._blocks += [
                self._log_mel(windows[at : at + BLOCK_ROWS]) for at in range(0, rows, BLOCK_ROWS)
            ]
        self._rest = sound[rows * HOP :]

    def mel(self) -> Mel:
        """All rows so far, (T, mels)."""
        return np.concatenate([np.zeros((0, self._filters.shape[1]), np.float32), *self._blocks])

    def _log_mel(self, windows: NDArray[np.float32]) -> Mel:
        spectrum = np.fft.rfft(windows * HANN)
        power = spectrum.real**2 + spectrum.imag**2
        return np.log10(np.maximum(power.astype(np.float32) @ self._filters, POWER_FLOOR))


def log_mel(samples: NDArray[np.float32], mels: int = MELS) -> Mel:
    """The log-mel (T, mels) of a sound, mono, RATE samples a second, -1..1."""
    stream = MelStream(mels)
    stream.feed(samples)
    return stream.mel()


def speech_rows(
    mel: NDArray[np.floating], stretches: Sequence[tuple[float, float]], start: float, end: float
) -> Mel:
    """The rows (T, bands) of ``mel`` with speech from ``start`` to ``end`` seconds, concatenated;
    ``stretches`` are (start, end) seconds of speech. All rows of that time where fewer than
    MIN_SPEECH_ROWS of them are speech."""
    row_mask = np.zeros(len(mel), bool)
    for low, high in [(max(low, start), min(high, end)) for low, high in stretches]:
        if low < high:
            row_mask[rows_between(low, high)] = True
    return np.asarray(
        mel[row_mask if row_mask.sum() >= MIN_SPEECH_ROWS else rows_between(start, end)], np.float32
    )


def rows_between(start: float, end: float) -> slice:
    """The rows of a log-mel from ``start`` to ``end`` seconds, as a slice."""
    return slice(max(0, int(start * MEL_RATE)), max(0, int(np.ceil(end * MEL_RATE))))


def normalize_level(mel: Mel) -> Mel:
    """The log-mel (T, bands), T at least 1, scaled as Whisper's encoder takes it, but with the
    loudest value always at PEAK_LEVEL, so that neither the distance to the microphone nor the level
    of the recording counts."""
    return (np.maximum(mel - mel.max(), -DYNAMIC_RANGE) + PEAK_LEVEL + 4) / 4


def fixed_windows(duration: float, length: float = 4.0) -> list[tuple[float, float]]:
    """``duration`` seconds in even windows of about ``length`` seconds; one where there is less."""
    edges = np.linspace(0.0, duration, max(round(duration / length), 1) + 1).tolist()
    return list(itertools.pairwise(edges)) if duration > 0 else []
