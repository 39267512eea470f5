"""Words that lie on their side or upside down are turned, or left out with a note."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mmsent.media import Picture
from mmsent.ocr import TextReader, caption
from mmsent.ocr.turns import MAX_RETRIED_LINES, read_turned

WORDS = ("NOBODY ASKED FOR THIS", "YET HERE WE ARE")


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def page(size: tuple[int, int], *words: tuple[str, int, int, int]) -> Image.Image:
    """A page of (width, height) with (text, x, y, em) on it."""
    made = Image.new("RGB", size, (70, 90, 140))
    for text, x, y, em in words:
        ImageDraw.Draw(made).text((x, y), text, "white", ImageFont.load_default(em))
    return made


def meme() -> Image.Image:
    return page((620, 440), (WORDS[0], 60, 20, 42), (WORDS[1], 110, 370, 42))


def pixels(image: Image.Image) -> Picture:
    return np.asarray(image)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_meme_is_read_whichever_way_it_lies(reader, degrees):
    reading = reader.read_noted(pixels(meme().rotate(degrees, expand=True)))
    assert caption(reading.lines) == "\n".join(WORDS)
    assert reading.notes == (("2 lines were turned upright to be read.",) if degrees else ())


def test_corners_begin_at_the_first_letter(reader):
    upright = reader.read(pixels(meme()))[0]
    turned = reader.read(pixels(meme().rotate(180)))[0]
    (x0, y0), (x1, _), *_ = upright.corners
    assert x0 < x1
    (u0, v0), (u1, _), *_ = turned.corners
    assert u0 > u1
    assert abs(u0 - (620 - x0)) < 12
    assert abs(v0 - (440 - y0)) < 12
    assert turned.box[0] < turned.box[2]


def test_short_words_follow_the_rest_of_the_picture(reader):
    """WOW upside down is as good a word as MOM."""
    made = page((620, 440), (WORDS[0], 60, 20, 42), ("MOM", 250, 370, 42)).rotate(180)
    assert caption(reader.read(pixels(made))) == f"{WORDS[0]}\nMOM"


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_watermark_up_the_side_is_left_out(reader, degrees):
    side = page((400, 36), ("seen at pictures dot example", 10, 2, 24)).rotate(degrees, expand=True)
    made = meme()
    made.paste(side, (580, 10))
    reading = reader.read_noted(pixels(made))
    assert caption(reading.lines) == "\n".join(WORDS)
    assert reading.notes == (
        "1 line was left out: up the side, where watermarks and credits stand.",
    )


def test_what_is_hard_to_read_is_left_out(reader):
    scrawl = np.random.default_rng(5)
    made = meme()
    draw = ImageDraw.Draw(made)
    draw.text((60, 180), "scribbled", (200, 205, 215), ImageFont.load_default(44))
    for _ in range(26):  # struck through until nobody could read it
        x, y = scrawl.integers(50, 240), scrawl.integers(180, 235)
        draw.line((x, y, x + scrawl.integers(-60, 60), y + scrawl.integers(-40, 40)), "white", 4)
    reading = reader.read_noted(pixels(made))
    assert caption(reading.lines) == "\n".join(WORDS)
    assert reading.notes == ("1 line was left out: hard to read.",)


@pytest.mark.parametrize("sign", ["8", "101", "SOS"])
def test_a_few_letters_do_not_prove_that_they_are_turned(sign):
    """Such a sign is the same word upside down, so it may be read better so."""
    corners = np.array([(0, 0), (90, 0), (90, 30), (0, 30)], np.float32)

    def read(four: np.ndarray) -> tuple[str, float]:
        return (sign, 0.8) if four[0, 0] == 0 else (sign, 0.99)

    (line,) = read_turned([corners], read)
    assert line.quarters == 0


def test_no_more_than_a_few_poor_lines_are_tried():
    corners = [
        np.array([(0, y), (90, y), (90, y + 30), (0, y + 30)], np.float32) for y in range(50)
    ]
    asked = []

    def read(four: np.ndarray) -> tuple[str, float]:
        asked.append(four)
        return "texture", 0.5

    assert len(read_turned(corners, read)) == 50
    assert len(asked) == 50 + MAX_RETRIED_LINES
