"""Pictures with captions whose words are known, drawn here: what mmsent.ocr is measured and tested
with.

Five kinds: ``outlined`` (the classic meme: narrow bold capitals, white with a black outline, at the
top and at the bottom), ``coloured`` (mixed case, a thin dark edge), ``small`` (18 to 22 px), all
three over photos, ``bar`` (black on a white bar above a photo) and ``noise`` (over a gradient with
coarse noise).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from mmsent.media import Picture

KINDS = ("outlined", "coloured", "small", "bar", "noise")
MARGIN = 12  # pixels between text and border
SQUEEZE = 1.3  # DejaVu Sans Bold this much narrower is about as wide as Impact
# bright: the edge is dark
COLOURS = ((255, 230, 0), (0, 255, 120), (255, 120, 200), (90, 220, 255), (255, 160, 40))
TOPS = (
    "When the code works on the first try",
    "I don't always test my code",
    "One does not simply walk past free pizza",
    "Me: I will sleep early tonight",
    "Nobody: absolutely nobody at all",
    "My boss said work from home",
    "They told me to follow my dreams",
    "What if I told you it's only Tuesday",
    "Brace yourselves, winter exams are coming",
    "Not sure if genius or just lucky",
    "Mom: we have food at home!",
    "That moment you open the fridge at 3 AM",
    "Ordered 12 tacos, shared 0",
    "First day of my new diet",
    "Told the cat to get off the table",
    "Grandma just got her first smartphone",
    "Finally fixed the bug after 8 hours",
    "How I look waiting for the bus",
    "The wifi stopped working today",
    "Bought a plant to feel responsible",
)
BOTTOMS = (
    "and now I am afraid to touch it",
    "but when I do, it's in production",
    "without taking at least two slices",
    "also me at 4 in the morning",
    "so I went back to bed",
    "had to talk to my family, they seem nice",
    "it will grow out of control",
    "I regret nothing",
    "best decision I ever made",
    "the internet never forgets",
    "and everybody lost their minds",
    "turns out it was a comma",
    "please send help and coffee",
    "why is nobody laughing?",
    "challenge accepted!",
    "it was worth every penny",
    "now we wait",
    "you get a car, and you get a car",
    "100 percent not my problem",
    "that escalated quickly",
)


@dataclass(frozen=True)
class Caption:
    """A picture (H, W, 3) with text on it, the lines of that text from top to bottom, and its
    kind."""

    picture: Picture
    lines: tuple[str, ...]
    kind: str

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def captions(count: int, seed: int = 0, size: tuple[int, int] | None = None) -> list[Caption]:
    """``count`` pictures, every kind equally often; ``size`` is (width, height), by default drawn
    from 480 to 900 px."""
    random = np.random.default_rng(seed)
    return [_caption(random, KINDS[i % len(KINDS)], size) for i in range(count)]


def _caption(random: np.random.Generator, kind: str, size: tuple[int, int] | None) -> Caption:
    width, height = size or (int(random.integers(480, 901)), int(random.integers(480, 901)))
    top, bottom = str(random.choice(TOPS)), str(random.choice(BOTTOMS))
    if kind == "outlined":
        top, bottom = top.upper(), bottom.upper()
    em = int(random.integers(18, 23) if kind == "small" else random.integers(26, 57))
    font = typeface(
        "outlined"
        if kind == "outlined"
        else str(random.choice(["bold", "plain", "serif", "default"])),
        em,
    )
    ground = _gradient(random, width, height) if kind == "noise" else photo(random, width, height)
    colour, edge, outline = (255, 255, 255), (0, 0, 0), max(1, em // 12)
    if kind == "coloured":
        colour = COLOURS[random.integers(len(COLOURS))]
    elif kind == "bar":
        colour, outline = (20, 20, 20), 0
    elif kind == "noise" and random.random() < 0.5:
        colour, edge = (0, 0, 0), (255, 255, 255)
    squeeze = SQUEEZE if kind == "outlined" else 1.0
    room = (width - 2 * MARGIN) * squeeze
    upper, lower = wrap(top, font, room), wrap(bottom, font, room)
    step = round(em * 1.25)
    if kind == "bar":
        upper, lower = upper + lower, []
        ground = np.concatenate(
            [np.full((len(upper) * step + 2 * MARGIN, width, 3), 255, np.uint8), ground]
        )
    layer = Image.new("RGBA", (round(width * squeeze), len(ground)), (*edge, 0))
    draw = ImageDraw.Draw(layer)
    starts = [MARGIN + i * step for i in range(len(upper))]
    starts += [len(ground) - MARGIN - (len(lower) - i) * step for i in range(len(lower))]
    for line, y in zip(upper + lower, starts, strict=True):
        x = MARGIN if kind == "bar" else (layer.width - font.getlength(line)) / 2
        draw.text(
            (x, y), line, (*colour, 255), font, stroke_width=outline, stroke_fill=(*edge, 255)
        )
    page = Image.fromarray(ground)
    layer = layer.resize(page.size, Image.Resampling.LANCZOS)
    page.paste(layer, mask=layer)
    return Caption(
        compressed(np.asarray(page), int(random.integers(60, 91))), tuple(upper + lower), kind
    )


def typeface(name: str, em: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if name == "default":
        return ImageFont.load_default(em)
    file = {
        "outlined": "DejaVuSans-Bold",
        "bold": "DejaVuSans-Bold",
        "plain": "DejaVuSans",
        "serif": "DejaVuSerif-Bold",
    }[name]
    return ImageFont.truetype(
        str(Path(matplotlib.get_data_path()) / "fonts/ttf" / f"{file}.ttf"), em
    )


def wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def photo(random: np.random.Generator, width: int, height: int) -> Picture:
    # below is a patch with words on it
    whole = (data.astronaut()[:270], data.coffee(), data.chelsea())[random.integers(3)]
    side = int(min(whole.shape[:2]) * random.uniform(0.6, 1))
    y, x = (int(random.integers(length - side + 1)) for length in whole.shape[:2])
    return cv2.resize(
        whole[y : y + side, x : x + side], (width, height), interpolation=cv2.INTER_CUBIC
    )


def _gradient(random: np.random.Generator, width: int, height: int) -> Picture:
    corners = random.integers(40, 216, (2, 2, 3)).astype(np.float32)
    smooth = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    coarse = cv2.resize(random.normal(scale=25, size=(height // 4, width // 4, 3)), (width, height))
    return np.clip(smooth + coarse + random.normal(scale=12, size=smooth.shape), 0, 255).astype(
        np.uint8
    )


def compressed(picture: Picture, quality: int) -> Picture:
    """As it comes out of a JPEG."""
    encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])
