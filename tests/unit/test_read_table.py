"""Tables that people bring, in all their kinds; what must come out stands in table_cases.py."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mmsent.inputs import Row, collect
from mmsent.read_cells import TableRow
from mmsent.read_table import read_table
from mmsent.tasks import TASKS
from tests.table_case import Case, read
from tests.table_cases import CASES

REVIEW, FACE, MEME, VIDEO = (TASKS[name] for name in ("review", "face", "meme", "video"))


def rows(file: Path) -> list[Row]:
    return collect(REVIEW, [str(file)], None).rows


def found(file: Path, *needs: str) -> dict[str, Any]:
    """The rows by their place: their cells, or what is wrong with them."""
    return {
        row.place: row.problem or row.cells
        for row in read_table(file, needs or ("text",), ("image_path",))
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_table_is_read_right_or_told(case: Case, tmp_path: Path) -> None:
    assert read(case, tmp_path, rows), rows(tmp_path / case.file)


def test_no_case_is_there_twice() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 30
    assert len({(case.file, case.content) for case in CASES}) == len(CASES)


def test_json_lines_name_their_cells_and_bad_ones_spoil_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(
        b'\xef\xbb\xbf{"text": " Good. ", "image_path": null, "stars": 5}\n\n{"text": 7}\n[1]\n{"text": "half\n'
        b'{"image_path": "a.png"}\n{"text": ["no"]}\n{"text": "\\ud800"}\n{"text": "\xff"}\n'
        + b"["
        * 100_000
    )
    table = found(file)
    assert table.pop("line 1") == {"text": "Good.", "image_path": ""}
    assert table.pop("line 3") == {"text": "7"}
    assert table.pop("line 6") == "The line says nothing of “text”."
    assert table.pop("line 7") == table.pop("line 8") == "The value in “text” is not text."
    assert table == {
        f"line {n}": "The line is not one JSON object in UTF-8." for n in (4, 5, 9, 10)
    }


def test_a_row_keeps_its_name_when_a_file_grows(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    names = []
    for count in (1, 2):
        file.write_text('{"text": "Good."}\n' * count)
        names.append([row.place for row in read_table(file, ["text"])])
    assert names == [["line 1"], ["line 1", "line 2"]]


def test_parquet_is_read_by_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "r.parquet"
    (tmp_path / "a.png").touch()
    columns: dict[str, list[Any]] = {"image": [b"1", b"2", b"3"], "text": ["Good.", None, " Bad."]}
    pd.DataFrame(columns | {"image_path": ["a.png", "", None]}).to_parquet(file)
    assert rows(file) == [
        Row(f"{file}, row 1", tmp_path / "a.png", "Good."),
        Row(f"{file}, row 2"),
        Row(f"{file}, row 3", None, "Bad."),
    ]
    faces = collect(FACE, [str(file)], None).rows
    assert [row.problem for row in faces][1:] == ["The column “image_path” is empty."] * 2
    pd.DataFrame({"text": [b"\xff"]}).to_parquet(file)
    assert list(read_table(file, ["text"])) == [
        TableRow("row 1", {}, "The value in “text” is not text.")
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", b"", "The file is empty."),
        ("a.parquet", b"", "From here on the file is not Parquet, or it is damaged."),
        ("a.parquet", b"text\nGood.\n", "From here on the file is not Parquet, or it is damaged."),
    ],
)
def test_what_is_no_table_is_one_sentence(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert list(found(tmp_path / name).values()) == [problem]


def test_a_table_that_is_not_there_says_so(tmp_path: Path) -> None:
    for name in ("gone.parquet", "gone.csv", "gone.json"):
        (row,) = rows(tmp_path / name)
        assert row.problem == "There is no readable file of that name."


def test_other_tasks_name_a_missing_file_and_a_missing_value_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("image_path,video_path,text\nnan,gone.mp4,hi\n")
    assert "“nan” in the column “image_path” marks a missing value" in str(
        collect(MEME, [str(file)], None).rows[0].problem
    )
    assert "There is no readable file “gone.mp4”" in str(
        collect(VIDEO, [str(file)], None).rows[0].problem
    )


def test_many_open_quotation_marks_take_no_longer(tmp_path: Path) -> None:
    """Each is looked for to the end of the file once, not the rows after it again and again."""
    file = tmp_path / "a.csv"
    file.write_text("text\n" + "Good.\n" * 20_000 + '"Awful\n' + "Good.\n" * 20_000)
    table = found(file)
    assert len(table) == 40_001
    assert isinstance(table["line 20002"], str)


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.csv.gz", "a.zip", "a.feather"])
def test_tables_of_other_kinds_are_told_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4")
    (row,) = collect(REVIEW, [str(tmp_path / name)], None).rows
    assert "CSV" in str(row.problem)
    assert "JPEG" not in str(row.problem)


def test_a_text_of_another_name_is_not_called_a_picture(tmp_path: Path) -> None:
    (tmp_path / "reviews").write_text("text,image_path\nGood.,\n")
    for task in (REVIEW, FACE):
        (row,) = collect(task, [str(tmp_path / "reviews")], None).rows
        assert str(row.problem).startswith(
            "This is a text or a table, not a picture; tables end with .csv, "
        )
