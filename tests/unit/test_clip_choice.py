"""Of several pictures, sounds and subtitles in a file the right one is read, and the choice is
told."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from mmsent.cancel import Cancelled
from mmsent.clip_streams import describe_tracks, rank_tracks
from mmsent.clips import Frame, Sound, open_clip
from mmsent.pipelines.clip_choice import (
    BITMAP_SUBTITLES,
    INCOMPLETE_SUBTITLES,
    embedded_transcript,
    open_best_tracks,
)
from mmsent.transcripts import Cue
from tests.clip_media import Made, hum, talk, write_clip, write_tracks

SECONDS = 2.0
TALK = talk(SECONDS)
OTHER = talk(SECONDS, seed=1, loudness=0.02)  # as much speech, told from TALK by its loudness
SILENCE = np.zeros(len(TALK), np.float32)
HISS = np.random.default_rng(0).normal(0, 0.0002, len(TALK)).astype(np.float32)
DEFAULT, COMMENT, BLIND = Disposition.default, Disposition.comment, Disposition.visual_impaired


def chosen(path: Path) -> tuple[float, float, tuple[str, ...]]:
    """How loud the sound is that is read, how bright the last frame, and what is said of the
    choice."""
    clip, notes = open_best_tracks(path, 5.0)
    with clip:
        parts = list(clip)
    assert not clip.notes
    heard = np.concatenate([part.samples for part in parts if isinstance(part, Sound)] or [SILENCE])
    seen = [part.picture for part in parts if isinstance(part, Frame)]
    return float(np.abs(heard).max()), float(seen[-1].mean()) if seen else 0.0, notes


SOUNDS = {
    "silent first": (
        [Made(SILENCE, "Desktop"), Made(TALK, "Microphone")],
        "number 1 (“Desktop”) is silent",
    ),
    "default all but silent": ([Made(HISS, flags=DEFAULT), Made(TALK)], "number 1 is silent"),
    "hum first": (
        [Made(hum(SECONDS), "Game"), Made(TALK, "Me")],
        "number 1 (“Game”) holds little or no speech",
    ),
    "commentary is the default": (
        [Made(OTHER, "Kommentar", flags=DEFAULT), Made(TALK)],
        "is a commentary",
    ),
    "first of two": (
        [Made(TALK, "No commentary"), Made(OTHER, "Also")],
        "number 1 (“No commentary”) was read.",
    ),
    "only the commentary is not silent": (
        [Made(SILENCE), Made(TALK, "Comments", flags=COMMENT)],
        "number 1 is silent",
    ),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_the_talk_is_heard_whatever_stands_beside_it(tmp_path: Path, name: str) -> None:
    tracks, told = SOUNDS[name]
    loudest, _, (note,) = chosen(write_tracks(tmp_path / "clip.mka", tracks))
    assert loudest > 0.15
    assert note.startswith("The file has 2 sound tracks; number ")
    assert told in note


BEEP = hum(0.1)
ORDERS = {
    "as they come": ([Made(BEEP), Made(BEEP)], [1, 2]),
    "the default first": (
        [Made(BEEP, language="ger"), Made(BEEP, language="eng", flags=DEFAULT)],
        [2, 1],
    ),
    "commentaries last, by flag": ([Made(BEEP, flags=COMMENT), Made(BEEP)], [2, 1]),
    "even those that are the default": (
        [Made(BEEP, flags=COMMENT | DEFAULT), Made(BEEP), Made(BEEP)],
        [2, 3, 1],
    ),
    "or by name": (
        [Made(BEEP, "Director’s Commentary"), Made(BEEP, "commentaire audio"), Made(BEEP)],
        [3, 1, 2],
    ),
    "descriptions for the blind": (
        [Made(BEEP, flags=BLIND), Made(BEEP, "Audio description"), Made(BEEP)],
        [3, 1, 2],
    ),
    "not what has none": ([Made(BEEP, "No commentary"), Made(BEEP, "ohne Kommentar")], [1, 2]),
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("file", ["clip.mkv", "clip.mp4"])
def test_what_the_file_says_orders_its_tracks(tmp_path: Path, name: str, file: str) -> None:
    tracks, order = ORDERS[name]
    with av.open(str(write_tracks(tmp_path / file, tracks))) as container:
        assert [
            track.number for track in rank_tracks(describe_tracks(container.streams.audio))
        ] == order


def test_mp4_names_its_tracks_otherwise(tmp_path: Path) -> None:
    tracks = [Made(None), Made(OTHER, "Commentary"), Made(TALK, "Original")]
    loudest, _, (note,) = chosen(write_tracks(tmp_path / "clip.mp4", tracks))
    assert loudest > 0.15
    assert note == (
        "The file has 2 sound tracks; number 2 (“Original”) was read: number 1 (“Commentary”) is a "
        "commentary."
    )


def test_a_sound_that_nobody_can_decode_is_passed_over(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "clip.mkv", [Made(TALK, codec="flac"), Made(TALK)])
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_FLAX"))
    loudest, _, (note,) = chosen(path)
    assert loudest > 0.15
    assert note == "The file has 2 sound tracks; number 2 was read: number 1 can’t be decoded."


def test_where_it_is_the_only_sound_it_is_told_too(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "clip.mkv", [Made(None), Made(talk(9.0), codec="flac")])
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_FLAX"))
    with open_clip(path) as clip:
        assert {type(part) for part in clip} == {Frame}
    assert clip.notes == ("The sound can't be decoded and was left out.",)


@pytest.mark.slow
def test_of_two_pictures_the_one_that_shows_something(tmp_path: Path) -> None:
    bright = write_tracks(tmp_path / "black.mkv", [Made(0), Made(None)])
    _, seen, (note,) = chosen(bright)
    assert seen > 60
    assert note == "The file has 2 picture tracks; number 2 was read: number 1 shows nothing."
    _, seen, (note,) = chosen(
        write_tracks(tmp_path / "default.mkv", [Made(None), Made(None, "Camera 2", flags=DEFAULT)])
    )
    assert note == "The file has 2 picture tracks; number 2 (“Camera 2”) was read, its default."


def test_a_cover_is_no_picture(tmp_path: Path) -> None:
    cover = Made(200, codec="mjpeg", flags=Disposition.attached_pic)
    path = write_tracks(tmp_path / "song.mp4", [cover, Made(TALK)], 0.04)
    with open_clip(path) as clip:
        assert {type(part) for part in clip} == {Sound}
    assert (clip.pictures, clip.info.has_picture) == ((), False)
    _, seen, notes = chosen(
        write_tracks(tmp_path / "film.mp4", [cover, Made(None), Made(TALK)], 2.0)
    )
    assert (notes, seen > 60) == ((), True)


def test_one_of_each_is_opened_once_and_nothing_is_said(tmp_path: Path) -> None:
    clip, notes = open_best_tracks(write_clip(tmp_path / "clip.mp4", 0.4), 5.0)
    with clip:
        assert notes == ()


def test_the_search_can_be_cancelled(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "clip.mkv", [Made(SILENCE), Made(TALK)])
    with pytest.raises(Cancelled):
        open_best_tracks(path, 5.0, lambda: True)


LINES = [(0.2, 0.9, "I am so glad"), (1.0, 1.9, "that you came.")]


def inside(path: Path) -> tuple[list[Cue], str]:
    with open_clip(path) as clip:
        list(clip)
    assert not clip.notes
    read, note = embedded_transcript(clip)
    return [
        Cue(round(cue.start, 1), round(cue.end, 1), cue.text) for cue in (read.said if read else [])
    ], note


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("clip.mkv", ("libx264", "aac", "srt")),
        ("clip.mkv", ("libx264", "aac", "ass")),
        ("clip.mp4", ("libx264", "aac", "mov_text")),
        ("clip.webm", ("libvpx", "libopus", "webvtt")),
    ],
)
@pytest.mark.parametrize("late", [0.0, 30.0])
def test_subtitles_inside_a_file_are_read(
    tmp_path: Path, name: str, codecs: tuple[str, ...], late: float
) -> None:
    tracks = [
        Made(content, codec=codec)
        for content, codec in zip((None, TALK, LINES), codecs, strict=True)
    ]
    cues, note = inside(write_tracks(tmp_path / name, tracks, late=late))
    assert [cue.text for cue in cues] == [text for *_, text in LINES]
    assert [(cue.start, cue.end) for cue in cues] == [
        pytest.approx(times, abs=0.11) for *times, _ in LINES
    ]
    assert note.startswith("The words are those of subtitle track 1")


def test_of_several_subtitles_those_that_say_it_all_in_english(tmp_path: Path) -> None:
    said = [(start, end, f"{text}!") for start, end, text in LINES]
    tracks = [
        Made(LINES, "Deutsch", "ger", DEFAULT),
        Made([(0.2, 0.9, "A sign")], "Signs", "eng", Disposition.forced),
        Made([(0.2, 0.9, "Here we wanted")], "Commentary", "eng"),
        Made(said, "English", "eng"),
    ]
    cues, note = inside(write_tracks(tmp_path / "clip.mkv", [Made(None), *tracks]))
    assert [cue.text for cue in cues] == [text for *_, text in said]
    assert note == "The words are those of subtitle track 4 (“English”) inside the file."


def test_markup_is_not_read_and_damage_is_told(tmp_path: Path) -> None:
    lines = [
        (0.2, 0.9, r"{\i1}I am{\i0}\Nso glad"),
        (1.0, 1.4, r"{\p1}m 0 0 l 9 9{\p0}"),
        (1.5, 1.9, r"{\an8}"),
    ]
    path = write_tracks(tmp_path / "clip.mkv", [Made(None), Made(lines, codec="ass")])
    assert inside(path)[0] == [Cue(0.2, 0.9, "I am so glad")]
    many = [(i / 2000, (i + 1) / 2000, "a") for i in range(2100)]
    _, note = inside(write_tracks(tmp_path / "many.mkv", [Made(None), Made(many)]))
    assert note.endswith(INCOMPLETE_SUBTITLES)


def test_subtitles_that_are_pictures_are_told(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "clip.mkv", [Made(None), Made(LINES)])
    path.write_bytes(path.read_bytes().replace(b"S_TEXT/UTF8", b"S_HDMV/PGS\0"))
    assert inside(path) == ([], BITMAP_SUBTITLES)
    assert inside(write_tracks(tmp_path / "none.mkv", [Made(None)])) == ([], "")
