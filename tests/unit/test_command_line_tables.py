"""Tables on the command line: one row an answer, bad rows named, and what is done is not done again."""

import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pyarrow.parquet
import pytest

import mmsent
from mmsent.labels import FACE_EMOTIONS, SENTIMENTS
from tests.command_line import Run, table


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


@pytest.mark.slow
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
