"""Log-mel is the same however a sound is cut, and pauses part what is said."""

from itertools import pairwise

import numpy as np
import pytest
from transformers import WhisperFeatureExtractor

from mmsent.mel import (
    DYNAMIC_RANGE,
    MELS,
    PEAK_LEVEL,
    POWER_FLOOR,
    RATE,
    MelStream,
    fixed_windows,
    log_mel,
    normalize_level,
    speech_rows,
)
from mmsent.vad import (
    FRAME_SECONDS,
    MAX_STRETCH,
    MIN_STRETCH,
    VoiceActivityStream,
    speech_stretches,
)
from tests.clip_media import voice


def in_pieces(sound: np.ndarray) -> list[np.ndarray]:
    """Cut at lengths that fit neither windows nor each other, one of them empty."""
    return np.split(sound, [0, 1, 100, 5000, 5003, 20_000])


def test_log_mel_is_the_same_in_pieces() -> None:
    sound = voice(3)
    whole = log_mel(sound)
    # row 0 is centred on the first sample
    assert (whole.shape, whole.dtype) == ((299, MELS), np.float32)
    stream = MelStream()
    for piece in in_pieces(sound):
        stream.feed(piece)
    np.testing.assert_allclose(stream.mel(), whole, atol=1e-4)
    assert log_mel(sound[:100]).shape == MelStream().mel().shape == (0, MELS)
    assert log_mel(sound, 64).shape == (299, 64)


def test_log_mel_is_that_of_whisper() -> None:
    sound = voice(3)
    theirs = (
        WhisperFeatureExtractor()(sound, sampling_rate=RATE, padding=False, return_tensors="np")
        .input_features[0]
        .T
    )
    ours = log_mel(sound)[5:-5]
    ours = (np.maximum(ours, ours.max() - DYNAMIC_RANGE) + 4) / 4
    np.testing.assert_allclose(ours, theirs[5 : 5 + len(ours)], atol=2e-3)


def test_level_does_not_count_and_only_speech_is_listened_to() -> None:
    mel = log_mel(voice(3))
    np.testing.assert_allclose(normalize_level(mel), normalize_level(mel + 1.3), atol=1e-5)
    assert normalize_level(mel).max() == pytest.approx((PEAK_LEVEL + 4) / 4)
    stretches_ = [(0.5, 1.0), (2.0, 2.4)]
    np.testing.assert_array_equal(
        speech_rows(mel, stretches_, 0.0, 2.25), np.concatenate([mel[50:100], mel[200:225]])
    )
    # nobody speaks there: all of it
    np.testing.assert_array_equal(speech_rows(mel, stretches_, 1.25, 1.75), mel[125:175])


def test_a_tone_is_in_its_band_at_its_time() -> None:
    t = np.arange(RATE) / RATE
    bands = [
        int(log_mel(np.sin(2 * np.pi * hertz * t).astype(np.float32)).mean(axis=0).argmax())
        for hertz in (200, 1000, 4000)
    ]
    assert bands == sorted(bands)
    assert bands[0] < 8 < 20 < bands[1] < 35 < 55 < bands[2]
    click = np.zeros(RATE, np.float32)
    click[8000] = 1
    mel = log_mel(click)
    assert mel.min() == pytest.approx(np.log10(POWER_FLOOR))
    # 0.5 s
    assert np.flatnonzero(mel.max(axis=1) > np.log10(POWER_FLOOR) + 1).mean() == pytest.approx(
        50, abs=1
    )


@pytest.mark.parametrize("kind", ["nothing", "silence", "noise", "chord"])
def test_nobody_speaks(kind: str) -> None:
    t = np.arange(5 * RATE) / RATE
    sounds = {
        "nothing": np.zeros(0),
        "silence": np.zeros(len(t)),
        "noise": np.random.default_rng(0).normal(0, 0.1, len(t)),
        "chord": sum(0.1 * np.sin(2 * np.pi * hertz * t) for hertz in (220, 277, 330)),
    }
    sound = sounds[kind].astype(np.float32)
    stream = VoiceActivityStream()
    stream.feed(sound)
    assert speech_stretches(stream.probabilities()) == []


def test_the_voice_net_hears_the_same_in_pieces() -> None:
    sound = voice(3)
    whole, parts = VoiceActivityStream(), VoiceActivityStream()
    whole.feed(sound)
    for piece in in_pieces(sound):
        parts.feed(piece)
    np.testing.assert_allclose(parts.probabilities(), whole.probabilities(), atol=1e-5)
    assert len(whole.probabilities()) == int(3 / FRAME_SECONDS)


def test_stretches_are_neither_too_short_nor_too_long() -> None:
    spoken = np.zeros(int(40 / FRAME_SECONDS), np.float32)
    for start, end in ((1.0, 1.2), (1.7, 1.9), (5.0, 31.0), (39.8, 40.0)):
        spoken[int(start / FRAME_SECONDS) : int(end / FRAME_SECONDS)] = 1
    found = speech_stretches(spoken)
    assert all(MIN_STRETCH - 1e-6 <= end - start <= MAX_STRETCH + 1e-6 for start, end in found)
    assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(found))
    assert sum(end - start for start, end in found) == pytest.approx(26 + 3 * MIN_STRETCH, abs=0.5)
    # the whole sound is shorter
    assert speech_stretches(np.ones(5, np.float32)) == [(0.0, pytest.approx(5 * FRAME_SECONDS))]


def test_fixed_windows_cover_the_clip() -> None:
    assert fixed_windows(10.0) == [(0.0, 5.0), (5.0, 10.0)]
    assert fixed_windows(0.3) == [(0.0, 0.3)]
    assert fixed_windows(0.0) == []
