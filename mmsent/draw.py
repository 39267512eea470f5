"""Draws predictions into the frames of a clip: a box and a label for each face, the moment's
emotion and words at the bottom."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mmsent.labels import CONVERSATION_COLOURS, EMOTION_COLOURS
from mmsent.media import Picture
from mmsent.results import VideoResult
from mmsent.sightings import label_text, sightings_of

MAX_LINES = 3  # of a moment's words; more would hide the picture
COLOURS = {**EMOTION_COLOURS, **CONVERSATION_COLOURS}

Plate = NDArray[np.uint8]  # (height, width, 4) RGBA, to be laid over a frame


def colour(name: str) -> tuple[int, int, int]:
    """The RGB colour of an emotion, grey for other names."""
    code = COLOURS.get(name, COLOURS["neutral"]).lstrip("#")
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


class Painter:
    """Draws one result into the frames of its clip, in the order of time or not."""

    def __init__(self, result: VideoResult) -> None:
        self._size = result.size
        self._moments = result.moments
        self._tracks = sightings_of(result.faces)

    def draw(self, picture: Picture, time: float) -> Picture:
        """A copy of an RGB frame with the predictions for ``time`` seconds drawn on it."""
        drawn = np.array(picture)
        height, width = drawn.shape[:2]
        scale = (
            np.array([width, height] * 2) / np.array(self._size * 2)
            if all(self._size)
            else np.ones(4)
        )
        thick = max(1, round(height / 240))
        for track in self._tracks:
            sighting = track.at(time)
            if sighting:
                corners, name = sighting
                x0, y0, x1, y1 = (int(value) for value in np.round(corners * scale))
                cv2.rectangle(drawn, (x0, y0), (x1, y1), colour(name), thick)
                plate = _plate(name, colour(name), max(11, height // 28))
                _overlay(drawn, plate, x0, y0 - plate.shape[0] if y0 >= plate.shape[0] else y1)
        for moment in self._moments:
            if moment.start <= time < moment.end:
                strip = _strip(
                    label_text(moment.emotion), moment.text, width, max(11, height // 22)
                )
                _overlay(drawn, strip, 0, height - strip.shape[0])
                break
        return drawn


@lru_cache(maxsize=64)
def _plate(text: str, ground: tuple[int, int, int], size: int) -> Plate:
    """A label on a background of its own."""
    font = ImageFont.load_default(size)
    image = Image.new(
        "RGBA", (round(font.getlength(text)) + size, round(size * 1.4)), (*ground, 255)
    )
    ImageDraw.Draw(image).text((size / 2, size * 0.7), text, "black", font, anchor="lm")
    return np.asarray(image)


@lru_cache(maxsize=4)
def _strip(name: str, text: str, width: int, size: int) -> Plate:
    """The emotion of a moment and its words, over the whole width on a dark, translucent
    background."""
    font = ImageFont.load_default(size)
    plate = _plate(name, colour(name), size)
    lines = _wrap_lines(text, font, width - 2 * size)
    image = Image.new("RGBA", (width, round(size * (2.2 + 1.3 * len(lines)))), (0, 0, 0, 150))
    image.paste(Image.fromarray(plate), (size, round(size * 0.4)))
    for i, line in enumerate(lines):
        ImageDraw.Draw(image).text((size, size * (2.6 + 1.3 * i)), line, "white", font, anchor="lm")
    return np.asarray(image)


def _wrap_lines(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float
) -> list[str]:
    """At most MAX_LINES lines that fit into ``width`` pixels, the last with "…" where there is
    more."""
    lines: list[str] = []
    for part in text.split():
        longer = f"{lines[-1]} {part}" if lines else part
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return (
        lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], f"{lines[MAX_LINES - 1]} …"]
    )


def _overlay(picture: Picture, plate: Plate, x: int, y: int) -> None:
    """Composites a plate over a frame with its upper left corner at (x, y), clipped to the
    frame."""
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + plate.shape[1], picture.shape[1]), min(y + plate.shape[0], picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = plate[y0 - y : y1 - y, x0 - x : x1 - x]
    opaque = part[..., 3:].astype(np.uint16)
    under = picture[y0:y1, x0:x1]
    under[:] = ((part[..., :3] * opaque + under * (255 - opaque)) // 255).astype(np.uint8)
