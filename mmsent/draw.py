"""Draws predictions into the frames of a clip: a box and a label for each face, the moment's
emotion and words at the bottom."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mmsent.labels import CONVERSATION_COLOURS, EMOTION_COLOURS
from mmsent.media import Picture
from mmsent.results import ClipFace, Scores, VideoResult

MAX_SIGHTING_GAP = (
    0.5  # seconds between two detections of a face up to which its box is interpolated
)
LINGER = 0.15  # seconds a box stays before the first and after the last detection
SMOOTHING_WINDOW = (
    5  # detections over which the label of a face is smoothed, so that it does not flicker
)
MAX_LINES = 3  # of a moment's words; more would hide the picture
COLOURS = {**EMOTION_COLOURS, **CONVERSATION_COLOURS}
NOT_SURE = "not sure"

Plate = NDArray[np.uint8]  # (height, width, 4) RGBA, to be laid over a frame
Corners = NDArray[np.float64]  # (4,) x0, y0, x1, y1 in pixels


def label_text(scores: Scores) -> str:
    """The label of a prediction, "not sure" where the model abstains."""
    return NOT_SURE if scores.unsure else scores.top


def colour(name: str) -> tuple[int, int, int]:
    """The RGB colour of an emotion, grey for other names."""
    code = COLOURS.get(name, COLOURS["neutral"]).lstrip("#")
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


class Painter:
    """Draws one result into the frames of its clip, in the order of time or not."""

    def __init__(self, result: VideoResult) -> None:
        self._size = result.size
        self._moments = result.moments
        numbers = dict.fromkeys(face.track for face in result.faces)
        self._tracks = [
            _Track.of([face for face in result.faces if face.track == number]) for number in numbers
        ]

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


@dataclass(frozen=True, eq=False)
class _Track:
    """One face: ``times`` (K,) seconds, ``boxes`` (K, 4), and the label of each detection."""

    times: NDArray[np.float64]
    boxes: Corners
    words: list[str]

    @classmethod
    def of(cls, faces: list[ClipFace]) -> "_Track":
        half = SMOOTHING_WINDOW // 2
        around = [faces[max(0, i - half) : i + half + 1] for i in range(len(faces))]
        return cls(
            np.array([face.time for face in faces]),
            np.array([face.box for face in faces], np.float64),
            [_smoothed_label([face.emotions for face in some]) for some in around],
        )

    def at(self, time: float) -> tuple[Corners, str] | None:
        """The box, interpolated between two detections, and the label at ``time``; None where the face
        is not visible."""
        after = int(np.searchsorted(self.times, time, side="right"))
        before = after - 1
        if (
            before >= 0
            and after < len(self.times)
            and self.times[after] - self.times[before] <= MAX_SIGHTING_GAP
        ):
            share = (time - self.times[before]) / (self.times[after] - self.times[before])
            return (1 - share) * self.boxes[before] + share * self.boxes[after], self.words[before]
        if before >= 0 and time - self.times[before] <= LINGER:
            return self.boxes[before], self.words[before]
        if after < len(self.times) and self.times[after] - time <= LINGER:
            return self.boxes[after], self.words[after]
        return None


def _smoothed_label(scores: list[Scores]) -> str:
    """The label of the mean of several predictions for one face, "not sure" where the model abstains
    in most of them."""
    if 2 * sum(one.unsure for one in scores) > len(scores):
        return NOT_SURE
    return scores[0].labels[int(np.mean([one.probs for one in scores], axis=0).argmax())]


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
    """At most MAX_LINES lines that fit into ``width`` pixels, the last with "…" where there is more."""
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
    """Composites a plate over a frame with its upper left corner at (x, y), clipped to the frame."""
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + plate.shape[1], picture.shape[1]), min(y + plate.shape[0], picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = plate[y0 - y : y1 - y, x0 - x : x1 - x]
    opaque = part[..., 3:].astype(np.uint16)
    under = picture[y0:y1, x0:x1]
    under[:] = ((part[..., :3] * opaque + under * (255 - opaque)) // 255).astype(np.uint8)
