"""Log-mel is the same however a sound is cut, pauses part what is said, and speech recognition may be missing."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mmsent import transcribe as recognition
from mmsent.speech import FLOOR, MELS, RATE, MelStream, fixed_windows, log_mel
from mmsent.subtitles import Cue
from mmsent.transcribe import Unavailable, transcribe
from mmsent.voice import LONGEST, SHORTEST, STEP, VoiceStream, stretches
from tests.clip_media import voice


def in_pieces(sound: np.ndarray) -> list[np.ndarray]:
    """Cut at lengths that fit neither windows nor each other, one of them empty."""
    return np.split(sound, [0, 1, 100, 5000, 5003, 20_000])


def test_log_mel_is_the_same_in_pieces() -> None:
    sound = voice(3)
    whole = log_mel(sound)
    assert (whole.shape, whole.dtype) == ((299, MELS), np.float32)  # the last 10 ms have half a window only
    stream = MelStream()
    for piece in in_pieces(sound):
        stream.feed(piece)
    np.testing.assert_allclose(stream.mel(), whole, atol=1e-4)
    assert log_mel(sound[:100]).shape == MelStream().mel().shape == (0, MELS)


def test_a_tone_is_in_its_band_at_its_time() -> None:
    t = np.arange(RATE) / RATE
    bands = [
        int(log_mel(np.sin(2 * np.pi * hertz * t).astype(np.float32)).mean(axis=0).argmax()) for hertz in (200, 1000, 4000)
    ]
    assert bands == sorted(bands)
    assert bands[0] < 6 < 15 < bands[1] < 30 < 45 < bands[2]
    click = np.zeros(RATE, np.float32)
    click[8000] = 1
    mel = log_mel(click)
    assert mel.min() == pytest.approx(np.log(FLOOR))
    assert np.flatnonzero(mel.max(axis=1) > np.log(FLOOR) + 1).mean() == pytest.approx(49.5, abs=1)  # 0.5 s


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
    stream = VoiceStream()
    stream.feed(sound)
    assert stretches(stream.voice()) == []


def test_the_voice_net_hears_the_same_in_pieces() -> None:
    sound = voice(3)
    whole, parts = VoiceStream(), VoiceStream()
    whole.feed(sound)
    for piece in in_pieces(sound):
        parts.feed(piece)
    np.testing.assert_allclose(parts.voice(), whole.voice(), atol=1e-5)
    assert len(whole.voice()) == int(3 / STEP)


def test_stretches_are_neither_too_short_nor_too_long() -> None:
    spoken = np.zeros(int(40 / STEP), np.float32)
    for start, end in ((1.0, 1.2), (1.7, 1.9), (5.0, 31.0), (39.8, 40.0)):
        spoken[int(start / STEP) : int(end / STEP)] = 1
    found = stretches(spoken)
    assert all(SHORTEST - 1e-6 <= end - start <= LONGEST + 1e-6 for start, end in found)
    assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(found))
    assert sum(end - start for start, end in found) == pytest.approx(26 + 3 * SHORTEST, abs=0.5)
    assert stretches(np.ones(5, np.float32)) == [(0.0, pytest.approx(5 * STEP))]  # the whole sound is shorter


def test_fixed_windows_cover_the_clip() -> None:
    assert fixed_windows(10.0) == [(0.0, 5.0), (5.0, 10.0)]
    assert fixed_windows(0.3) == [(0.0, 0.3)]
    assert fixed_windows(0.0) == []


def test_without_weights_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sound = voice(0.5)
    with pytest.raises(Unavailable, match="give what is said as text or subtitles"):
        transcribe(sound, str(tmp_path))
    monkeypatch.setenv("MMSENT_WHISPER", "")
    with pytest.raises(Unavailable, match="switched off"):
        transcribe(sound)


def test_the_hub_is_asked_once_and_not_for_every_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def unreachable(name: str, local_files_only: bool, **options: object) -> None:
        asked.append(local_files_only)
        raise OSError

    now = 1000.0
    monkeypatch.setattr(recognition, "snapshot_download", unreachable)
    monkeypatch.setattr(recognition.time, "monotonic", lambda: now)
    monkeypatch.setattr(recognition, "_failed", {})
    for _ in range(2):
        with pytest.raises(Unavailable):
            transcribe(voice(0.5), "me/whisper")
    assert asked == [True, False]  # the local cache goes first
    now += recognition.AGAIN
    with pytest.raises(Unavailable):
        transcribe(voice(0.5), "me/whisper")
    assert asked == [True, False] * 2


def test_whoever_has_gone_while_it_was_loaded_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_recogniser", lambda name: pytest.fail)
    assert transcribe(voice(2), cancelled=lambda: True) == []


def test_what_is_recognised_becomes_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recogniser is scripted, as its weights are not here; its answer has the form that transformers documents."""
    chunks = [
        {"timestamp": (0.0, 1.5), "text": " Hello."},
        {"timestamp": (1.5, 1.5), "text": " "},
        {"timestamp": (1.6, None), "text": " And"},
    ]
    monkeypatch.setattr(recognition, "_recogniser", lambda name: lambda sound, **options: {"chunks": chunks})
    assert transcribe(voice(2)) == [Cue(0.0, 1.5, "Hello."), Cue(1.6, 2.0, "And")]
    assert transcribe(np.zeros(100, np.float32)) == []
