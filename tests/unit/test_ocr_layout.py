"""Columns, speech bubbles and slanted captions are read in the order in which people read them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from bench.layouts import LAYOUTS, layouts
from bench.ocr import distance, fold
from mmsent.ocr import TextReader, caption, reading_order
from mmsent.results import Line


def line(text: str, *box: int) -> Line:
    return Line(text, (box[0], box[1], box[2], box[3]), 1.0)


def column(words: str, x: int, y: int, step: int = 26) -> list[Line]:
    return [
        line(text, x, y + i * step, x + 250, y + i * step + 25)
        for i, text in enumerate(words.split())
    ]


def order(lines: list[Line]) -> str:
    """Their words, however the lines come."""
    shuffled = [lines[i] for i in np.random.default_rng(0).permutation(len(lines))]
    return " ".join(one.text for one in reading_order(shuffled))


def test_columns_are_read_one_after_the_other():
    assert order([*column("a b c d", 20, 30), *column("e f g", 330, 32)]) == "a b c d e f g"


def test_a_headline_belongs_to_no_column():
    headline = [line("top", 20, 4, 580, 29)]
    assert order([*headline, *column("a b c", 20, 34), *column("d e f", 330, 34)]) == (
        "top a b c d e f"
    )


def test_bubbles_are_read_from_the_top_down():
    left, right = column("a b", 20, 30), column("c d e", 400, 90)
    assert order([*left, *right, *column("f", 40, 200)]) == "a b c d e f"


def test_bubbles_side_by_side_are_read_from_the_left():
    assert order([*column("a b", 20, 50), *column("c d", 400, 36)]) == "a b c d"


def test_panels_are_read_row_by_row():
    panels = [column(words, x, y) for words, x, y in [("a b", 20, 30), ("c d", 400, 30)]]
    panels += [column(words, x, y) for words, x, y in [("e f", 20, 300), ("g h", 400, 300)]]
    assert order([one for panel in panels for one in panel]) == "a b c d e f g h"
    assert caption(panels[0] + panels[1]) == "a\nb\nc\nd"


def test_pieces_of_one_line_stay_together():
    pieces = [line("a", 20, 30, 200, 55), line("b", 212, 31, 400, 56), line("c", 30, 60, 390, 85)]
    assert order(pieces) == "a b c"
    assert caption(pieces) == "a b\nc"


def test_of_blocks_that_go_in_a_circle_the_highest_is_read_first():
    """a is left of b, b left of c, and c above a."""
    circle = [line("a", 0, 40, 50, 140), line("b", 300, 0, 350, 95), line("c", 600, 20, 650, 50)]
    assert order(circle) == "b c a"


def test_a_slanted_caption_is_read_line_by_line():
    page = Image.new("RGB", (760, 300), "white")
    words = ["nobody at all asked for", "this long explanation", "of a very short joke"]
    for i, text in enumerate(words):
        ImageDraw.Draw(page).text((60, 40 + 60 * i), text, "black", ImageFont.load_default(46))
    reader = TextReader()
    for degrees in (-14, 14):
        turned = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
        assert caption(reader.read(np.asarray(turned))) == "\n".join(words)


@pytest.mark.parametrize("seed", [11, 12])
def test_layouts_of_every_kind(seed):
    reader, drawn = TextReader(), layouts(len(LAYOUTS), seed)
    assert [one.kind for one in drawn] == list(LAYOUTS)
    for one in drawn:
        wrong = distance(fold(caption(reader.read(one.picture))), fold(one.text))
        assert wrong <= 0.1 * len(fold(one.text)), one.kind
