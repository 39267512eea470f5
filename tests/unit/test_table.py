"""Tables of results: cut anywhere they go on, no cell is a formula, and what belongs to somebody
else is left alone."""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from mmsent.table import Table, TableError

COLUMNS = {"input": str, "faces": int, "text": str, "unsure": bool, "share": float, "error": str}
# what each input gives: one row, an error, nothing found, several rows
RESULTS: dict[str, list[dict[str, Any]]] = {
    "=a.jpg": [{"faces": 1, "text": "one,\nsaid “two”", "unsure": True, "share": 0.25}],
    "b.jpg": [{"error": "This is not a picture."}],
    "c.jpg": [{"faces": 0}],
    "d.jpg": [
        {"faces": 3, "text": f"{number}", "unsure": False, "share": 1 / 3} for number in range(3)
    ],
}


def write(path: Path, names: tuple[str, ...] = tuple(RESULTS)) -> int:
    """Adds what is missing, as the command line does; returns how many inputs were there."""
    table = Table(path, COLUMNS, "faces")
    there = len(table.done)
    for name in names:
        if name not in table:
            records = RESULTS[name] if path.suffix != ".jsonl" else [{"faces": RESULTS[name]}]
            table.add([{"input": name, **record} for record in records])
    assert len(table.done) == len(names)
    table.finish()
    return there


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as file:
        return (
            [json.loads(line) for line in file]
            if path.suffix == ".jsonl"
            else list(csv.DictReader(file))
        )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_cut_anywhere_it_ends_the_same(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"table.{kind}"
    assert write(path) == 0
    whole = path.read_bytes()
    there = []
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        there.append(write(path))
        assert path.read_bytes() == whole
    assert sorted(set(there)) == [0, 1, 2, 3, 4]
    assert there == sorted(there)


def test_parquet_goes_on_from_its_lines_and_from_a_finished_file(tmp_path: Path) -> None:
    path, lines = tmp_path / "table.parquet", tmp_path / "table.parquet.rows.jsonl"
    started = Table(path, COLUMNS, "faces")
    started.add([{"input": "=a.jpg", **RESULTS["=a.jpg"][0]}])
    # its third row is lost
    started.add([{"input": "d.jpg", **record} for record in RESULTS["d.jpg"][:2]])
    del started
    assert not path.exists()
    assert write(path, ("=a.jpg", "d.jpg")) == 1
    assert not lines.exists()
    assert write(path, ("=a.jpg", "d.jpg", "b.jpg")) == 2
    assert [row["input"] for row in rows(path)] == ["=a.jpg", "d.jpg", "d.jpg", "d.jpg", "b.jpg"]
    assert os.listdir(tmp_path) == [path.name]


def test_parquet_keeps_types_and_text(tmp_path: Path) -> None:
    write(tmp_path / "table.parquet")
    schema = pyarrow.parquet.read_schema(tmp_path / "table.parquet")
    assert {field.name: str(field.type) for field in schema} == {
        "input": "string",
        "faces": "int64",
        "text": "string",
        "unsure": "bool",
        "share": "double",
        "error": "string",
    }
    first, second, *_ = rows(tmp_path / "table.parquet")
    assert first == {"input": "=a.jpg", **RESULTS["=a.jpg"][0], "error": None}
    assert second["error"] == "This is not a picture."


def test_errors_of_earlier_runs_count(tmp_path: Path) -> None:
    for kind in ("csv", "jsonl", "parquet"):
        table = Table(tmp_path / f"table.{kind}", COLUMNS)
        table.add([{"input": "b.jpg", "error": "This is not a picture."}])
        table.finish()
        assert Table(tmp_path / f"table.{kind}", COLUMNS).failed == 1


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\tx", "＝1"]
)
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    table = Table(path, COLUMNS)
    table.add([{"input": text, "share": -0.5, "text": text, "error": text}])
    table.finish()
    (row,) = rows(path)
    assert row["input"] == row["text"] == row["error"] == "'" + " ".join(text.splitlines())
    assert row["share"] == "-0.5"  # a number is one
    assert text in Table(path, COLUMNS)


@pytest.mark.parametrize(
    "text", ['a "quoted" word', "two\r\nlines", "a,b;c\td", "\u2028", "\x00", "'", ""]
)
def test_each_row_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    table = Table(path, COLUMNS)
    table.add([{"input": "a", "text": text}])
    table.finish()
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert [row["text"] for row in rows(path)] == [" ".join(text.splitlines())]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", b"name,price\nbag,3\n"),
        ("mine.csv", b"one line, and no end"),
        ("mine.csv", b"\xff\xfe\n"),
        ("mine.jsonl", b'{"name": "bag"}\n'),
        ("mine.jsonl", b'["input"]\n'),
        ("mine.jsonl", b"one line, and no end"),
        ("mine.parquet", b"something else"),
    ],
)
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        TableError,
        match=r"mine\.\w+ exists and holds something else; please name another file\.$",
    ):
        Table(tmp_path / name, COLUMNS)
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_no_row_of_somebody_else_is_cut_off(tmp_path: Path, ending: bytes) -> None:
    path = tmp_path / "dataset.jsonl"
    mine = b'{"input": "What is 2 + 2?", "output": "4"}'
    path.write_bytes(mine + ending)
    table = Table(path, COLUMNS)
    table.add([{"input": "b.jpg", "faces": []}])
    table.finish()
    assert path.read_bytes() == mine + b'\n{"input": "b.jpg", "faces": []}\n'


def test_no_parquet_file_of_somebody_else_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    started = Table(path, COLUMNS)
    started.add([{"input": "a.jpg", "faces": 0}])
    pyarrow.parquet.write_table(pyarrow.table({"name": ["bag"]}), path)  # it comes while this runs
    for use in (started.finish, lambda: Table(path, COLUMNS)):
        with pytest.raises(TableError, match="holds something else"):
            use()
    assert rows(path) == [{"name": "bag"}]
    path.unlink()
    assert "a.jpg" in Table(path, COLUMNS)  # nothing is lost


def test_no_lines_of_somebody_else_are_deleted(tmp_path: Path) -> None:
    lines = tmp_path / "mine.parquet.rows.jsonl"
    lines.write_text('{"input": "What is 2 + 2?", "output": "4"}\n')
    with pytest.raises(TableError, match="holds something else"):
        Table(tmp_path / "mine.parquet", COLUMNS)
    assert "output" in lines.read_text()


def test_parquet_without_pyarrow_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(
        TableError, match=r"^Parquet needs pyarrow: “pip install pyarrow”, or name a file .*\.$"
    ):
        Table(tmp_path / "table.parquet", COLUMNS)
    write(tmp_path / "table.csv")
