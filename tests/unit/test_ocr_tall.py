"""Tall pictures: all lines are read, in order from the top, and what is not read is counted."""

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mmsent.media import Picture
from mmsent.ocr import TextReader, reader, windows


@pytest.fixture(scope="module")
def read_text() -> TextReader:
    return TextReader()


def chat(count: int, em: int, step: int, width: int = 640) -> tuple[Picture, list[str]]:
    """A screenshot of ``count`` messages, now left, now right, and their words."""
    page = Image.new("RGB", (width, count * step), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(em)
    said = [f"message {i} of this talk" for i in range(1, count + 1)]
    for i, words in enumerate(said):
        x = 12 if i % 3 else width - 12 - font.getlength(words)
        draw.text((x, i * step + 8), words, "black", font)
    return np.asarray(page), said


@pytest.mark.parametrize(("count", "em", "step"), [(80, 30, 56), (45, 18, 240)])
def test_every_line_of_a_tall_picture_is_read_from_the_top(read_text, count, em, step):
    picture, said = chat(count, em, step)
    reading = read_text.read_noted(picture)
    assert [line.text for line in reading.lines] == said
    assert reading.notes == ()


def test_lines_too_many_to_read_are_counted(read_text, monkeypatch):
    monkeypatch.setattr(reader, "MAX_LINES", 12)
    picture, said = chat(20, 30, 56)
    reading = read_text.read_noted(picture)
    assert [line.text for line in reading.lines] == said[:12]
    assert reading.notes == ("8 lines were not read, further down: 12 of a picture are read.",)


def test_a_picture_too_tall_to_search_is_searched_from_the_top(read_text, monkeypatch):
    monkeypatch.setattr(windows, "MAX_WINDOWS", 2)
    picture, said = chat(60, 30, 90)
    reading = read_text.read_noted(picture)
    assert len(said) > len(reading.lines) > 15
    assert [line.text for line in reading.lines] == said[: len(reading.lines)]
    (note,) = reading.notes
    searched = int(note.split()[-2].replace(",", ""))
    assert note == f"The picture is too tall: no words were looked for below {searched:,} pixels."
    assert abs(searched - 90 * len(reading.lines)) <= 90


@pytest.mark.parametrize("shift", range(0, 64, 9))
def test_a_line_where_two_windows_meet_is_read_once(read_text, shift):
    page = Image.new("RGB", (300, 3000), "white")
    border = windows.window_rows(3000, 300)[1][0]  # where the second window begins
    ImageDraw.Draw(page).text(
        (20, border - 32 + shift), "only once", "black", ImageFont.load_default(32)
    )
    assert [line.text for line in read_text.read(np.asarray(page))] == ["only once"]


@pytest.mark.parametrize("size", [(800, 800), (1080, 2340), (4000, 600), (40, 90), (1, 1)])
def test_other_pictures_are_searched_at_once(size):
    width, height = size
    assert windows.window_rows(height, width) == [(0, height)]


@pytest.mark.parametrize("size", [(300, 3000), (720, 6000), (64, 200_000), (1, 5000), (90, 300)])
def test_windows_overlap_and_reach_the_end_or_the_limit(size):
    width, height = size
    cuts = windows.window_rows(height, width)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == height or len(cuts) == windows.MAX_WINDOWS
    for (_, end), (start, _) in itertools.pairwise(cuts):
        assert end - start >= width / 4
