"""Tables that people bring as JSON lines and Parquet; CSV is in test_batch.py."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mmsent.batch import TASKS
from mmsent.inputs import Row, collect
from mmsent.read_table import read_table

REVIEW, FACE = TASKS["review"], TASKS["face"]


def test_json_lines_name_their_cells_and_bad_ones_spoil_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(
        b'\xef\xbb\xbf{"text": " Good. ", "image_path": null, "stars": 5}\n\n{"text": 7}\n[1]\n{"text": "half\n'
        b'{"image_path": "a.png"}\n{"text": ["no"]}\n{"text": "\\ud800"}\n{"text": "\xff"}\n' + b"[" * 100_000
    )
    rows = dict(read_table(file, ["text"], ["image_path"]))
    assert rows.pop(1) == {"text": "Good.", "image_path": ""}
    assert rows.pop(3) == {"text": "7"}
    assert rows.pop(6) == "The line says nothing of “text”."
    assert rows.pop(7) == rows.pop(8) == "What stands in “text” is not text."
    assert rows == dict.fromkeys((4, 5, 9, 10), "The line is not one JSON object in UTF-8.")


def test_parquet_is_read_by_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "r.parquet"
    columns: dict[str, list[Any]] = {"image": [b"1", b"2", b"3"], "text": ["Good.", None, " Bad."]}
    pd.DataFrame(columns | {"image_path": ["a.png", "", None]}).to_parquet(file)
    assert collect(REVIEW, [str(file)], None) == [
        Row(f"{file}, row 1", tmp_path / "a.png", "Good."),
        Row(f"{file}, row 2"),
        Row(f"{file}, row 3", None, "Bad."),
    ]
    assert [row.problem for row in collect(FACE, [str(file)], None)][1:] == ["The column “image_path” is empty."] * 2
    pd.DataFrame({"text": [b"\xff"]}).to_parquet(file)
    assert list(read_table(file, ["text"])) == [(1, "What stands in “text” is not text.")]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", b"", "The file is empty."),
        ("a.parquet", b"", "From here on the file is not Parquet, or it is damaged."),
        ("a.parquet", b"text\nGood.\n", "From here on the file is not Parquet, or it is damaged."),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert list(read_table(tmp_path / name, ["text"])) == [(1, problem)]


def test_parquet_without_the_column_or_without_rows_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pd.DataFrame({"words": ["Good."]}).to_parquet(file)
    assert list(read_table(file, ["text"])) == [(1, "There is no column “text”.")]
    pd.DataFrame({"text": pd.Series([], dtype=str)}).to_parquet(file)
    assert list(read_table(file, ["text"])) == [(1, "The file is empty.")]
    (row,) = collect(REVIEW, [str(tmp_path / "gone.parquet")], None)
    assert row.problem == "There is no readable file of that name."
