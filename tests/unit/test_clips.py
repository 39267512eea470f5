"""Clips are read by their time stamps, in bounded time and memory, whatever is wrong with them."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mmsent import clips
from mmsent.clips import RATE, Clip, ClipInfo, Frame, MediaError, Sound, open_clip
from tests import clip_broken
from tests.clip_media import SHADES, grey, shade, silent, voice, write_clip


def read(path: Path, frames_per_second: float = 5.0) -> tuple[list[Frame], np.ndarray, Clip]:
    with open_clip(path, frames_per_second) as clip:
        parts = list(clip)
    frames = [part for part in parts if isinstance(part, Frame)]
    sounds = [part for part in parts if isinstance(part, Sound)]
    for sound, at in zip(
        sounds, np.cumsum([0, *(len(sound.samples) for sound in sounds)]), strict=False
    ):
        assert sound.time == pytest.approx(at / RATE)  # without gaps
    return (
        frames,
        np.concatenate([np.zeros(0, np.float32), *(sound.samples for sound in sounds)]),
        clip,
    )


def shown_at(frame: Frame) -> float:
    """The second that the grey of a frame tells."""
    return (float(frame.picture[-8:, -8:].mean()) - shade(0)) / SHADES


CONTAINERS = {
    "clip.mp4": ("libx264", "aac"),
    "clip.mov": ("mpeg4", "aac"),
    "clip.mkv": ("libx264", "libmp3lame"),
    "clip.webm": ("libvpx-vp9", "libopus"),
    "clip.avi": ("mjpeg", "pcm_s16le"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_frames_at_their_times_and_sound_without_gaps(
    tmp_path: Path, name: str
) -> None:
    frames, sound, clip = read(write_clip(tmp_path / name, seconds=3, codecs=CONTAINERS[name]))
    assert [round(frame.time, 2) for frame in frames] == pytest.approx(np.arange(15) / 5, abs=0.021)
    assert all(abs(shown_at(frame) - frame.time) < 0.35 for frame in frames)  # a grey is 1/8 s
    assert frames[0].picture.shape == (64, 96, 3)
    assert len(sound) == pytest.approx(3 * RATE, abs=0.1 * RATE)
    assert sound.dtype == np.float32
    assert 0.1 < np.abs(sound).max() <= 1
    assert clip.info.duration == pytest.approx(3, abs=0.1)
    assert (clip.info.size, clip.info.has_picture, clip.info.has_sound, clip.notes) == (
        (96, 64),
        True,
        True,
        (),
    )


SOUNDS = {
    "a.m4a": "aac",
    "a.mp3": "libmp3lame",
    "a.wav": "pcm_s16le",
    "a.ogg": "libopus",
    "a.flac": "flac",
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_alone_is_a_clip_without_picture(tmp_path: Path, name: str) -> None:
    frames, sound, clip = read(
        write_clip(tmp_path / name, picture=False, codecs=("", SOUNDS[name]))
    )
    assert not frames
    assert len(sound) == pytest.approx(2 * RATE, abs=0.1 * RATE)
    assert (clip.info.size, clip.info.has_picture, clip.info.has_sound) == ((0, 0), False, True)


def test_picture_alone_and_a_single_frame(tmp_path: Path) -> None:
    frames, sound, clip = read(silent(tmp_path / "silent.mp4"))
    assert (len(frames), len(sound), clip.info.has_sound) == (10, 0, False)
    frames, _, clip = read(silent(tmp_path / "one.mp4", seconds=0.04))
    assert [frame.time for frame in frames] == [0.0]
    assert clip.info == ClipInfo(pytest.approx(0.04), (96, 64), True, False)


@pytest.mark.parametrize(("turned", "corner"), [(90, (-1, 0)), (-90, (0, -1)), (180, (-1, -1))])
def test_frames_stand_upright(tmp_path: Path, turned: int, corner: tuple[int, int]) -> None:
    frames, _, clip = read(silent(tmp_path / "turned.mp4", seconds=0.4, turned=turned))
    upright = np.rot90(grey(0), turned // 90)
    assert frames[0].picture.shape == upright.shape
    assert clip.info.size == upright.shape[1::-1]
    assert frames[0].picture[corner].min() > 200  # the white quarter
    assert np.abs(frames[0].picture.astype(int) - upright).mean() < 8


def test_sixty_frames_a_second_and_uneven_times(tmp_path: Path) -> None:
    frames, _, _ = read(silent(tmp_path / "60.mp4", fps=60), frames_per_second=4)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(8) / 4, abs=0.02)
    times = [0, 0.04, 0.08, 0.5, 0.51, 0.52, 3.6, 4.7]
    frames, _, _ = read(silent(tmp_path / "uneven.mp4", times=times))
    # it stands still
    assert [frame.time for frame in frames] == pytest.approx([0, 0.5, 1.5, 2.5, 3.6, 4.7], abs=0.01)
    assert shown_at(frames[3]) == pytest.approx(0.52, abs=0.2)


def test_large_frames_are_shrunk(tmp_path: Path) -> None:
    frames, _, clip = read(silent(tmp_path / "large.mp4", seconds=0.2, size=(1280, 720)))
    assert clip.info.size == (1280, 720)
    assert frames[0].picture.shape == (540, 960, 3)


def test_a_browser_s_recording_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "live.webm", codecs=("libvpx", "libopus"), options={"live": "1"})
    with open_clip(path) as clip:
        assert clip.info.duration == pytest.approx(2, abs=0.1)
        assert sum(isinstance(part, Frame) for part in clip) == 10


def test_a_file_that_lies_about_its_length_is_believed_only_until_it_is_read(
    tmp_path: Path,
) -> None:
    true = write_clip(tmp_path / "true.mkv", codecs=("libx264", "libopus"))
    with open_clip(clip_broken.declaring(tmp_path / "lie.mkv", true, 36_000)) as clip:
        assert clip.info.duration == pytest.approx(36_000)
        assert sum(isinstance(part, Frame) for part in clip) == 10
    assert clip.info.duration == pytest.approx(2, abs=0.1)
    assert clip.notes == ("The clip should last 600:00 but ends after 0:02; the rest is missing.",)


def test_long_clips_are_cut_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "long.mp4", seconds=6)
    monkeypatch.setattr(clips, "MAX_SECONDS", 2)
    frames, sound, clip = read(path)
    assert [frame.time for frame in frames] == pytest.approx(np.arange(10) / 5, abs=0.01)
    assert len(sound) == 2 * RATE
    assert clip.info.duration == pytest.approx(6, abs=0.1)
    assert clip.notes == ("The clip is long: only its first 0:02 were read.",)
    monkeypatch.setattr(clips, "MAX_FRAMES", 20)
    assert read(path)[2].notes[0].startswith("Decoding the clip takes too long")


def test_damaged_parts_are_skipped_and_it_is_said(tmp_path: Path) -> None:
    path = clip_broken.damaged(
        tmp_path / "bad.mp4", write_clip(tmp_path / "good.mp4", seconds=6), share=0.02
    )
    frames, sound, clip = read(path)
    assert all(a.time < b.time for a, b in pairwise(frames))
    assert len(frames) > 15
    assert len(sound) > 4 * RATE
    assert clip.notes == (
        "Damaged parts of the picture were skipped.",
        "Damaged parts of the sound were replaced by silence.",
    )


def test_half_a_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", seconds=6, options={"movflags": "faststart"})
    frames, _, clip = read(clip_broken.truncated(tmp_path / "half.mp4", whole, 0.7))
    assert 2 < frames[-1].time < 5.8
    assert "The clip should last 0:06 but ends after" in clip.notes[0]


def playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nclip.mp4\n#EXT-X-ENDLIST\n")
    return path


def concat(path: Path) -> Path:
    path.write_text("ffconcat version 1.0\nfile clip.mp4\n")
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: clip_broken.renamed_text(folder / "text.mp4"), "not a clip we can read"),
        (lambda folder: clip_broken.truncated(folder / "cut.mp4", folder / "clip.mp4"), "damaged or incomplete"),
        (lambda folder: playlist(folder / "list.m3u8"), "not a clip we can read"),
        (lambda folder: playlist(folder / "list.mp4"), "not a clip we can read"),
        (lambda folder: concat(folder / "list.ffconcat"), "not a clip we can read"),
        (lambda folder: clip_broken.empty(folder / "empty.mp4"), r"empty \(0 bytes\)"),
        (lambda folder: folder / "missing.mp4", "no readable file"),
        (lambda folder: folder, "no readable file"),
        (lambda folder: Path("/dev/zero"), "no readable file"),
        (lambda folder: Path("http://localhost/clip.mp4"), "no readable file"),
        (lambda folder: Path("a\0b"), "no readable file"),
    ],
)  # fmt: skip
def test_what_is_no_clip_gets_one_sentence(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    write_clip(tmp_path / "clip.mp4", seconds=0.4)
    with pytest.raises(MediaError, match=says):
        open_clip(make(tmp_path))


def test_too_large_files_pictures_and_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "clip.mp4", seconds=0.4)
    for name, most, says in (
        ("MAX_BYTES", 100, "MB"),
        ("MAX_PIXELS", 96 * 64 - 1, "megapixels"),
        ("MAX_MEMORY", 2**27, "[Dd]ecod"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(clips, name, most)
            with pytest.raises(MediaError, match=says):
                open_clip(path)


def test_sound_that_begins_late_has_silence_before_it(tmp_path: Path) -> None:
    frames, sound, _ = read(write_clip(tmp_path / "late.mkv", seconds=3, sound=voice(2), late=1.0))
    assert (len(frames), len(sound)) == (15, pytest.approx(3 * RATE, abs=0.1 * RATE))
    assert (
        np.abs(sound[: int(0.9 * RATE)]).max() < 1e-3 < 0.1 < np.abs(sound[int(1.1 * RATE) :]).max()
    )


@pytest.mark.parametrize("seed", range(6))
def test_changed_bytes_never_hang_or_crash(tmp_path: Path, seed: int) -> None:
    name = ("clip.mp4", "clip.webm", "clip.avi")[seed % 3]
    source = write_clip(tmp_path / name, seconds=0.6, codecs=CONTAINERS[name])
    path = clip_broken.damaged(tmp_path / f"bad_{name}", source, seed=seed, share=0.003, spare=0)
    try:
        assert all(frame.picture.ndim == 3 for frame in read(path)[0])
    except MediaError as error:
        assert str(error).endswith(".")  # noqa: PT017


def test_tags_that_are_not_utf_8_end_nothing(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", seconds=1)
    content = path.read_bytes()
    assert b"Lavc" in content  # the tag that names the encoder
    path.write_bytes(content.replace(b"Lavc", "äöüß".encode("latin-1")))
    with open_clip(path) as clip:
        assert {type(part) for part in clip} == {Frame, Sound}
