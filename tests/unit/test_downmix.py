"""No way of mixing channels makes a talk silent, and what is alike in all channels stays as it
is."""

import wave
from pathlib import Path

import numpy as np
import pytest

from mmsent.clips import Sound, open_clip
from mmsent.downmix import downmix
from mmsent.vad import VoiceActivityStream
from tests.clip_media import RATE, Made, hum, talk, write_tracks

SECONDS = 2.0
TALK = talk(SECONDS)
REST = np.zeros(len(TALK), np.float32)
NOISE = np.random.default_rng(0).normal(0, 0.01, (6, len(TALK))).astype(np.float32)
HUM = hum(SECONDS, 0.05)


def speech(sound: np.ndarray) -> float:
    """The share of the time in which somebody speaks."""
    stream = VoiceActivityStream()
    stream.feed(sound)
    return float((stream.probabilities() > 0.5).mean())


CHANNELS = {
    "the same twice": [TALK, TALK],
    "left alone": [TALK, REST],
    "right alone": [REST, TALK],
    "opposite": [TALK, -TALK],
    "opposite, one weaker": [TALK, -0.7 * TALK],
    "opposite over a hum": [HUM + TALK, HUM - TALK],
    "opposite over noise": [NOISE[0] + TALK, NOISE[1] - TALK],
    "a little later": [TALK, np.roll(TALK, 16)],
    "opposite and later": [TALK, -np.roll(TALK, 5)],
    "in the centre": [NOISE[0], NOISE[1], TALK, REST, NOISE[4], NOISE[5]],
    "in the channel of deep tones": [NOISE[0], NOISE[1], REST, TALK, NOISE[4], NOISE[5]],
    "opposite in two pairs": [TALK, -TALK, TALK, -TALK],
    "three that cancel out": [TALK, -0.5 * TALK, -0.5 * TALK],
    "one of sixteen": [*[REST] * 11, TALK, *[REST] * 4],
}


@pytest.mark.parametrize("name", CHANNELS)
def test_the_talk_stays(name: str) -> None:
    channels = np.array(CHANNELS[name], np.float32)
    mixed = downmix(channels)
    assert mixed.shape == TALK.shape
    assert mixed.dtype == np.float32
    assert speech(mixed) > 0.85
    assert 0.5 < (mixed**2).mean() / (channels**2).mean() < 1.1


def test_what_is_alike_stays_as_it_is() -> None:
    assert np.array_equal(downmix(TALK[None]), TALK)
    assert np.array_equal(downmix(np.array([TALK] * 6)), TALK)
    nearly = np.array([TALK, TALK + NOISE[0] * 1e-4])
    assert np.abs(downmix(nearly) - nearly.mean(axis=0)).max() < 1e-4
    for count in (0, 1, 100, 8000):
        assert downmix(np.array([TALK, -TALK])[:, :count]).shape == (count,)


def heard(path: Path) -> np.ndarray:
    with open_clip(path) as clip:
        return np.concatenate([part.samples for part in clip if isinstance(part, Sound)])


@pytest.mark.parametrize(
    ("name", "channels", "layout"),
    [
        ("clip.mkv", "opposite", "stereo"),
        ("clip.mp4", "in the centre", "5.1"),
        ("clip.mka", "left alone", "stereo"),
    ],
)
def test_whole_files(tmp_path: Path, name: str, channels: str, layout: str) -> None:
    made = Made(
        np.array(CHANNELS[channels]), layout=layout, codec="flac" if name != "clip.mp4" else ""
    )
    sound = heard(write_tracks(tmp_path / name, [made]))
    assert speech(sound) > 0.85
    assert len(sound) == pytest.approx(SECONDS * RATE, abs=0.1 * RATE)


def test_a_recorder_of_many_microphones(tmp_path: Path) -> None:
    """Whose channels have no names."""
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setnchannels(16)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.array(CHANNELS["one of sixteen"]).T * 32767).astype("<i2").tobytes())
    assert speech(heard(tmp_path / "clip.wav")) > 0.9


def test_channels_may_change_on_the_way(tmp_path: Path) -> None:
    """Two MP3 files, one behind the other, as some recorders write them."""
    mono = write_tracks(tmp_path / "mono.mp3", [Made(TALK, codec="libmp3lame")])
    both = np.array(CHANNELS["opposite"])
    stereo = write_tracks(
        tmp_path / "stereo.mp3", [Made(both, layout="stereo", codec="libmp3lame")]
    )
    (tmp_path / "clip.mp3").write_bytes(mono.read_bytes() + stereo.read_bytes())
    sound = heard(tmp_path / "clip.mp3")
    assert len(sound) == pytest.approx(2 * SECONDS * RATE, abs=0.2 * RATE)
    assert speech(sound) > 0.9
