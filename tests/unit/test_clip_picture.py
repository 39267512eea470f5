"""Frames are shown as players show them: the pixels are written here, the expected picture is what
went in."""

import gc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mmsent.clip_picture import Display
from mmsent.clip_tracks import Limits, PictureTrack
from mmsent.media import Picture

SIDE = 960
LIMITS = Limits(60, 10**7, SIDE, 5.0, 1000, 60, 2**31)
# a corner of each colour: tells every way of turning and mirroring
CORNERS = np.zeros((64, 96, 3), np.uint8)
CORNERS[:32, :48], CORNERS[:32, 48:], CORNERS[32:, :48], CORNERS[32:, 48:] = 255, 160, 80, 0
Setup = Callable[[Any], None]


def write(
    path: Path,
    picture: np.ndarray = CORNERS,
    kind: str = "rgb24",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    setup: Setup | None = None,
) -> Path:
    """Five times the same frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5, options=options or {})
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = pixels
        if setup:
            setup(stream)
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, kind)))
        container.mux(stream.encode(None))
    return path


def shown(path: Path, side: int = SIDE) -> tuple[Picture, tuple[int, int]]:
    """The first frame, and the size that the clip is said to have."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        display = Display(stream, side)
        picture = display.show(next(iter(container.decode(stream))))
    return np.ascontiguousarray(picture), display.size


def assert_like(picture: Picture, expected: np.ndarray, within: float = 8.0) -> None:
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).mean() < within


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, -90, 180])
def test_turned_and_mirrored(tmp_path: Path, degrees: int, mirrored: bool, name: str) -> None:
    path = write(
        tmp_path / name, setup=lambda stream: stream.set_display_rotation(degrees, hflip=mirrored)
    )
    picture, size = shown(path)
    expected = np.rot90(CORNERS, degrees // 90)[:, :: -1 if mirrored else 1]
    assert_like(picture, expected)
    assert size == expected.shape[1::-1]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.mov", "clip.avi"])
@pytest.mark.parametrize("wide", [Fraction(2), Fraction(1, 2), Fraction(16, 11)])
def test_pixels_that_are_not_square(tmp_path: Path, name: str, wide: Fraction) -> None:
    def setup(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = wide

    picture, size = shown(write(tmp_path / name, codec="mpeg4", setup=setup))
    assert picture.shape == (64, round(96 * wide), 3)
    assert size == (round(96 * wide), 64)
    assert picture[10, 5, 0] > 240 > 170 > picture[10, -5, 0]


def test_wide_pixels_of_a_turned_clip(tmp_path: Path) -> None:
    def setup(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        stream.set_display_rotation(90)

    picture, size = shown(write(tmp_path / "clip.mp4", setup=setup))
    assert (picture.shape, size) == ((192, 64, 3), (64, 192))


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_of_two_fields_one_is_shown(tmp_path: Path, codec: str) -> None:
    """A bar that has moved on by the second field: a player shows no comb."""
    early, late = np.zeros((64, 96, 3), np.uint8), np.zeros((64, 96, 3), np.uint8)
    early[:, 16:32], late[:, 64:80] = 255, 255
    woven = early.copy()
    woven[1::2] = late[1::2]
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1", "b": "5M"}
    picture, _ = shown(write(tmp_path / "clip.mkv", woven, codec=codec, options=options))
    columns = picture[..., 0].mean(axis=0)
    assert columns[18:30].min() > 200
    assert columns[66:78].max() < 50
    assert picture[:, 20, 0].std() < 20


@pytest.mark.parametrize("value", [16, 60, 200, 235])
@pytest.mark.parametrize(("spread", "kind"), [(1, "yuv420p"), (2, "yuvj420p")])
def test_full_and_limited_range_are_as_bright(
    tmp_path: Path, value: int, spread: int, kind: str
) -> None:
    level = value if spread == 2 else round(16 + value * 219 / 255)
    raw = np.full((96, 96), 128, np.uint8)  # planes: 64 rows of light, the rest colour
    raw[:64] = level
    path = write(tmp_path / "clip.mkv", raw, "gray", "ffv1", "gray")
    with av.open(str(path)) as container:  # the range itself can only be told on the frame
        frame = av.VideoFrame.from_ndarray(raw, "yuv420p")
        frame.color_range = spread
        picture = Display(container.streams.video[0], SIDE).show(frame)
    assert_like(picture, np.full((64, 96, 3), value), within=3)


CLEAR = np.full((64, 96, 4), 200, np.uint8)  # the lower half can't be seen, whatever colour it has
CLEAR[:32, :, 3], CLEAR[32:, :, 3] = 255, 0


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("clip.mov", "qtrle", "argb"),
        ("clip.mov", "png", "rgba"),
        ("clip.mov", "prores_ks", "yuva444p10le"),
        ("clip.webm", "libvpx-vp9", "yuva420p"),
        ("clip.webm", "libvpx", "yuva420p"),
    ],
)
def test_what_is_transparent_is_black(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    path = write(tmp_path / name, CLEAR, "rgba", codec, pixels, {"auto-alt-ref": "0"})
    with av.open(str(path)) as container:
        track = PictureTrack(container.streams.video[0], LIMITS)
        frames = [frame for packet in container.demux(video=0) for frame in track.decode(packet)]
        seen = [part for frame in frames for part in track.take(frame, frame.time)]
    assert [time for time, _ in seen] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=0.01)
    for _, picture in seen:
        assert np.abs(picture[:28].astype(int) - 200).max() < 8
        assert picture[36:].max() < 8


def test_hdr_is_brought_to_the_usual_range(tmp_path: Path) -> None:
    """Grey patches of 0 to 1,000 candela per square metre, coded by SMPTE ST 2084."""
    light = np.array([0.0, 5.0, 50.0, 203.0, 1000.0])
    power = (light / 10_000) ** 0.1593017578125
    coded = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    patches = np.repeat((255 * coded).round().astype(np.uint8), 20)
    picture = np.repeat(np.repeat(patches[None], 64, axis=0)[..., None], 3, axis=2)

    def setup(stream: Any) -> None:
        stream.codec_context.color_trc = 16

    plain, _ = shown(write(tmp_path / "plain.mkv", picture))
    mapped, _ = shown(write(tmp_path / "hdr.mkv", picture, setup=setup))
    before, after = (seen[32, 10::20, 0].astype(int) for seen in (plain, mapped))
    assert before[1] > 60  # washed out: what is nearly black is grey
    assert after[0] < 5
    assert after[1] < 55
    assert (np.diff(after) > 15).all()
    assert after[-1] > 230


def test_no_frame_stays_in_memory(tmp_path: Path) -> None:
    path = write(
        tmp_path / "clip.mp4", setup=lambda stream: stream.set_display_rotation(90, hflip=True)
    )
    gc.collect()
    before = _frames()
    gc.disable()
    try:
        with av.open(str(path)) as container:
            display = Display(container.streams.video[0], SIDE)
            for frame in container.decode(video=0):
                display.show(frame)
            assert _frames() - before <= 3  # of five
    finally:
        gc.enable()


def _frames() -> int:
    """How many frames the memory holds."""
    # by type, since proxies whose object has gone can't be asked for their class
    return sum(issubclass(type(one), av.VideoFrame) for one in gc.get_objects())


def test_frames_of_another_size_keep_their_shape_in_the_room_of_the_first(tmp_path: Path) -> None:
    with av.open(str(write(tmp_path / "clip.mp4"))) as container:
        display = Display(container.streams.video[0], SIDE)
        frames = [
            av.VideoFrame.from_ndarray(np.full((*size, 3), 200, np.uint8))
            for size in ((64, 96), (32, 48), (96, 64))
        ]
        first, half, tall = map(display.show, frames)
    assert first.shape == half.shape == tall.shape == (64, 96, 3)
    assert half.min() > 190
    seen = tall[..., 0].mean(axis=0) > 100
    assert seen.sum() == pytest.approx(64 * 64 / 96, abs=2)
    assert not seen[:20].any()
    assert not seen[-20:].any()
