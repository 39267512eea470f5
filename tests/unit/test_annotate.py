"""The annotated clip: its times and its sound are the clip's own, and what was read is drawn where
it belongs."""

from pathlib import Path

import av
import numpy as np
import pytest

from mmsent.annotate import NO_PICTURE, annotate, emotion_srt
from mmsent.cancel import Cancelled
from mmsent.clips import Frame, open_clip
from mmsent.draw import Painter, colour
from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS, SENTIMENTS
from mmsent.media import MediaError
from mmsent.results import ClipFace, Moment, Scores, VideoResult
from tests.clip_broken import damaged
from tests.clip_media import silent, voice, write_clip

SIZE = (160, 120)
BOX = (20, 30, 60, 70)


def sure(labels: tuple[str, ...], top: str, unsure: bool = False) -> Scores:
    return Scores(labels, tuple(float(label == top) for label in labels), unsure)


def result(seconds: float = 2.0, faces: tuple[ClipFace, ...] = ()) -> VideoResult:
    """Joy with words in the first half, then something unsure without any."""
    joy, fear = sure(CONVERSATION_EMOTIONS, "joy"), sure(CONVERSATION_EMOTIONS, "fear", unsure=True)
    good = sure(SENTIMENTS, "positive")
    moments = (
        Moment(0.0, seconds / 2, "How nice!", joy, good),
        Moment(seconds / 2, seconds, "", fear, good),
    )
    return VideoResult(joy, good, moments, faces, seconds, "", SIZE, 1)


def face(time: float, x: int = 0, emotion: str = "happy", unsure: bool = False) -> ClipFace:
    return ClipFace(
        time, (BOX[0] + x, BOX[1], BOX[2] + x, BOX[3]), 1, sure(FACE_EMOTIONS, emotion, unsure)
    )


def times(path: Path, kind: str) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(**{kind: 0})]


def corner(painter: Painter, time: float) -> int | None:
    """Where the left side of the box is at half its height, if it is drawn in the colour of
    "happy"."""
    row = painter.draw(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), time)[(BOX[1] + BOX[3]) // 2]
    places = np.flatnonzero((row == colour("happy")).all(axis=1))
    return int(places[0]) if len(places) else None


def test_times_size_and_sound_are_those_of_the_clip(tmp_path: Path) -> None:
    jumps = [0.0, 0.1, 0.5, 0.55, 1.2, 1.9]  # seconds: frames do not come evenly
    pause = voice(2.0, pauses=[(0.8, 1.4)])
    clip = write_clip(
        tmp_path / "clip.mkv", size=SIZE, times=jumps, sound=pause, codecs=("libx264", "flac")
    )
    shares: list[float] = []
    out = annotate(clip, result(), tmp_path / "out.mp4", shares.append)
    assert times(out, "video") == pytest.approx(jumps, abs=0.002)
    with open_clip(out) as written:
        parts = list(written)
    sound = np.concatenate([part.samples for part in parts if not isinstance(part, Frame)])
    assert written.info.size == SIZE
    assert written.info.duration == pytest.approx(2.0, abs=0.1)
    quiet, loud = (
        np.abs(sound[int(0.9 * 16_000) : int(1.3 * 16_000)]),
        np.abs(sound[: int(0.7 * 16_000)]),
    )
    assert quiet.max() < 0.05 < loud.max()
    assert np.corrcoef(sound[:8000], pause[:8000])[0, 1] > 0.9  # not a hundredth of a second late
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] <= 1
    assert set(tmp_path.iterdir()) == {clip, out}


def test_odd_sizes_and_clips_without_sound_are_written_too(tmp_path: Path) -> None:
    clip = silent(tmp_path / "clip.avi", size=(95, 63), codecs=("mjpeg", "aac"), seconds=0.4)
    with av.open(str(annotate(clip, result(), tmp_path / "out.mp4"))) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (96, 64)
        assert not container.streams.audio


def test_rotated_clips_come_out_upright(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", size=(96, 64), turned=90, seconds=0.4)
    with av.open(str(annotate(clip, result(), tmp_path / "out.mp4"))) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 96)


def test_damaged_parts_are_skipped(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", size=SIZE, seconds=3.0)
    out = annotate(
        damaged(tmp_path / "clip.mp4", whole, share=0.01), result(3.0), tmp_path / "out.mp4"
    )
    assert 0 < len(times(out, "video")) <= 75


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    sound = write_clip(tmp_path / "sound.m4a", picture=False)
    clip = write_clip(tmp_path / "clip.mp4")
    before = set(tmp_path.iterdir())
    with pytest.raises(MediaError) as problem:
        annotate(sound, result(), tmp_path / "out.mp4")
    assert str(problem.value) == NO_PICTURE
    with pytest.raises(Cancelled):
        annotate(clip, result(), tmp_path / "out.mp4", cancelled=lambda: True)
    assert set(tmp_path.iterdir()) == before


def test_a_box_moves_on_between_two_sightings_and_goes_with_the_face() -> None:
    painter = Painter(result(faces=(face(0.2), face(0.4, x=20), face(1.8, x=40))))
    assert corner(painter, 0.2) == BOX[0]
    assert corner(painter, 0.3) == BOX[0] + 10
    assert corner(painter, 0.4) == BOX[0] + 20
    assert corner(painter, 1.0) is None  # away for longer than a shot lasts
    assert corner(painter, 1.8) == BOX[0] + 40


def test_one_other_reading_does_not_change_the_word() -> None:
    faces = tuple(face(i / 5, emotion="sad" if i == 4 else "happy") for i in range(9))
    assert corner(Painter(result(faces=faces)), 0.8) == BOX[0]
    doubtful = tuple(face(i / 5, unsure=True) for i in range(9))
    assert corner(Painter(result(faces=doubtful)), 0.8) is None  # grey, and "not sure"


def test_the_moment_stands_beneath() -> None:
    painter, grey = Painter(result()), np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    said, unsaid, after = (painter.draw(grey, time) for time in (0.5, 1.5, 2.5))
    beneath = slice(SIZE[1] - 40, None)
    assert (said[beneath] == colour("joy")).all(axis=2).any()
    assert (unsaid[beneath] == colour("not sure")).all(axis=2).any()
    assert np.array_equal(after, grey)
    assert np.array_equal(said[:60], grey[:60])


def test_subtitles_name_the_emotion_before_the_words() -> None:
    assert emotion_srt(result()) == (
        "1\n00:00:00,000 --> 00:00:01,000\n[joy] How nice!\n\n2\n00:00:01,000 --> "
        "00:00:02,000\n[not sure]\n"
    )
