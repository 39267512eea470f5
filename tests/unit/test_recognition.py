"""Speech recognition gives words with their times, or a sentence where it is missing."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.example_clip import TEXT, say
from mmsent import hub
from mmsent import transcribe as recognition
from mmsent.mel import (
    RATE,
)
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.transcribe import (
    ENVIRONMENT_VARIABLE,
    MAX_SILENCE,
    NOT_ENGLISH,
    WINDOW,
    Unavailable,
    transcribe,
    windows,
)
from mmsent.vad import (
    VoiceActivityStream,
    speech_stretches,
)
from tests.clip_media import voice
from tests.small_models import write_speech
from train.speech.__main__ import normalized_words, word_errors

SPOKEN = [(0.0, 0.5)]


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> SpeechFeatures:
    return SpeechFeatures(write_speech(tmp_path_factory.mktemp("ear")), "cpu")


def test_without_weights_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ear: SpeechFeatures
) -> None:
    monkeypatch.setattr(recognition, "_failed", {})
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    with pytest.raises(Unavailable, match="give what is said as text or subtitles"):
        transcribe(voice(0.5), SPOKEN, ear)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "")
    with pytest.raises(Unavailable, match="switched off"):
        transcribe(voice(0.5), SPOKEN, ear)


def test_the_hub_is_asked_once_and_not_for_every_clip(
    monkeypatch: pytest.MonkeyPatch, ear: SpeechFeatures
) -> None:
    asked: list[bool] = []

    def unreachable(name: str, local_files_only: bool, **options: object) -> None:
        asked.append(local_files_only)
        raise OSError

    now = 1000.0
    monkeypatch.setattr(recognition, "snapshot_download", unreachable)
    monkeypatch.setattr(recognition.time, "monotonic", lambda: now)
    monkeypatch.setattr(recognition, "_failed", {})
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "me/whisper")
    for _ in range(2):
        with pytest.raises(Unavailable):
            transcribe(voice(0.5), SPOKEN, ear)
    assert asked == [True, False]  # the local cache goes first
    now += recognition.RETRY_SECONDS
    with pytest.raises(Unavailable):
        transcribe(voice(0.5), SPOKEN, ear)
    assert asked == [True, False] * 2


def test_speech_is_put_together_in_windows_that_know_their_times() -> None:
    samples = np.arange(120 * RATE, dtype=np.float32)
    parted = list(windows(samples, [(1.0, 11.0), (20.0, 30.0), (30.2, 40.2), (50.0, 110.0)]))
    assert all(len(window.samples) <= WINDOW * RATE for window in parted)
    assert sum(length for window in parted for *_, length in window.places) == pytest.approx(90)
    first = parted[0]
    assert first.time(0.0) == 1.0
    assert first.time(10.0 + MAX_SILENCE + 2.5) == pytest.approx(22.5)
    assert first.time(10.0 + MAX_SILENCE / 2) == 11.0, (
        "what seems said in the gap ends with the stretch before"
    )
    assert first.samples[-1] == pytest.approx(30.0 * RATE, abs=2)


@pytest.fixture(scope="module")
def shipped() -> SpeechFeatures:
    return SpeechFeatures(hub.ROOT / "speech", "cpu")


needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


def hear(shipped: SpeechFeatures, sound: np.ndarray, cancelled=None) -> tuple[str, list[str]]:
    stream = VoiceActivityStream()
    stream.feed(sound)
    heard, notes = transcribe(sound, speech_stretches(stream.probabilities()), shipped, cancelled)
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(heard))
    return " ".join(passage.text for passage in heard), notes


@pytest.mark.slow
@needs_espeak
def test_what_is_said_comes_back(shipped: SpeechFeatures) -> None:
    heard, notes = hear(shipped, say(TEXT))
    assert word_errors(normalized_words(TEXT), normalized_words(heard)) <= 0.3 * len(
        normalized_words(TEXT)
    )
    assert notes == []


@pytest.mark.slow
@needs_espeak
def test_another_language_is_not_made_into_english(shipped: SpeechFeatures) -> None:
    german = (
        "Das Wetter ist heute wirklich sehr schön, und ich freue mich, euch alle wiederzusehen."
    )
    assert hear(shipped, say(german, "-v", "de", "-s", "150")) == ("", [NOT_ENGLISH])


@pytest.mark.slow
@needs_espeak
def test_listening_ends_within_a_word_of_being_cancelled(shipped: SpeechFeatures) -> None:
    asked: list[int] = []
    hear(shipped, say(TEXT), lambda: bool(asked.append(1)) or len(asked) > 4)
    assert 4 < len(asked) < 8, "it went on"


def test_nothing_is_written_down_where_nobody_speaks(shipped: SpeechFeatures) -> None:
    t = np.arange(5 * RATE) / RATE
    chord = sum(0.1 * np.sin(2 * np.pi * hertz * t) for hertz in (220, 277, 330)).astype(np.float32)
    assert hear(shipped, chord) == ("", [])
