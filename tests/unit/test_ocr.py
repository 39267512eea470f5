"""Reading captions: the right words in the right order, nothing where there is nothing, and one
spelling for the model."""

import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from bench.captions import KINDS, captions
from bench.ocr import distance, fold
from mmsent.captions import clean_caption
from mmsent.media import Picture, open_image
from mmsent.ocr import TextReader, caption, reading_order
from mmsent.results import Line


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def written(size: tuple[int, int], *words: tuple[str, int, int, int]) -> Picture:
    """A page of (width, height) with (text, x, y, em) on it."""
    page = Image.new("RGB", size, "white")
    for text, x, y, em in words:
        ImageDraw.Draw(page).text((x, y), text, "black", ImageFont.load_default(em))
    return np.asarray(page)


@pytest.mark.slow
def test_captions_over_busy_ground(reader):
    drawn = captions(8, seed=7, size=(500, 500))
    assert {one.kind for one in drawn} == set(KINDS)
    wrong = sum(distance(fold(caption(reader.read(one.picture))), fold(one.text)) for one in drawn)
    assert wrong <= 0.05 * sum(len(fold(one.text)) for one in drawn)


def test_lines_come_with_their_place(reader):
    lines = reader.read(
        written((700, 500), ("Hello there", 60, 40, 40), ("bottom line", 300, 420, 30))
    )
    assert [line.text for line in lines] == ["Hello there", "bottom line"]
    for line, (x, y) in zip(lines, [(60, 40), (300, 420)], strict=True):
        x0, y0, x1, y1 = line.box
        assert x - 15 <= x0 <= x + 15
        assert y - 15 <= y0 <= y + 20
        assert x1 - x0 > 2 * (y1 - y0)
        assert 0.9 < line.confidence <= 1
        assert all(type(value) is int for value in line.box)


@pytest.mark.parametrize("scale", [0.3, 4])
def test_places_are_those_of_the_picture_at_any_size(reader, scale):
    page = Image.fromarray(written((700, 400), ("Hello there", 200, 150, 60)))
    picture = np.asarray(
        page.resize((round(700 * scale), round(400 * scale)), Image.Resampling.LANCZOS)
    )
    (line,) = reader.read(picture)
    assert line.text == "Hello there"
    (expected,) = reader.read(np.asarray(page))
    assert np.allclose(np.array(line.box) / scale, expected.box, atol=12)


def test_two_columns_are_read_row_by_row(reader):
    places = [(80, 40), (80, 160), (480, 46), (480, 152)]
    words = ["left one", "left two", "right one", "right two"]
    lines = reader.read(
        written((800, 260), *((word, x, y, 36) for word, (x, y) in zip(words, places, strict=True)))
    )
    assert [line.text for line in lines] == ["left one", "right one", "left two", "right two"]
    assert caption(lines) == "left one right one\nleft two right two"


def test_a_photo_turned_by_exif(reader):
    upright = Image.fromarray(written((600, 300), ("Which way is up", 60, 120, 48)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    buffer = io.BytesIO()
    upright.rotate(90, expand=True).save(buffer, "JPEG", exif=exif, quality=95)
    assert caption(reader.read(open_image(buffer.getvalue()))) == "Which way is up"


@pytest.mark.parametrize(
    "photo", [data.astronaut, data.coffee, data.chelsea], ids=lambda photo: photo.__name__
)
def test_no_text_no_lines(reader, photo):
    reading = reader.read_noted(photo())
    assert (reading.lines, reading.notes) == ((), ())


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (31, 33), (20, 9000)])
def test_odd_sizes(reader, shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for line in reader.read(noise):
        assert 0 <= line.box[0] <= line.box[2] <= shape[1]
        assert 0 <= line.box[1] <= line.box[3] <= shape[0]


def test_text_that_touches_the_border_stays_inside(reader):
    lines = reader.read(written((300, 60), ("WIDE TEXT HERE", -4, 8, 40)))
    assert lines
    for line in lines:
        assert line.box[0] >= 0
        assert line.box[1] >= 0
        assert line.box[2] <= 300
        assert line.box[3] <= 60


@pytest.mark.slow
def test_threads_get_their_own_answers(reader):
    words = ["first visitor", "second visitor", "third visitor"]
    pictures = [written((400, 120), (word, 20, 30, 40)) for word in words]
    with ThreadPoolExecutor(2) as pool:
        assert [caption(lines) for lines in pool.map(reader.read, pictures * 2)] == words * 2


def test_reading_order_and_caption_of_lines():
    def line(text: str, *box: int) -> Line:
        return Line(text, (box[0], box[1], box[2], box[3]), 1.0)

    slanted = [line("b", 200, 12, 300, 42), line("c", 0, 60, 100, 90), line("a", 0, 0, 100, 30)]
    assert [one.text for one in reading_order(slanted)] == ["a", "b", "c"]
    assert caption(slanted) == "a b\nc"
    assert reading_order([]) == ()
    assert caption([]) == ""


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("WAIT...what?!", "wait what"),
        ("I don't  CARE\nat ‘all’, can´t", "i dont care at all cant"),
        ("One does not imgflip.com", "one does not"),
        ("so true memecenter.com MemeCenter", "so true"),
        ("Burns the house made on Imgur", "burns the house"),
        ("best quickmeme.com me", "best me"),
        ("saw it via 9GAG.COM today", "saw it today"),
        ("hi makeameme.org memegenerator.net mematic.net kapwing", "hi"),
        ("LOL @some_body.x and me@mail.org", "lol and"),
        ("see https://t.co/AbC?d=1 now www.example.in/x", "see now"),
        ("a page fb.com/some-page here", "a page here"),
        ("it's over.imgflip.com", "its over"),
        ("trust me.It is in", "trust me it is in"),
        ("#10YearChallenge 50% of $5 & more_or_less", "10yearchallenge 50 of 5 more or less"),
        ("this quick meme is made in China", "this quick meme is made in china"),
        ("हिंदी में", "हिंदी में"),
        ("won\u00adder ＦＵＬＬ width", "wonder full width"),
        ("#NAME?", ""),
        ("imgflip.com", ""),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_clean_caption(raw, clean):
    assert clean_caption(raw) == clean


@pytest.mark.slow
@given(st.text())
def test_clean_captions_hold_words_only(raw):
    clean = clean_caption(raw)
    assert clean == " ".join(clean.split())
    assert all(
        character == " " or unicodedata.category(character)[0] not in "PSCZ" for character in clean
    )


def test_a_distance_counts_characters():
    assert distance("kitten", "sitting") == 3
    assert distance("", "ab") == distance("ab", "") == 2
