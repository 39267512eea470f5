"""The command line, with random checkpoints: what goes in, what comes out, and what a kill leaves
behind."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pyarrow.parquet
import pytest
from PIL import Image

import mmsent
from mmsent.__main__ import main
from mmsent.labels import MEME_ASPECTS
from mmsent.media import ANIMATED
from mmsent.read_cells import GUESSED_ENCODING
from mmsent.results import Scores
from tests.command_line import Run, table


def test_a_folder_is_read_to_its_end(run: Run, photos: None) -> None:
    status, out, err = run("face", "photos")
    assert status == 1
    none, two = out.splitlines()
    assert none == "photos/more/none.png: nothing found"
    assert re.fullmatch(
        r"photos/two.jpg: \w+ [01]\.\d\d( \(not sure\))?, \w+ [01]\.\d\d( \(not sure\))?", two
    )
    assert err.splitlines() == [
        "photos/broken.jpg: This is not a picture we can read. Please send a JPEG, PNG, WebP, "
        "AVIF, HEIC, GIF, BMP or TIFF."
    ]


def test_json_is_the_result_with_its_name(
    run: Run, photos: None, load: Callable[..., object]
) -> None:
    status, out, _ = run("face", "photos/t*.jpg", "photos/two.jpg", "--json")
    assert status == 0
    expected = load("face").predict("photos/two.jpg").to_dict()
    assert json.loads(out) == {"input": "photos/two.jpg"} | json.loads(json.dumps(expected))


def test_json_has_a_line_for_a_failed_row_too(run: Run, photos: None) -> None:
    status, out, err = run("face", "photos/broken.jpg", "photos/two.jpg", "--json")
    assert status == 1
    failed, found = map(json.loads, out.splitlines())
    assert err == f"photos/broken.jpg: {failed['error']}\n"
    assert (failed.keys(), found["input"]) == ({"input", "error"}, "photos/two.jpg")


def test_a_text_goes_alone_or_with_a_photo(
    run: Run, reviews: None, load: Callable[..., object]
) -> None:
    review = load("review")
    assert run("review", "--text", "Not good.")[1].startswith(
        f"--text: {review.predict('Not good.').sentiment.top} "
    )
    _, out, _ = run("review", "--text", "Not good.", "photo.png", "--json")
    assert json.loads(out)["input"] == "photo.png"
    assert json.loads(out)["image_weight"] > 0
    assert json.loads(out)["text"] == "Not good."


def test_memes_bring_their_text_or_have_it_read(run: Run, tmp_path: Path, monkeypatch) -> None:
    scores = {
        name: Scores(labels, (1 / len(labels),) * len(labels), name == "humour")
        for name, labels in MEME_ASPECTS.items()
    }
    pipeline = Mock(
        read_caption_noted=lambda _: ("read", ("Read by hand.",)),
        answer=lambda _, texts: [(scores, {})] * len(texts),
        fitted=lambda picture: picture,
        notes=lambda text, _: () if text else ("Nothing is said.",),
    )
    monkeypatch.setattr(mmsent, "load", lambda *_: pipeline)
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    (tmp_path / "memes.csv").write_text("image_path,text\na.png,given\nb.png,\n,alone\n")
    status, out, err = run("meme", "memes.csv", "c.png")
    assert status == 1
    assert err.splitlines() == [
        "memes.csv, line 3: Read by hand.",
        "memes.csv, line 4: The column “image_path” is empty.",
        "c.png: Read by hand.",
    ]
    assert out.splitlines()[2].startswith(
        "c.png: harmful not_harmful 0.50, sentiment negative 0.33, humour not_funny 0.25 (not sure), sarcasm "
    )
    run("meme", "memes.csv", "--out", "scored.csv")
    rows = table("scored.csv")
    assert [(row["text"], row["notes"]) for row in rows] == [
        ("given", ""),
        ("read", "Read by hand."),
        ("", ""),
    ]


@pytest.fixture
def moving(tmp_path: Path) -> Path:
    """``moving.gif``, of which only the first frame is read."""
    first, *rest = [Image.new("RGB", (60, 40), (80 * i + 40, 0, 0)) for i in range(3)]
    first.save(tmp_path / "moving.gif", save_all=True, append_images=rest)
    return tmp_path / "moving.gif"


def test_notes_go_to_standard_error_and_into_every_table(
    run: Run, moving: Path, load, monkeypatch, meme_checkpoint
) -> None:
    monkeypatch.setenv("MMSENT_MEME", str(meme_checkpoint))
    cases: list[tuple[str, tuple[str, ...], tuple[object, ...]]] = [
        ("face", (), (moving,)),
        ("review", (), ("", moving)),
        ("review", ("--text", "Good."), ("Good.", moving)),
        ("meme", ("--text", "so good"), (moving, "so good")),
    ]
    for task, more, given in cases:
        whole = load(task).predict(*given)
        assert whole.notes[0] == ANIMATED
        told = " ".join(whole.notes)
        _, out, err = run(task, "moving.gif", *more)
        assert (err, ANIMATED in out) == (f"moving.gif: {told}\n", False)
        _, out, err = run(task, "moving.gif", *more, "--json")
        assert (err, json.loads(out)["notes"]) == (f"moving.gif: {told}\n", list(whole.notes))
        name = f"{task}{len(more)}"
        for kind in ("csv", "jsonl", "parquet"):
            assert ANIMATED not in run(task, "moving.gif", *more, "--out", f"{name}.{kind}")[2]
        assert [row["notes"] for row in table(f"{name}.csv")] == [told]
        assert pyarrow.parquet.read_table(f"{name}.parquet").column("notes").to_pylist() == [told]
        assert json.loads(Path(f"{name}.jsonl").read_text())["notes"] == list(whole.notes)


def test_notes_on_a_row_of_a_table_come_first(run: Run, moving: Path) -> None:
    Path("old.csv").write_bytes(
        "text,image_path\nSchön.,moving.gif\nGood.,moving.gif\n".encode("cp1252")
    )
    run("review", "old.csv", "--out", "scored.csv")
    assert [row["notes"] for row in table("scored.csv")] == [
        f"{GUESSED_ENCODING} {ANIMATED}",
        ANIMATED,
    ]
    run("review", "old.csv", "--out", "scored.jsonl")
    assert [
        json.loads(line)["notes"] for line in Path("scored.jsonl").read_text().splitlines()
    ] == [[GUESSED_ENCODING, ANIMATED], [ANIMATED]]


def test_what_is_left_out_of_a_folder_is_counted_and_named_and_is_no_failure(
    run: Run, photos: None
) -> None:
    Path("photos/broken.jpg").unlink()
    Path("photos/readme").write_text("words")
    Path("photos/.hidden").write_text("words")
    status, out, err = run("face", "photos")
    assert (status, len(out.splitlines())) == (0, 2)
    assert err.splitlines() == [
        "photos/.hidden: Left out. It is hidden.",
        "photos/readme: Left out. It is not a picture of a kind that can be read.",
        "Left out of folders: 2. To be scored: 2.",
    ]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-8", ["a 名前 😀.txt", "b é.txt"]),
        ("cp1252", ["a ?? ?.txt", "b é.txt"]),
        ("ascii", ["a ?? ?.txt", "b ?.txt"]),
    ],
)
def test_names_that_the_terminal_can_not_show_end_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str, names: list[str]
) -> None:
    for name in ("a 名前 😀.txt", "b é.txt"):
        (tmp_path / name).write_text("The strap is good.", encoding="utf-8")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["review", "*.txt"]) == 0
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])  # which has signs of its own
    terminal.seek(0)
    lines = terminal.read().splitlines()
    assert [line.partition(": ")[0] for line in lines[:2]] == names
    assert all("0." in line for line in lines[:2])
