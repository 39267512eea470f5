"""The picture that stands beside the page's address where somebody shares it."""

import io
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from mmsent.ui.common.assets import EXAMPLES
from mmsent.ui.common.thumbnails import centre_of

SIZE: Final = (1200, 630)  # pixels, which Open Graph and cards of X share
EDGE: Final = 72
GROUND, INK, FAINT = "#0b1220", "#ffffff", "#a3b1c6"
PICTURE: Final = (252, 189)
TITLE, LINE, NAME = 76, 34, 30  # pixels of letters


@cache
def social_card(title: str, line: str, entries: tuple[tuple[str, str], ...]) -> bytes:
    """A JPEG of SIZE: ``title`` over ``line``, which is broken where it is too long, and, for each of
    at most four ``entries``, an example, named without its ending, over a word."""
    card = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(card)
    draw.text((EDGE, EDGE), title, INK, ImageFont.load_default(TITLE))
    font = ImageFont.load_default(LINE)
    draw.multiline_text((EDGE, EDGE + 112), _broken(line, font), FAINT, font, spacing=12)
    gap = (SIZE[0] - 2 * EDGE - 4 * PICTURE[0]) // 3
    top = SIZE[1] - EDGE - NAME - 18 - PICTURE[1]
    for column, (picture, name) in enumerate(entries):
        left = EDGE + column * (PICTURE[0] + gap)
        with Image.open(EXAMPLES / f"{picture}.jpg") as example:
            shown = ImageOps.fit(example.convert("RGB"), PICTURE, centering=centre_of(picture))
        mask = Image.new("L", PICTURE)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *PICTURE), 16, 255)
        card.paste(shown, (left, top), mask)
        draw.text((left, top + PICTURE[1] + 14), name, INK, ImageFont.load_default(NAME))
    file = io.BytesIO()
    card.save(file, "JPEG", quality=82, optimize=True)
    return file.getvalue()


def _broken(line: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    """In lines that fit."""
    lines = [""]
    for word in line.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > SIZE[0] - 2 * EDGE:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
