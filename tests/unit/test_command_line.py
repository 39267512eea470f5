"""The command line, with random checkpoints: what goes in, what comes out, and what a kill leaves
behind."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pyarrow.parquet
import pytest
import torch
from PIL import Image

import mmsent
from mmsent.__main__ import main
from mmsent.labels import FACE_EMOTIONS, MEME_ASPECTS, SENTIMENTS
from mmsent.media import ANIMATED
from mmsent.read_cells import GUESSED_ENCODING
from mmsent.results import Scores

Run = Callable[..., tuple[int, str, str]]

REVIEWS = """text,image_path
The strap is broken.,
"Great bag,
really so good!",photo.png
=HYPERLINK("http://a.b"),
,
I love it.,gone.png
one,two,three
\u200b,
Not good.,
"""


@pytest.fixture(scope="module")
def load() -> Callable[..., object]:
    """``mmsent.load``, but the pipelines of the environment are made once for all tests here."""
    real = mmsent.load
    once = cache(lambda task: real(task))
    return lambda task, source=None, device=None: (
        real(task, source, device) if source else once(task)
    )


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, face_checkpoint, review_checkpoint, load) -> Run:
    """Runs the command line in an empty folder; gives its exit status, stdout and stderr."""
    monkeypatch.setenv("MMSENT_FACE", str(face_checkpoint))
    monkeypatch.setenv("MMSENT_REVIEW", str(review_checkpoint))
    monkeypatch.setattr(mmsent, "load", load)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def photos(tmp_path: Path, two_faces: np.ndarray) -> None:
    """``photos`` with two faces, none, and something that is no picture."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    Image.fromarray(two_faces).save(tmp_path / "photos" / "two.jpg")
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "photos" / "more" / "none.png")
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"nothing")


@pytest.fixture
def reviews(tmp_path: Path) -> None:
    """``reviews.csv`` with four good rows and four bad ones."""
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.png")
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")


def table(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8"))))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300)


def test_help_teaches_and_needs_no_pytorch() -> None:
    code = (
        "import runpy, sys\ntry: runpy.run_module('mmsent', run_name='__main__', alter_sys=True)\n"
    )
    code += "except SystemExit: print('torch' in sys.modules)"
    done = python("-c", code, "--help")
    assert "python -m mmsent review reviews.csv --out scored.csv" in done.stdout
    assert done.stdout.endswith("False\n")


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


def test_a_text_of_broken_bytes_is_read(run: Run, reviews: None) -> None:
    for form in (("--json",), ("--out", "one.csv"), ()):
        assert run("review", "--text", "good \udcff", *form)[0] == 0
    assert table("one.csv")[0]["text"] == "good \ufffd"


def test_a_table_of_faces_has_a_row_a_face(
    run: Run, photos: None, face_checkpoint: Path, monkeypatch
) -> None:
    monkeypatch.setenv("MMSENT_FACE", "nowhere")  # --source goes first
    assert (
        run(
            "face",
            "photos",
            "--out",
            "faces.csv",
            "--source",
            str(face_checkpoint),
            "--device",
            "cpu",
        )[0]
        == 1
    )
    rows = table("faces.csv")
    assert [(row["input"], row["faces"], row["face"]) for row in rows] == [
        ("photos/broken.jpg", "", ""),
        ("photos/more/none.png", "0", ""),
        ("photos/two.jpg", "2", "1"),
        ("photos/two.jpg", "2", "2"),
    ]
    assert [bool(row["error"]) for row in rows] == [True, False, False, False]
    for row in rows[2:]:
        probs = {label: float(row[f"emotion_{label}"]) for label in FACE_EMOTIONS}
        assert sum(probs.values()) == pytest.approx(1)
        assert probs[row["emotion"]] == float(row["emotion_confidence"]) == max(probs.values())
        assert int(row["x0"]) < int(row["x1"])


def test_a_table_of_reviews_names_bad_rows_by_line(
    run: Run, reviews: None, load: Callable[..., object]
) -> None:
    status, out, err = run("review", "reviews.csv", "--out", "scored.csv")
    assert (status, out) == (1, "")
    *bad, summary = err.splitlines()
    assert [line.split(": ")[0] for line in bad] == [
        f"reviews.csv, line {line}" for line in (6, 7, 8, 9)
    ]
    complaints = (
        "nothing to read",
        "no readable file",
        "3 columns instead of 2",
        "nothing to read",
    )
    for line, complaint in zip(bad, complaints, strict=True):
        assert complaint in line
    assert summary == "scored.csv: 8 inputs, 4 with an error."
    rows = table("scored.csv")
    assert [int(row["input"].split()[-1]) for row in rows] == [2, 3, 5, 6, 7, 8, 9, 10]
    assert [line.split(": ", 1)[1] for line in bad] == [
        row["error"] for row in rows if row["error"]
    ]
    both = load("review").predict("Great bag,\nreally so good!", "photo.png").sentiment
    assert [float(rows[1][f"sentiment_{label}"]) for label in SENTIMENTS] == pytest.approx(
        both.probs, abs=1e-4
    )
    assert rows[1]["sentiment"] == both.top


def test_a_picture_with_half_of_its_faces_is_done_again(run: Run, photos: None) -> None:
    run("face", "photos", "--out", "faces.csv")
    before = table("faces.csv")
    Path("faces.csv").write_bytes(
        b"".join(Path("faces.csv").read_bytes().splitlines(keepends=True)[:-1])
    )
    run("face", "photos", "--out", "faces.csv")
    assert [(row["input"], row["face"]) for row in table("faces.csv")] == [
        (row["input"], row["face"]) for row in before
    ]


def test_jsonl_holds_the_reasons_and_parquet_the_columns(run: Run, reviews: None) -> None:
    run("review", "reviews.csv", "--out", "scored.jsonl")
    whole = [json.loads(line) for line in Path("scored.jsonl").read_text().splitlines()]
    assert [("words" in row, "error" in row) for row in whole] == [(True, False)] * 3 + [
        (False, True)
    ] * 4 + [(True, False)]
    run("review", "reviews.csv", "--out", "scored.parquet")
    rows = pyarrow.parquet.read_table("scored.parquet").to_pylist()
    assert [row["input"] for row in rows] == [row["input"] for row in whole]
    assert [row["sentiment"] for row in rows] == [
        row["sentiment"]["top"] if "sentiment" in row else None for row in whole
    ]


def test_what_is_done_needs_no_model_and_new_rows_are_added(
    run: Run, reviews: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("review", "reviews.csv", "--out", "scored.csv")
    before = Path("scored.csv").read_text()
    with monkeypatch.context() as patch:
        patch.setattr(mmsent, "load", None)
        # a row failed, in an earlier run
        assert run("review", "reviews.csv", "--out", "scored.csv")[0] == 1
    assert Path("scored.csv").read_text() == before
    with Path("reviews.csv").open("a") as file:
        file.write("Good.,\n")
    run("review", "reviews.csv", "--out", "scored.csv")
    assert Path("scored.csv").read_text().startswith(before)
    assert table("scored.csv")[-1]["text"] == "Good."


def test_ctrl_c_says_how_to_go_on(
    run: Run, reviews: None, load: Callable[..., object], monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(load("review"), "predict", Mock(side_effect=KeyboardInterrupt))
        status, _, err = run("review", "reviews.csv", "--out", "scored.jsonl")
    assert status == 130
    assert err.splitlines() == ["Stopped. The same command goes on from here."]
    assert run("review", "reviews.csv", "--out", "scored.jsonl")[0] == 1
    assert len(Path("scored.jsonl").read_text().splitlines()) == 8


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
    ("arguments", "complaint"),
    [
        ([], "required: TASK"),
        (["poem", "x.jpg"], "invalid choice: 'poem'"),
        (["face"], "nothing to score"),
        (
            ["video", "a.mp4", "--text", "names.txt"],
            "--text names.txt names a file: to have it read, write --transcript names.txt",
        ),
        (["meme", "a.png", "--text", "names.txt"], 'write --text "$(cat names.txt)"'),
        (["meme", "a.png", "--transcript", "names.txt"], "--transcript goes with a clip"),
        (
            ["video", "a.mp4", "--text", "Oh", "--transcript", "names.txt"],
            "--transcript goes with a clip",
        ),
        (["video", "a.csv", "--transcript", "names.txt"], "--transcript goes with a clip"),
        (
            ["video", "a.mp4", "b.mp4", "--transcript", "names.txt"],
            "goes with one clip, not with 2",
        ),
        (["video", "a.mp4", "--transcript", "gone.srt"], "There is no readable file “gone.srt”"),
        (["face", "x.jpg", "--text", "good"], "reads no text"),
        (["review", "x.csv", "--text", "good"], "bring their own"),
        (["review", "x.PARQUET", "--text", "good"], "bring their own"),
        (["face", "x.jpg", "--json", "--out", "x.csv"], "not allowed with"),
        (["face", "x.jpg", "--device", "cuda"], "there is no CUDA device “cuda” here"),
        (["face", "x.jpg", "--engine", "ray"], "writes a table; name one with --out"),
        (["face", "x.jpg", "--out", "x.xlsx"], "x.xlsx must end with .csv, .jsonl or .parquet."),
        (
            ["face", "x.jpg", "--out", "no/x.csv"],
            "no/x.csv can't be written: No such file or directory.",
        ),
        (["face", "x.jpg", "--source", "."], "holds no config.json"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_two(
    run: Run, arguments: list[str], complaint: str, monkeypatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    Path("names.txt").write_text("Oh no.", encoding="utf-8")
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert complaint in err.splitlines()[-1]


def test_as_a_program(tmp_path: Path) -> None:
    done = python("-m", "mmsent", "face", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    # no bar where nobody looks
    assert done.stderr == f"{tmp_path}: There is nothing to score in this folder.\n"


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
