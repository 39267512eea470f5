"""Results as a visitor sees them: bars, pictures, heat maps and words. Pure functions."""

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from mmsent.labels import (
    ASPECTS,
    CONVERSATION_COLOURS,
    EMOTION_COLOURS,
    NOT_SURE,
    SENTIMENT_COLOURS,
)
from mmsent.media import Picture
from mmsent.results import Box, Face, Scores
from mmsent.ui.common.html import NOTHING, joined

SHOWN_SIDE: Final = 1600  # pixels of the longer side of a picture in the page
FAILED: Final = "This did not work. What you put in is still here: please try again in a moment."
COLOURS: Final = {
    **EMOTION_COLOURS,
    **CONVERSATION_COLOURS,
    **SENTIMENT_COLOURS,
    **{
        label: aspect.hue
        for aspect in ASPECTS.values()
        if aspect.hue
        for label in aspect.labels[1:]
    },
    "offensive": ASPECTS["offensive"].hue,
    "ironic": ASPECTS["sarcasm"].hue,
}
# Labels whose own words would not be understood without their scale; underscores are taken care of.
FRIENDLIER: Final = {
    "general": "sarcastic",
    "slight": "slightly offensive",
    "hateful_offensive": "hateful",
}
# Dark violet over red to pale yellow: brightness rises all the way, so it reads in grey too.
HEAT_COLOURS: Final = np.array(
    [[13, 8, 135], [126, 3, 168], [204, 71, 120], [248, 149, 64], [240, 249, 33]], np.float32
)
STRENGTH: Final = Markup(
    '<label class="strength">Heat map<input type="range" min="0" max="100" value="60" aria-label="Strength of the heat map">'
    "</label>"
)


def percent(p: float) -> str:
    return f"{100 * p:.0f} %"


def spoken(label: str) -> str:
    """A label as people say it: "very_funny" is "very funny"."""
    return FRIENDLIER.get(label, label.replace("_", " "))


def caption(scores: Scores) -> str:
    """What to call an answer: "happy 87 %", or "not sure" when the model abstains."""
    return NOT_SURE if scores.unsure else f"{spoken(scores.top)} {percent(scores.confidence)}"


def sentence(scores: Scores) -> str:
    """An answer as a headline: "Happy (87 %)", or "Not sure"."""
    if scores.unsure:
        return NOT_SURE.capitalize()
    return f"{spoken(scores.top).capitalize()} ({percent(scores.confidence)})"


def bars(scores: Scores, common: Mapping[str, float] | None = None) -> Markup:
    """Probabilities as a list of bars (HTML); the numbers stand beside them.

    ``common`` tells how common some labels are, 0..1: each gets a tick there.
    """
    row = Markup(
        '<li{kind}><span>{name}</span><span class="track">'
        '<span class="fill" style="width:{width:.1f}%;background:{colour}"></span>'
        '{tick}</span><span class="value">{value}</span></li>'
    )
    rows = joined(
        row.format(
            kind=" class=top" if label == scores.top else "",
            name=spoken(label),
            width=100 * p,
            colour=COLOURS.get(label, COLOURS["neutral"]),
            tick=_tick((common or {}).get(label)),
            value=percent(p),
        )
        for label, p in scores.as_dict().items()
    )
    return Markup('<ul class="bars" aria-label="Probabilities">{}</ul>').format(rows)


def _tick(share: float | None) -> Markup:
    """Its words are for screen readers and for whoever points at it."""
    if share is None:
        return NOTHING
    return Markup(
        '<span class="tick" role="img" style="left:{left:.1f}%" title="{told}" aria-label="{told}"></span>'
    ).format(left=100 * share, told=f"{percent(share)} of the test set")


def card(title: str, scores: Scores) -> Markup:
    """An answer with its bars under a title."""
    return Markup('<section class="card"><h4>{}</h4><p>{}</p>{}</section>').format(
        title, caption(scores), bars(scores)
    )


def leaning(top: str) -> Markup:
    """What stands under "Not sure"."""
    return Markup("<p>Most likely {}, but not clearly enough to say so.</p>").format(top)


def message(told: str, problem: bool = False) -> Markup:
    """One sentence in the place of an answer."""
    role = "alert" if problem else "status"
    return Markup('<p class="message" role="{}">{}</p>').format(role, told)


def box_style(box: Box, size: tuple[int, int]) -> str:
    """CSS that lays something over ``box`` of a picture of ``size`` (width, height), however large
    it is shown."""
    (x0, y0, x1, y1), (width, height) = box, size
    return (
        f"left:{100 * x0 / width:.2f}%;top:{100 * y0 / height:.2f}%;"
        f"width:{100 * (x1 - x0) / width:.2f}%;height:{100 * (y1 - y0) / height:.2f}%"
    )


def fit(picture: Picture, side: int = SHOWN_SIDE) -> Image.Image:
    """The picture with its longer side at most ``side`` pixels."""
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def window(picture: Picture, face: Face, margin: float = 0.6) -> tuple[Picture, Face]:
    """The surroundings of a face and the face in their coordinates; what is far away does not
    matter to the model."""
    x0, y0, x1, y1 = face.box
    dx, dy = round((x1 - x0) * margin), round((y1 - y0) * margin)
    left, top = max(x0 - dx, 0), max(y0 - dy, 0)
    part = picture[top : max(y1 + dy, top + 1), left : max(x1 + dx, left + 1)]
    box: Box = (x0 - left, y0 - top, x1 - left, y1 - top)
    return part, replace(
        face, box=box, landmarks=tuple((x - left, y - top) for x, y in face.landmarks)
    )


def heat_layer(heat: NDArray[np.float32]) -> Image.Image:
    """Heat (H, W) in 0..1 as a see-through RGBA picture: the more it mattered, the brighter and the
    more opaque."""
    at = np.clip(np.nan_to_num(heat), 0, 1)
    stops = np.linspace(0, 1, len(HEAT_COLOURS))
    colours = [np.interp(at, stops, channel) for channel in HEAT_COLOURS.T]
    opacity = 255 * np.minimum(1, 1.6 * at)
    return Image.fromarray(np.stack([*colours, opacity], axis=-1).astype(np.uint8), "RGBA")


def data_url(image: Image.Image, kind: str = "JPEG") -> str:
    """An image inside the page itself, so that it needs no file on the server."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 92, "subsampling": 0} if kind == "JPEG" else {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
