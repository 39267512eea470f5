"""The sound of a clip: log-mel for the voice encoder, loudness over time, and stretches of
speech."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mmsent.clips import Sound
from mmsent.mel import HOP, MEL_RATE, MELS, MIN_ROWS, MelStream, rows_between
from mmsent.vad import VoiceActivityStream, speech_stretches

MAX_LOUDNESS_POINTS = 1000  # of the loudness over the whole clip
SILENCE_LEVEL = 1e-3  # of full scale: a sound that never gets louder holds nothing (-60 dB)

Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SoundFeatures:
    """``mel`` (T, bands) float16 log-mel, MEL_RATE rows a second; ``peaks`` (P,) float16, the
    largest sample (0..1) in the time of each row; both without rows where there is no sound."""

    mel: NDArray[np.float16]
    peaks: NDArray[np.float16]

    @property
    def is_silent(self) -> bool:
        return not len(self.peaks) or float(self.peaks.max()) < SILENCE_LEVEL

    def audible(self, start: float, end: float) -> bool:
        """Whether the sound from ``start`` to ``end`` seconds is louder than silence."""
        times = rows_between(start, end)
        return len(self.mel[times]) >= MIN_ROWS and float(self.peaks[times].max()) >= SILENCE_LEVEL

    def loudness(self, duration: float) -> tuple[float, ...]:
        """At most MAX_LOUDNESS_POINTS peaks, evenly over ``duration`` seconds, of the loudest as 1;
        () without sound."""
        if not len(self.peaks):
            return ()
        points = max(1, min(MAX_LOUDNESS_POINTS, round(duration * MEL_RATE)))
        peaks = np.zeros(max(points, round(duration * MEL_RATE)), np.float32)
        known_peaks = self.peaks[: len(peaks)].astype(np.float32)
        peaks[: len(known_peaks)] = known_peaks
        tops = np.maximum.reduceat(
            peaks, np.linspace(0, len(peaks), points, endpoint=False).astype(int)
        )
        loudest = float(tops.max())
        return tuple(
            map(float, tops / loudest if loudest >= SILENCE_LEVEL else np.zeros_like(tops))
        )


@dataclass
class SoundWatcher:
    """Collects the sound of a clip; feed it in the order of time, then ask once for ``sounds``."""

    keep_samples: bool  # 64 kB a second
    mels: int = MELS  # bands
    _mel: MelStream = field(init=False)
    _voice: VoiceActivityStream = field(default_factory=VoiceActivityStream)
    _fed: int = 0  # samples so far
    _rest: Samples = field(default_factory=lambda: np.empty(0, np.float32))  # too few for a row
    _peaks: list[NDArray[np.float16]] = field(default_factory=list)
    _samples: list[Samples] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._mel = MelStream(self.mels)

    def add(self, sound: Sound) -> None:
        """The next samples, from second 0 on without gaps."""
        self._fed += len(sound.samples)
        self._mel.feed(sound.samples)
        self._voice.feed(sound.samples)
        if self.keep_samples:
            self._samples.append(sound.samples)
        self._measure(np.concatenate([self._rest, sound.samples]))

    def sounds(self) -> SoundFeatures:
        if not self._fed:
            return SoundFeatures(np.empty((0, self.mels), np.float16), np.empty(0, np.float16))
        if len(self._rest):
            self._measure(np.pad(self._rest, (0, HOP - len(self._rest))))
        return SoundFeatures(self._mel.mel().astype(np.float16), np.concatenate(self._peaks))

    def stretches(self) -> tuple[tuple[float, float], ...]:
        """The stretches of speech, (start, end) in seconds."""
        return tuple(speech_stretches(self._voice.probabilities()))

    def samples(self) -> Samples:
        """All samples, 16,000 a second, with ``keep_samples``."""
        return np.concatenate([np.empty(0, np.float32), *self._samples])

    def _measure(self, samples: Samples) -> None:
        rows = len(samples) // HOP
        self._peaks.append(
            np.abs(samples[: rows * HOP].reshape(rows, HOP))
            .max(axis=1, initial=0)
            .astype(np.float16)
        )
        self._rest = samples[rows * HOP :]
