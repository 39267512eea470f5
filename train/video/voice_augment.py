"""Augmentation of recorded voices: speed, pitch, noise, rooms, microphones and codecs, none of which
may predict the emotion."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import av
import librosa
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, fftconvolve, sosfilt

from mmsent.mel import RATE

Sound = NDArray[np.float32]  # (T,) mono, RATE samples a second, -1..1
Change = Callable[[Sound, np.random.Generator], Sound]

SPEED = 0.2  # share by which a voice is made slower or faster
SEMITONES = 3.0  # by which its pitch moves, and the resonances of the throat with it
# codec, container, samples a second that it takes, bits a second
CODECS = (
    ("libopus", "ogg", 16_000, 8_000),
    ("libopus", "ogg", 16_000, 16_000),
    ("libmp3lame", "mp3", 16_000, 16_000),
    ("aac", "adts", 16_000, 24_000),
    ("pcm_mulaw", "wav", 8_000, None),
)
SHORTEST = RATE // 2  # samples that a cut leaves


def augment_voice(
    sound: Sound, others: list[Sound], before: Sound | None, random: np.random.Generator
) -> Sound:
    """The sound, augmented at random; ``others`` are voices for background babble, ``before`` is a
    neutral sentence of the same speaker, which may be joined to either end."""
    if before is not None:
        sound = _joined(sound, before, random)
    steps: tuple[tuple[float, Change], ...] = (
        (0.3, _cut),
        (0.75, _stretched),
        (0.4, _band_limited),
        (0.3, _tilted),
        (0.35, _echoed),
        (0.5, partial(_noisy, others=others)),
        (0.3, _louder),
        (0.3, _coded),
    )
    for share, step in steps:
        if random.random() < share:
            sound = step(sound, random)
    return sound.astype(np.float32)


def _joined(sound: Sound, before: Sound, random: np.random.Generator) -> Sound:
    """A piece of ``before`` at either end, as loud as the sound."""
    piece = _part(before, min(random.uniform(0.3, 0.8) * len(sound), len(before)), random)
    piece = piece * (_level(sound) / max(_level(piece), 1e-4))
    return np.concatenate([piece, sound] if random.random() < 0.5 else [sound, piece])


def _cut(sound: Sound, random: np.random.Generator) -> Sound:
    return _part(sound, max(random.uniform(0.6, 1.0) * len(sound), SHORTEST), random)


def _part(sound: Sound, length: float, random: np.random.Generator) -> Sound:
    start = random.integers(max(len(sound) - int(length), 0) + 1)
    return sound[start : start + int(length)]


def _stretched(sound: Sound, random: np.random.Generator) -> Sound:
    """Tempo and pitch in one: stretched in time by both, then played faster by the latter."""
    speed = 1 + random.uniform(-SPEED, SPEED)
    pitch = 2 ** (random.uniform(-SEMITONES, SEMITONES) / 12)
    longer = librosa.effects.time_stretch(sound, rate=speed / pitch, n_fft=1024)
    return librosa.resample(longer, orig_sr=RATE * pitch, target_sr=RATE, res_type="soxr_mq")


def _band_limited(sound: Sound, random: np.random.Generator) -> Sound:
    """A telephone, a small loudspeaker, a dull microphone."""
    low, high = ((300, 3400), (random.uniform(60, 250), 7900), (20, random.uniform(2500, 6500)))[
        random.integers(3)
    ]
    return sosfilt(butter(4, (low, high), "bandpass", fs=RATE, output="sos"), sound).astype(
        np.float32
    )


def _tilted(sound: Sound, random: np.random.Generator) -> Sound:
    """Up to 9 dB more or less from one end of the bands to the other."""
    length = next_fast_len(len(sound), real=True)
    spectrum = rfft(sound, length)
    octaves = np.log2(np.linspace(50, RATE / 2, len(spectrum)) / 800)
    return irfft(spectrum * 10 ** (random.uniform(-3, 3) * octaves / 20), length)[
        : len(sound)
    ].astype(np.float32)


def _echoed(sound: Sound, random: np.random.Generator) -> Sound:
    """A room: an echo of noise that dies away within 0.15 to 0.8 seconds."""
    seconds = random.uniform(0.15, 0.8)
    t = np.arange(int(seconds * RATE)) / RATE
    echo = random.standard_normal(len(t)) * 10 ** (-3 * t / seconds)
    echo *= random.uniform(0.3, 1.0) / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    return fftconvolve(sound, echo)[: len(sound)].astype(np.float32)


def _noisy(sound: Sound, random: np.random.Generator, others: list[Sound]) -> Sound:
    """Noise of a random colour, or babble of other voices, 5 to 25 dB below the sound."""
    if random.random() < 0.4:
        chosen = [others[i] for i in random.integers(len(others), size=3)]
        noise = np.sum(
            [np.resize(other / max(_level(other), 1e-4), len(sound)) for other in chosen], axis=0
        )
    else:
        length = next_fast_len(len(sound), real=True)
        spectrum = rfft(random.standard_normal(length))
        colour = np.maximum(np.arange(len(spectrum)), 1.0) ** -random.uniform(0, 1)
        noise = irfft(spectrum * colour, length)[: len(sound)]
    below = 10 ** (-random.uniform(5, 25) / 20)
    return (sound + noise * below * _level(sound) / max(_level(noise), 1e-9)).astype(np.float32)


def _louder(sound: Sound, random: np.random.Generator) -> Sound:
    """Softer, or so loud that it is clipped."""
    return np.clip(
        sound * (random.uniform(0.5, 2.0) / max(float(np.abs(sound).max()), 1e-4)), -1, 1
    )


def _coded(sound: Sound, random: np.random.Generator) -> Sound:
    codec, container, rate, bits = CODECS[random.integers(len(CODECS))]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as coded:
        options = {"compression_level": "1"} if codec == "libopus" else {}  # a tenth of the time
        stream: Any = coded.add_stream(codec, rate, options=options, layout="mono")
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(sound[None], "flt", "mono")
        frame.sample_rate = RATE
        fitting = av.AudioResampler(
            format=stream.format,
            layout="mono",
            rate=rate,
            frame_size=stream.codec_context.frame_size,
        )
        for part in (*fitting.resample(frame), *fitting.resample(None)):
            coded.mux(stream.encode(part))
        coded.mux(stream.encode(None))
    file.seek(0)
    return decode_audio(file)


def decode_audio(file: io.BytesIO) -> Sound:
    """The sound of a trusted audio file."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(file, "r") as sound:
        frames = [part for frame in sound.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])


def _level(sound: Sound) -> float:
    return float(np.sqrt(np.square(sound, dtype=float).mean()))
