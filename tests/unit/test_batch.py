"""What the command line makes of its inputs, and which columns a task has."""

from pathlib import Path

import pytest

from mmsent.batch import flatten_scores, table_columns
from mmsent.inputs import Row, collect
from mmsent.read_cells import GUESSED_ENCODING
from mmsent.results import ClipFace, Face, FaceResult, MemeResult, Moment, Scores, VideoResult
from mmsent.tasks import TASKS, Task

FACE, REVIEW, MEME = (TASKS[name] for name in ("face", "review", "meme"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def rows(task: Task, *inputs: str, text: str | None = None) -> list[Row]:
    return collect(task, inputs, text).rows


def names(*inputs: str) -> list[str]:
    return [row.name for row in rows(FACE, *inputs)]


def test_a_folder_is_its_pictures_in_order() -> None:
    touch("p/b.JPG", "p/a/z.webp", "p/c.md", "p/._b.jpg", "p/.thumbnails/b.png", "p/a/q.tiff")
    Path("p/folder.png").mkdir()
    assert names("p") == ["p/a/q.tiff", "p/a/z.webp", "p/b.JPG"]
    assert rows(MEME, "p/b.JPG", text="said") == [Row("p/b.JPG", Path("p/b.JPG"), "said")]


def test_a_glob_is_what_it_matches_but_a_file_of_that_name_goes_first() -> None:
    touch("a1.png", "a2.png", "a[1].png", "deep/er/a.png")
    assert names("a?.png") == ["a1.png", "a2.png"]
    assert names("a[1].png") == ["a[1].png"]
    assert names("**/a.png") == ["deep/er/a.png"]


def test_nothing_is_scored_twice() -> None:
    touch("p/a.png", "p/b.png")
    assert names("p/b.png", "p", "./p/a.png", "p/*.png") == ["p/b.png", "p/a.png"]


def test_a_csv_says_text_and_picture() -> None:
    Path("in").mkdir()
    Path("in/r.csv").write_text(
        "id,text,image_path\n1, Good. ,a.png\n2,,\n3,Bad.\n", encoding="utf-8-sig"
    )
    touch("in/a.png")
    one, two, three = rows(REVIEW, "in/r.csv")
    assert (one, two) == (
        Row("in/r.csv, line 2", Path("in/a.png"), "Good."),
        Row("in/r.csv, line 3"),
    )
    assert (
        three.problem == "There are 2 columns instead of 3; is a quotation mark or a comma wrong?"
    )
    assert rows(MEME, "in/r.csv")[1].problem == "The column “image_path” is empty."
    Path("in/r.csv").write_text("text\nGood.\n")
    assert rows(REVIEW, "in/r.csv") == [Row("in/r.csv, line 2", None, "Good.")]
    assert "There is no column “image_path”" in str(rows(FACE, "in/r.csv")[0].problem)


def test_a_text_file_is_one_review() -> None:
    Path("good.txt").write_text("So\ngood.", encoding="utf-8-sig")
    Path("wide.txt").write_text("So\ngood.", encoding="utf-16")
    Path("old.txt").write_bytes(b"Sch\xf6n")
    Path("bad.txt").write_bytes("Sch\u00f6n".encode() + b"\xff")
    good, wide, old, bad = rows(REVIEW, "good.txt", "wide.txt", "old.txt", "bad.txt")
    assert (good, wide) == (Row("good.txt", text="So\ngood."), Row("wide.txt", text="So\ngood."))
    assert (old.text, old.notes) == ("Schön", (GUESSED_ENCODING,))
    assert bad.problem == "The text is in no encoding that is known here; please save it as UTF-8."
    assert str(rows(MEME, "good.txt")[0].problem).startswith(
        "This is a text or a table, not a picture"
    )


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert rows(REVIEW, text="good \udcff") == [Row("--text", text="good \ufffd")]
    assert rows(MEME, "a.png", text="\udcff") == [Row("a.png", Path("a.png"), "\ufffd")]


def test_what_is_not_there_stays_to_be_reported() -> None:
    Path("empty").mkdir()
    touch("no.csv")
    given = ("empty", "no.csv", "gone.csv", "*.bmp", "a\n\x1b\udcff.jpg")
    found = {row.name: row.problem for row in rows(REVIEW, *given)}
    assert found == {
        "empty": "There is nothing to score in this folder.",
        "no.csv, line 1": "The file is empty.",
        "gone.csv": "There is no readable file of that name.",
        "*.bmp": None,  # the pipeline says that there is no such file
        "a\\n\\x1b\\udcff.jpg": None,
    }


def test_records_fill_the_columns_in_their_types() -> None:
    def scores(task: str, name: str) -> Scores:
        labels = tuple(TASKS[task].scores[name])
        return Scores(labels, (1 / len(labels),) * len(labels), unsure=True)

    face = Face((1, 2, 3, 4), 0.9, None, scores("face", "emotion"))
    feelings = {name: scores("video", name) for name in ("emotion", "sentiment")}
    moments = (Moment(0, 1, "said", **feelings), Moment(1, 2, "", **feelings))
    verdicts = {name: scores("meme", name) for name in MEME.scores}
    aspects = {name: of for name, of in verdicts.items() if not name.startswith("words_")}
    words = {
        name.removeprefix("words_"): of
        for name, of in verdicts.items()
        if name.startswith("words_")
    }
    seen = tuple(ClipFace(time, (1, 2, 3, 4), 7, scores("face", "emotion")) for time in (0.0, 0.2))
    results = {
        "face": FaceResult((face, face), (9, 9)),
        "video": VideoResult(**feelings, moments=moments, faces=seen, duration=2.0, transcript=""),
        "review": (scores("review", "sentiment"), ("It is so.",)),
        "meme": MemeResult("said", aspects, words=words),
    }
    assert set(results) == set(TASKS)
    for name, task in TASKS.items():
        for record in task.rows.records(Row("a", text="said"), results[name]):
            assert isinstance(record["notes"], tuple)
            cells = {"input": "a", **flatten_scores(record), "notes": "none", "error": "none"}
            assert list(cells) == list(table_columns(task))
            assert {column: type(cell) for column, cell in cells.items()} == table_columns(task)
