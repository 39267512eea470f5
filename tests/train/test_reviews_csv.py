"""Somebody's own reviews: what is good is read, what is not is named by file and line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from train.review.csv_data import encode, read_reviews


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with one photo, ``photo.png``, and something that only has the name of one,
    ``broken.png``."""
    Image.fromarray(np.full((8, 8, 3), 200, np.uint8)).save(tmp_path / "photo.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    return tmp_path


def write(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_row_is_read_as_it_stands(folder):
    file = write(
        folder / "r.csv",
        'id,text,image_path,label\n7," Fine, “really”. ",photo.png,positive\n8,Broke.,,negative\n',
    )
    reviews, problems = read_reviews(file, labelled=True, known=("negative", "positive"))
    assert problems == []
    assert [(r.text, r.image, r.label, r.file, r.place) for r in reviews] == [
        ("Fine, “really”.", folder / "photo.png", "positive", file, "line 2"),
        ("Broke.", None, "negative", file, "line 3"),
    ]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("  ,,positive", "neither a text nor an image"),
        ("Fine.,,", "no label"),
        ("Fine.,,glad", "“glad” is none of negative, positive"),
        ("Fine.,gone.png,positive", "“gone.png” can't be used: There is no readable file"),
        ("Fine.,broken.png,positive", "“broken.png” can't be used"),
        ("Fine, really.,,positive", "4 columns instead of 3"),
        ("Fine.", "There is 1 column instead of 3"),
        ("Sch\u00f6n.,,positive".encode() + b"\xff", "not UTF-8"),
    ],
)
def test_a_bad_row_is_left_out_and_named_by_its_line(folder, row, complaint):
    row = row if isinstance(row, bytes) else row.encode()
    # lines 2 to 4 are one row, line 5 is blank, so the bad row begins at line 6
    before = b'text,image_path,label\n"Three\nlines\nlong",photo.png,positive\n\n'
    file = write(folder / "r.csv", before + row + b"\nBroke.,,negative\n")
    reviews, problems = read_reviews(file, labelled=True, known=("negative", "positive"))
    assert [(r.text, r.place) for r in reviews] == [
        ("Three\nlines\nlong", "line 2"),
        ("Broke.", "line 7"),
    ]
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}, line 6: ")
    assert complaint in problems[0]
    problems[0].encode()  # can be printed


def test_an_open_quotation_mark_is_reported_where_it_opens_and_swallows_nothing(folder):
    file = write(
        folder / "r.csv",
        'text,image_path,label\nFine.,,positive\n"Never closed.,,negative\nBroke.,,negative\n',
    )
    reviews, problems = read_reviews(file, labelled=True)
    assert [r.place for r in reviews] == ["line 2", "line 4"]
    assert len(problems) == 1
    assert problems[0].startswith(
        f"{file}, line 3: A quotation mark opens in this row and is not closed."
    )


def test_what_is_in_doubt_is_read_and_told(folder):
    file = write(
        folder / "r.csv",
        "text,image_path,label\nSchön.,,positive\nnan,photo.png,negative\n".encode("cp1252"),
    )
    reviews, problems = read_reviews(file, labelled=True)
    assert [(r.text, r.label) for r in reviews] == [("Schön.", "positive"), ("", "negative")]
    assert [problem.split(": ")[0] for problem in problems] == [
        f"{file}, line 2",
        f"{file}, line 3",
    ]
    assert "Windows-1252" in problems[0]
    assert "“nan” in the column “text” marks a missing value" in problems[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(folder, encoding, end):
    file = write(folder / "r.csv", f"text,label{end}Schön ✓,gut{end}".encode(encoding))
    reviews, problems = read_reviews(file, labelled=True)
    assert problems == []
    assert [(r.text, r.label, r.place) for r in reviews] == [("Schön ✓", "gut", "line 2")]


def test_labels_are_not_needed_to_score(folder):
    file = write(folder / "r.csv", "text,image_path\nFine.,\n,photo.png\n")
    reviews, problems = read_reviews(file, labelled=False)
    assert problems == []
    assert [(r.text, r.image, r.label) for r in reviews] == [
        ("Fine.", None, None),
        ("", folder / "photo.png", None),
    ]
    reviews, problems = read_reviews(file, labelled=True)
    assert reviews == []
    assert problems[0].startswith(f"{file}, line 1: There is no column “label”")


def test_a_folder_is_all_its_csv_files_and_a_bad_one_stops_no_other(folder):
    write(folder / "a.csv", "review;stars\nFine.;5\n")
    write(folder / "b.csv", "text,image_path\nBroke.,photo.png\n")
    write(folder / "c.csv", "")
    reviews, problems = read_reviews(folder, labelled=False)
    assert [(r.text, r.image) for r in reviews] == [("Broke.", folder / "photo.png")]
    assert [problem.split(": ")[0] for problem in problems] == [
        f"{folder / 'a.csv'}, line 1",
        f"{folder / 'c.csv'}, line 1",
    ]
    assert "no column “text”" in problems[0]


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_no_csv_at_all_is_an_error(tmp_path, name):
    with pytest.raises(ValueError, match="no CSV file"):
        read_reviews(tmp_path / name, labelled=False)


def test_labels_are_numbered_in_sorted_order():
    names, places = encode(["positive", "negative", "positive", "mixed"])
    assert names == ["mixed", "negative", "positive"]
    assert places.tolist() == [2, 1, 2, 0]
