"""Folders: what can be read is read, whatever its name, and everything else is named with the
reason."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmsent.clip_kinds import CLIP_SUFFIXES, is_clip
from mmsent.clips import open_clip
from mmsent.inputs import Inputs, collect
from mmsent.media import MediaError, open_image
from mmsent.tasks import TASKS
from tests.clip_media import write_clip
from tests.heic import write_heic

FACE, REVIEW, VIDEO = (TASKS[name] for name in ("face", "review", "video"))
GREY = Image.new("RGB", (40, 30), "grey")
CODECS = {
    "mp4": ("libx264", "aac"),
    "3gp": ("libx264", "aac"),
    "mts": ("libx264", "aac"),
    "m2ts": ("libx264", "aac"),
    "mkv": ("libx264", "libmp3lame"),
    "webm": ("libvpx", "libopus"),
    "avi": ("mjpeg", "pcm_s16le"),
    "mpg": ("mpeg1video", "mp2"),
    "wmv": ("wmv2", "libmp3lame"),
}
SOUNDS = {
    "mp3": "libmp3lame",
    "wav": "pcm_s16le",
    "ogg": "libopus",
    "flac": "flac",
    "m4a": "aac",
    "aac": "aac",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p").mkdir()


def search(task: str) -> tuple[list[str], list[str]]:
    """The names in the folder that are scored, and what is said of the others."""
    rows, left_out = collect(TASKS[task], ["p"], None)
    return [row.name.removeprefix("p/") for row in rows], [
        line.removeprefix("p/") for line in left_out
    ]


def test_pictures_are_found_by_name_or_content() -> None:
    GREY.save("p/a.jpg")
    GREY.save("p/no_ending", "PNG")
    GREY.save("p/b.avif")
    GREY.save("p/c.dat", "WEBP")
    Path("p/IMG_1.HEIC").write_bytes(write_heic([np.asarray(GREY)]))
    Path("p/drawing.svg").write_text("<svg/>")
    Path("p/broken.jpg").write_bytes(b"nothing")
    scored, left = search("face")
    assert (scored, left) == (
        ["IMG_1.HEIC", "a.jpg", "b.avif", "broken.jpg", "c.dat", "drawing.svg", "no_ending"],
        [],
    )
    for name in scored:
        # these mean to be pictures: they fail, and are not left out
        if name in ("broken.jpg", "drawing.svg"):
            with pytest.raises(MediaError, match="not a picture we can read"):
                open_image(f"p/{name}")
        else:
            assert open_image(f"p/{name}").shape == (30, 40, 3)


def test_what_is_left_out_is_named_with_its_reason() -> None:
    GREY.save("p/a.png")
    for name in ("notes", ".hidden.png", "table.csv", "words.txt", "empty"):
        Path("p", name).write_text("words" if name != "empty" else "")
    for name in ("deep", "deep/er", ".git"):
        Path("p", name).mkdir()
    GREY.save("p/.git/b.png")
    Path("p/deep/er/readme.md").write_text("words")
    Path("elsewhere").mkdir()
    GREY.save("elsewhere/c.png")
    Path("p/link").symlink_to(Path("elsewhere").absolute())
    Path("p/dead").symlink_to("nowhere")
    os.mkfifo("p/pipe")
    scored, left = search("face")
    assert scored == ["a.png"]
    assert left == [
        ".git: Left out. It is hidden.",
        ".hidden.png: Left out. It is hidden.",
        "dead: Left out. It is a broken link.",
        "deep/er/readme.md: Left out. It is not a picture of a kind that can be read.",
        "empty: Left out. It is not a picture of a kind that can be read.",
        "link: Left out. It is a link to a folder, and these are not followed.",
        "notes: Left out. It is not a picture of a kind that can be read.",
        "pipe: Left out. It is not a file.",
        "table.csv: Left out. It is a table or a text; to score its rows, name the file itself.",
        "words.txt: Left out. It is a table or a text; to score its rows, name the file itself.",
    ]


def test_a_folder_that_is_shut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    GREY.save("p/a.png")
    Path("p/shut").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):  # root may enter what others may not
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert search("face") == (["a.png"], ["shut: Left out. It can't be opened."])


def test_what_is_named_too_is_not_left_out() -> None:
    Path("p/words.txt").write_text("Good.")
    GREY.save("p/a.png")
    found = collect(REVIEW, ["p", "p/words.txt"], None)
    assert ([row.name for row in found.rows], found.left_out) == (["p/a.png", "p/words.txt"], [])


def test_nothing_to_score_is_a_failure_and_what_is_there_is_named() -> None:
    Path("p/readme").write_text("words")
    rows, left_out = collect(FACE, ["p"], None)
    assert [(row.name, row.problem) for row in rows] == [
        ("p", "There is nothing to score in this folder.")
    ]
    assert left_out == ["p/readme: Left out. It is not a picture of a kind that can be read."]
    assert collect(FACE, ["nowhere/*"], None) == Inputs(collect(FACE, ["nowhere/*"], None).rows, [])


@pytest.mark.parametrize("kind", [*CODECS, *SOUNDS])
def test_clips_are_found_by_content_and_read(kind: str) -> None:
    codecs = CODECS.get(kind, ("", SOUNDS.get(kind, "")))
    options = {"mpegts_m2ts_mode": "1"} if kind == "m2ts" else {}
    path = write_clip(
        Path(f"clip.{kind}"), seconds=1, codecs=codecs, picture=kind in CODECS, options=options
    )
    path = path.rename("p/no_ending")
    assert search("video") == (["no_ending"], [])
    assert search("face")[1] == [
        "no_ending: Left out. It is not a picture of a kind that can be read."
    ]
    with open_clip(path) as clip:
        assert list(clip)
        assert clip.info.duration == pytest.approx(1, abs=0.25)
        assert (clip.info.has_picture, clip.info.has_sound) == (kind in CODECS, True)
    assert f".{kind}" in CLIP_SUFFIXES


def test_pictures_and_texts_are_no_clips() -> None:
    GREY.save("p/a", "JPEG")
    GREY.save("p/b.avif")
    Path("p/c.txt").write_text("words")
    Path("p/d").write_bytes("words".encode("utf-16"))
    assert not is_clip(Path("p/a"))
    assert not is_clip(Path("p/d"))
    scored, left = search("video")
    assert scored == ["p"]
    assert left == [
        "a: Left out. It is not a clip of a kind that can be read.",
        "b.avif: Left out. It is not a clip of a kind that can be read.",
        "c.txt: Left out. It is a table or a text; to score its rows, name the file itself.",
        "d: Left out. It is not a clip of a kind that can be read.",
    ]
