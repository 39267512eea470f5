"""Several files or a table at once, over HTTP: the command line's table, and nothing else is opened."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from mmsent.__main__ import main
from mmsent.media import Picture
from tests.clip_media import write_clip
from tests.served import post

Table = Callable[..., dict[str, Any]]
CommandLine = Callable[..., str]


@pytest.fixture(scope="module")
def table(app: Any) -> Table:
    """Asks the endpoint of a task, and returns what it answers."""
    client = Client(app.address, verbose=False)

    def ask(task: str, *files: Path, kind: str = "csv") -> dict[str, Any]:
        sent = [handle_file(file) for file in files]
        return client.predict(sent, kind, api_name=f"/{task}_table")

    return ask


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> CommandLine:
    """Runs the command line on the files of the folder, and returns the table that it writes."""
    monkeypatch.chdir(tmp_path)

    def run(task: str, *files: Path, kind: str = "csv") -> str:
        checkpoint = request.getfixturevalue(f"{task}_checkpoint")
        names = [file.name for file in files]
        out = tmp_path / f"out-{task}.{kind}"
        main([task, *names, "--out", out.name, "--source", str(checkpoint), "--device", "cpu"])
        return out.read_bytes().decode()

    return run


@pytest.fixture
def photos(tmp_path: Path, two_faces: Picture) -> list[Path]:
    """One with two faces, one with none, one that is damaged."""
    paths = [tmp_path / name for name in ("Zwei Gesichter é.jpg", "grey.png", "broken.jpg")]
    Image.fromarray(two_faces).save(paths[0])
    Image.fromarray(np.full((64, 80, 3), 128, np.uint8)).save(paths[1])
    paths[2].write_bytes(b"this is no picture")
    return paths


@pytest.fixture(scope="module")
def clip(two_faces: Picture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with a face and a voice."""
    portrait = two_faces[:, :640]
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_clip(path, fps=2, size=(640, 480), paint=lambda _: portrait)


def test_photos_are_the_command_line_s_table(
    table: Table, command_line: CommandLine, photos: list[Path]
) -> None:
    answer = table("face", *photos)
    assert answer["table"] == command_line("face", *photos)
    assert (answer["total"], answer["done"], answer["failed"]) == (3, 3, 1)
    assert answer["told"] == "All 3 rows are in the table, 1 that could not be read."
    whole = table("face", *photos, kind="jsonl")
    assert whole["table"] == command_line("face", *photos, kind="jsonl")
    assert len(json.loads(whole["table"].splitlines()[0])["faces"]) == 2


def test_a_table_of_reviews_is_the_command_line_s(
    table: Table, command_line: CommandLine, photos: list[Path], tmp_path: Path
) -> None:
    reviews = tmp_path / "reviews.tsv"
    reviews.write_text(
        "text\timage_path\nThe strap is broken.\tgrey.png\n=1+1 is a good bag\t\n\t\n"
        "So good\tbroken.jpg\nI love it\tgone.jpg\nnan\t\n",
        encoding="utf-8",
    )
    answer = table("review", reviews, *photos)
    command = command_line("review", reviews).replace(
        "There is no readable file “gone.jpg”; paths start from the table’s folder.",
        "No file “gone.jpg” came with the table; files are found by their names alone.",
    )
    assert answer["table"] == command
    assert '"\'=1+1 is a good bag"' in command
    assert (answer["total"], answer["failed"]) == (6, 4)
    assert answer["left_out"] == ["Zwei Gesichter é.jpg: Left out. No row of the table names it."]


def test_memes_are_the_command_line_s_table(
    table: Table, command_line: CommandLine, photos: list[Path], tmp_path: Path
) -> None:
    memes = tmp_path / "memes.csv"
    memes.write_text("image_path,text\ngrey.png,so good\ngrey.png,\nbroken.jpg,so bad\n")
    assert table("meme", memes, *photos[1:])["table"] == command_line("meme", memes)


def test_clips_are_the_command_line_s_table(
    table: Table, command_line: CommandLine, clip: Path, tmp_path: Path
) -> None:
    one = tmp_path / "one.mp4"
    one.write_bytes(clip.read_bytes())
    clips = tmp_path / "clips.csv"
    clips.write_text("video_path,text\none.mp4,It is a good day.\n")
    assert table("video", clips, one)["table"] == command_line("video", clips)


def test_a_table_opens_no_file_of_the_server_and_no_address(
    table: Table, photos: list[Path], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 40), "red").save(secret)
    cells = [
        str(secret),
        f"../../../../../../../..{secret}",
        "file:///etc/passwd",
        "http://127.0.0.1:9/a.png",
        "secret.png",
        "",
        "/dev/zero",
    ]
    memes = tmp_path / "memes.json"
    memes.write_text(json.dumps([{"image_path": cell, "text": "good"} for cell in cells]))
    answer = table("meme", memes, photos[1])
    assert (answer["total"], answer["failed"]) == (len(cells), len(cells))
    assert answer["table"].count("came with the table") == 4
    assert answer["table"].count("not fetched") == 2


def test_a_text_that_names_a_file_says_nothing_of_the_server(
    table: Table, clip: Path, tmp_path: Path
) -> None:
    one = tmp_path / "one.mp4"
    one.write_bytes(clip.read_bytes())
    (tmp_path / "clips.csv").write_text(f"video_path,text\none.mp4,{sys.executable}\n")
    answer = table("video", tmp_path / "clips.csv", one)
    assert "name of a file" not in answer["table"]
    assert answer["failed"] == 0


def test_a_path_in_a_request_is_refused(app: Any, photos: list[Path]) -> None:
    for path in (photos[1], Path("/etc/passwd")):
        assert "Please upload the files themselves." in post(
            app.address, "face_table", [{"path": str(path)}], "csv"
        )


def test_rows_that_may_have_got_another_s_file_are_told(
    table: Table, photos: list[Path], tmp_path: Path
) -> None:
    memes = tmp_path / "memes.csv"
    memes.write_text("image_path,text\na/grey.png,good\nb/grey.png,bad\nc\\broken.jpg,bad\n")
    answer = table("meme", memes, *photos[1:])
    assert answer["table"].count("several files “grey.png” in different folders") == 2
    assert "not a picture" in answer["table"]


def test_what_is_too_much_is_one_sentence(table: Table, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "good\n" * 201)
    with pytest.raises(AppError, match="more than 200 rows"):
        table("review", tmp_path / "a.csv")
    with pytest.raises(AppError, match="no files yet"):
        table("review")


def test_nothing_is_left_of_a_request(app: Any, table: Table, photos: list[Path]) -> None:
    def left() -> set[Path]:
        return {path for path in app.temporary.rglob("*") if path.is_file()}

    before = left()
    table("face", *photos)
    assert left() <= before
