"""Clips whose time stamps begin late are whole, and what is missing of a clip is told of no
other."""

import struct
from pathlib import Path

import numpy as np
import pytest

from mmsent.clips import RATE, Clip, Frame, Sound, open_clip
from tests.clip_broken import truncated
from tests.clip_media import SHADES, Made, shade, talk, write_tracks

SECONDS = 2.0
TALK = talk(SECONDS)
KINDS = {
    "clip.mkv": ("libx264", "aac", {}),
    "clip.webm": ("libvpx", "libopus", {}),
    "live.webm": ("libvpx", "libopus", {"live": "1"}),
    "clip.mp4": ("libx264", "aac", {}),
    "parts.mp4": ("libx264", "aac", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "clip.mov": ("mpeg4", "aac", {}),
    "sound.ogg": ("", "libopus", {}),
    "sound.m4a": ("", "aac", {}),
}


def read(path: Path) -> tuple[list[Frame], np.ndarray, float, Clip]:
    with open_clip(path) as clip:
        declared = clip.info.duration
        parts = list(clip)
    sounds = [part.samples for part in parts if isinstance(part, Sound)]
    return (
        [part for part in parts if isinstance(part, Frame)],
        np.concatenate([np.zeros(0), *sounds]),
        declared,
        clip,
    )


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("late", [5.0, 100.0])
def test_time_begins_with_the_first_stamp(tmp_path: Path, name: str, late: float) -> None:
    picture, sound, options = KINDS[name]
    tracks = [Made(None, codec=picture)] * bool(picture) + [Made(TALK, codec=sound)]
    frames, heard, declared, clip = read(
        write_tracks(tmp_path / name, tracks, late=late, options=options)
    )
    assert clip.notes == ()
    for seconds in (declared, clip.info.duration, len(heard) / RATE):
        assert seconds == pytest.approx(SECONDS, abs=0.15)
    if picture:
        assert frames[0].time == pytest.approx(0, abs=0.1)
        assert frames[-1].time == pytest.approx(SECONDS - 0.2, abs=0.25)
        assert all(
            abs((frame.picture[-8:, -8:].mean() - shade(0)) / SHADES - frame.time) < 0.4
            for frame in frames
        )


def test_half_of_a_late_clip_is_still_half(tmp_path: Path) -> None:
    whole = write_tracks(tmp_path / "whole.mkv", [Made(None), Made(talk(8.0))], 8.0, late=100.0)
    _, _, declared, clip = read(truncated(tmp_path / "half.mkv", whole))
    assert declared == pytest.approx(8.0, abs=0.1)
    assert clip.notes[0].startswith("The clip should last 0:08 but ends after 0:0")


def test_what_is_longer_than_picture_and_sound_makes_nothing_missing(tmp_path: Path) -> None:
    """The file lasts as long as its longest track: here a sound that is not read, and subtitles."""
    longer = [Made(None), Made(TALK, "Talk"), Made(talk(9.0), "Commentary")]
    for tracks in (longer, [Made(None), Made([(0.0, 1.0, "Hello"), (7.0, 9.0, "The end")])]):
        _, _, declared, clip = read(write_tracks(tmp_path / "clip.mkv", tracks))
        assert declared == pytest.approx(9.0, abs=0.1)
        assert clip.info.duration == pytest.approx(SECONDS, abs=0.1)
        assert clip.notes == ()


def edited(path: Path, source: Path, cut: float) -> Path:
    """``source``, an MP4, as a phone saves it when its first ``cut`` seconds are cut off: all is
    still there, and a list says where to begin."""
    content = bytearray(source.read_bytes())
    scales = [struct.unpack_from(">I", content, at + 16)[0] for at in _places(content, b"mdhd")]
    for at, scale in zip(_places(content, b"elst"), scales, strict=True):
        duration, begin = struct.unpack_from(">Ii", content, at + 12)
        struct.pack_into(
            ">Ii", content, at + 12, duration - round(1000 * cut), begin + round(cut * scale)
        )
    path.write_bytes(content)
    return path


def _places(content: bytearray, name: bytes) -> list[int]:
    return [at for at in range(len(content)) if content.startswith(name, at)]


def test_a_cut_that_stands_in_the_edit_list_is_made(tmp_path: Path) -> None:
    whole = write_tracks(tmp_path / "whole.mp4", [Made(None), Made(TALK)])
    frames, heard, _, clip = read(edited(tmp_path / "clip.mp4", whole, 0.8))
    assert clip.notes == ()
    assert clip.info.duration == pytest.approx(SECONDS - 0.8, abs=0.1)
    assert len(heard) == pytest.approx((SECONDS - 0.8) * RATE, abs=0.1 * RATE)
    assert np.corrcoef(heard[1000:8000], TALK[int(0.8 * RATE) :][1000:8000])[0, 1] > 0.8
    assert frames[0].time == pytest.approx(0, abs=0.05)
    assert (frames[0].picture[-8:, -8:].mean() - shade(0)) / SHADES == pytest.approx(0.8, abs=0.3)
