"""Pictures on which words are laid out in other ways than a caption's, drawn here as those of
bench.captions are.

Five kinds: ``bubbles`` (speech bubbles over a photo, now left, now right), ``columns`` (two columns
of text, every other time under a headline), ``turned`` (a meme on its side or upside down),
``slanted`` (a meme turned by 3 to 20 degrees) and ``faint`` (words that differ from their ground by
16 to 40 of 255 levels).
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.captions import BOTTOMS, TOPS, Caption, captions, compressed, photo, typeface, wrap
from mmsent.media import Picture

LAYOUTS = ("bubbles", "columns", "turned", "slanted", "faint")
LEADING = 1.25  # height of a line in em
MARGIN = 24

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def layouts(count: int, seed: int = 0) -> list[Caption]:
    """``count`` pictures, every kind equally often."""
    random = np.random.default_rng(seed)
    draw = {
        "bubbles": _bubbles,
        "columns": _columns,
        "turned": _turned,
        "slanted": _slanted,
        "faint": _faint,
    }
    return [draw[LAYOUTS[i % len(LAYOUTS)]](random) for i in range(count)]


def _bubbles(random: np.random.Generator) -> Caption:
    width, height, number = 720, 800, 4
    page = Image.fromarray(photo(random, width, height))
    draw, em = ImageDraw.Draw(page), int(random.integers(20, 29))
    face, step, lines = _face(random, em), round(em * LEADING), []
    for i, words in enumerate(random.choice(TOPS + BOTTOMS, number, replace=False)):
        said = wrap(str(words), face, 220)
        lines += said
        wide = max(face.getlength(line) for line in said)
        left = MARGIN if i % 2 == 0 else width - MARGIN - 2 * em - wide
        x, y = left + em, 40 + i * (height - 80) // number + int(random.integers(0, 20))
        frame = (left, y - em, left + wide + 2 * em, y + len(said) * step + em)
        draw.rounded_rectangle(frame, 1.5 * em, "white", (20, 20, 20), 3)
        for row, line in enumerate(said):  # centred, as letterers do
            draw.text((x + (wide - face.getlength(line)) / 2, y + row * step), line, "black", face)
    return _drawn(random, page, lines, "bubbles")


def _columns(random: np.random.Generator) -> Caption:
    width, height, em = 760, 640, int(random.integers(18, 25))
    page = Image.new("RGB", (width, height), (250, 250, 245))
    draw, face, step = ImageDraw.Draw(page), _face(random, em), round(em * LEADING)
    lines, y = [], MARGIN
    if random.random() < 0.5:
        headline = str(random.choice(TOPS))
        draw.text((MARGIN, y), headline, (160, 20, 20), _face(random, 28))
        lines.append(headline)
        y += 50
    gutter = random.uniform(1.5, 3) * em
    room = (width - 2 * MARGIN - gutter) / 2
    said = [str(words) for words in random.choice(TOPS + BOTTOMS, 10, replace=False)]
    for column in range(2):
        text = ". ".join(said[5 * column : 5 * column + 5]) + "."
        for row, line in enumerate(wrap(text, face, room)):
            draw.text((MARGIN + column * (room + gutter), y + row * step), line, (25, 25, 30), face)
            lines.append(line)
    return _drawn(random, page, lines, "columns")


def _turned(random: np.random.Generator) -> Caption:
    meme = captions(1, int(random.integers(1 << 30)))[0]
    quarters = int(random.integers(1, 4))
    return Caption(np.ascontiguousarray(np.rot90(meme.picture, quarters)), meme.lines, "turned")


def _slanted(random: np.random.Generator) -> Caption:
    meme = captions(1, int(random.integers(1 << 30)))[0]
    degrees = random.uniform(3, 20) * random.choice([-1, 1])
    page = Image.fromarray(meme.picture).rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(90, 90, 90)
    )
    return _drawn(random, page, list(meme.lines), "slanted")


def _faint(random: np.random.Generator) -> Caption:
    width, height, em = 640, 480, int(random.integers(26, 45))
    ground = random.integers(60, 196, 3)
    grain = random.normal(scale=3, size=(height, width, 3))
    page = Image.fromarray(np.clip(ground + grain, 0, 255).astype(np.uint8))
    ink = tuple(int(level) for level in ground + random.choice([-1, 1]) * random.integers(16, 41))
    draw, face, lines = ImageDraw.Draw(page), _face(random, em), []
    for words, y in ((random.choice(TOPS), MARGIN), (random.choice(BOTTOMS), height // 2)):
        for row, line in enumerate(wrap(str(words), face, width - 2 * MARGIN)):
            draw.text((MARGIN, y + row * em * LEADING), line, ink, face)
            lines.append(line)
    return _drawn(random, page, lines, "faint")


def _face(random: np.random.Generator, em: int) -> Font:
    return typeface(str(random.choice(["bold", "plain", "serif", "default"])), em)


def _drawn(random: np.random.Generator, page: Image.Image, lines: list[str], kind: str) -> Caption:
    picture: Picture = compressed(np.asarray(page), int(random.integers(60, 91)))
    return Caption(picture, tuple(lines), kind)
