"""Which rows an upload of several files makes, what is too much, and how far a table has come."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mmsent import media
from mmsent.cancel import Cancelled
from mmsent.inputs import Row
from mmsent.media import MediaError
from mmsent.results import VideoResult
from mmsent.tasks import TASKS
from mmsent.ui.several import limits, work
from mmsent.ui.several.upload import NO_PARQUET, Sent, rows_of
from mmsent.ui.several.view import progress_told, scored_html, scored_told
from mmsent.ui.several.work import Scored, score_into
from tests.review_fake import FakeReview

REVIEW, FACE, VIDEO = (TASKS[name] for name in ("review", "face", "video"))
Sends = Callable[..., list[Sent]]


@pytest.fixture
def sends(tmp_path: Path) -> Sends:
    """An upload of files with these contents, each under a name that the server has given it."""

    def sent(**files: str | bytes) -> list[Sent]:
        found = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / f"{number}{Path(name.replace('__', '.')).suffix}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            found.append(Sent(name.replace("__", "."), path))
        return found

    return sent


def score(
    rows: list[Row], out: Path, cancelled: Callable[[Scored | None], bool] = lambda _: False
) -> tuple[Scored, list[str]]:
    """What became of the table ``out``, and what was told on the way."""
    told: list[str] = []
    last: list[Scored | None] = [None]

    def report(scored: Scored) -> None:
        last[0] = scored
        told.append(progress_told(scored))

    pipeline: Any = FakeReview()
    return score_into(out, "review", pipeline, rows, report, lambda: cancelled(last[0])), told


def test_a_file_is_found_by_its_name_however_it_is_written(sends: Sends) -> None:
    table = "image_path\ncafe\u0301.jpg\nphotos/b.jpg\nphotos\\b.jpg\n"
    sent = sends(t__csv=table, café__jpg=b"", b__jpg=b"", c__jpg=b"")
    rows, left_out = rows_of(FACE, sent)
    assert [row.path for row in rows] == [sent[1].path, sent[2].path, sent[2].path]
    assert [row.name for row in rows] == [f"t.csv, line {line}" for line in (2, 3, 4)]
    assert left_out == ["c.jpg: Left out. No row of the table names it."]


def test_two_files_of_one_name_are_refused(sends: Sends) -> None:
    one, other = sends(a__jpg=b"", b__jpg=b"")
    with pytest.raises(MediaError, match=r"called “a[.]jpg”"):
        rows_of(FACE, [one, other._replace(name="a.jpg")])


def test_parquet_is_not_read_from_visitors(sends: Sends) -> None:
    ((row,), _) = rows_of(REVIEW, sends(t__parquet=b"PAR1"))
    assert row.problem == NO_PARQUET


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MAX_FILES", {"picture": 1}, "These are 2 files, and at most 1 picture"),
        ("MAX_BYTES", 5, "MB together"),
        ("MAX_TABLE_BYTES", 5, "The table is larger"),
    ],
)
def test_too_many_files(
    sends: Sends, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, told: str
) -> None:
    sent = sends(t__csv="image_path\na.jpg\n", a__jpg=b"abc", b__jpg=b"abc")
    assert rows_of(FACE, sent).rows
    monkeypatch.setattr(limits, name, value)
    with pytest.raises(MediaError, match=told):
        rows_of(FACE, sent)


def test_pixels_count_as_often_as_a_row_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (40, 50)).save(tmp_path / "a.png")
    assert media.pixel_count(tmp_path / "a.png") == 2000
    monkeypatch.setattr(limits, "MAX_PIXELS", 5000)
    rows = [Row(str(number), tmp_path / "a.png") for number in range(3)]
    limits.check_rows(FACE, rows[:2])
    with pytest.raises(MediaError, match="megapixels together"):
        limits.check_rows(FACE, rows)


def test_clips_may_last_ten_minutes_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {tmp_path / "a.mp4": 400.0, tmp_path / "b.mp4": 201.0}
    monkeypatch.setattr(limits, "_seconds", seconds.__getitem__)
    rows = [Row(path.name, path) for path in seconds]
    limits.check_rows(VIDEO, rows[:1])
    with pytest.raises(MediaError, match="more than 10 minutes"):
        limits.check_rows(VIDEO, rows)


def test_a_cancelled_table_keeps_what_is_done(tmp_path: Path) -> None:
    rows = [Row(f"t.csv, line {number}", text="good") for number in range(2, 8)]
    rows[1] = Row("t.csv, line 3", problem="It is broken.")
    scored, told = score(rows, tmp_path / "t.jsonl", lambda now: bool(now and now.begun == 4))
    lines = (tmp_path / "t.jsonl").read_text().splitlines()
    assert len(lines) == scored.done == 4
    assert told[0] == "1 of 6"
    assert told[-1] == "4 of 6, 2 with notes"
    assert scored_told(scored) == (
        "Cancelled. 4 of 6 rows are in the table, 3 with notes, 1 that could not be read."
    )


def test_time_that_is_up_is_told(tmp_path: Path) -> None:
    pipeline: Any = FakeReview()
    rows = [Row("a", text="good")]
    out = tmp_path / "t.jsonl"
    scored = score_into(out, "review", pipeline, rows, lambda _: None, lambda: False, most=0.0)
    assert (scored.begun, scored.end) == (0, "Stopped after 0 minutes.")


def test_a_clip_is_left_in_the_middle(tmp_path: Path) -> None:
    class Watching:
        def watch(self, path: Path, progress: Any, cancelled: Callable[[], bool], **_: Any) -> None:
            asked.append("watched")
            assert cancelled()
            raise Cancelled

        def judge(self, *_: Any, **__: Any) -> VideoResult:
            raise AssertionError

    asked: list[str] = []
    rows = [Row(name, tmp_path / name) for name in ("a.mp4", "b.mp4")]
    pipeline: Any = Watching()
    scored = score_into(
        tmp_path / "t.csv", "video", pipeline, rows, lambda _: None, lambda: bool(asked)
    )
    assert (scored.done, scored.end, asked) == (0, "Cancelled.", ["watched"])
    assert (tmp_path / "t.csv").read_text().count("\n") == 1


def test_what_is_shown_is_escaped_and_says_how_much_is_not(tmp_path: Path) -> None:
    rows = [Row(f"<b>{number}", text="<img src=x>") for number in range(25)]
    scored, _ = score(rows, tmp_path / "t.jsonl")
    html = scored_html(scored, ["<i>x</i>: Left out."])
    assert "<b>" not in html
    assert "<img" not in html
    assert html.count("<tr>") == 1 + work.SHOWN
    assert "negative 80\N{NO-BREAK SPACE}%" in html
    assert "These are the first 20 of 25 rows" in html
    assert "Left out: 1" in html
