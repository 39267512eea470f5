"""A review pipeline that needs no checkpoint: words from a list pull, and word i looks at patch i
of the photo."""

import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmsent.cancel import Cancel, stop_if
from mmsent.labels import SENTIMENTS
from mmsent.media import ImageSource, MediaError, image_notes, open_image
from mmsent.pipelines.review_notes import NO_PHOTO, NO_TEXT
from mmsent.results import ReviewResult, Scores

PULLS = {"awful": 0.8, "cold": 1.2, "never": 0.4, "lovely": -0.6}  # toward negative
TEXT = "The soup  was\n\tawful.  Lovely staff 😀"
PHOTO = np.full((200, 600, 3), 127, np.uint8)
GRID = (2, 3)
SLOW, RELEASED = "slowly", threading.Event()  # the reasons of such a text wait
WAITS = 30.0  # seconds, at most
LIMIT = 20_000  # characters
NASTY = "<img src=x onerror=window.hacked=1> ${window.hacked=1} {{value}} `${1}` \\u0041 &lt;b&gt;\n\n  end 😀"


def scores(top: str = "negative", p: float = 0.8, unsure: bool = False) -> Scores:
    return Scores(
        SENTIMENTS, tuple(p if name == top else (1 - p) / 2 for name in SENTIMENTS), unsure
    )


def review(text: str = "", photo: bool = False, **changes: Any) -> ReviewResult:
    """What FakeReview answers, with fields replaced by ``changes``."""
    found = list(re.finditer(r"\S+", text))
    patches = GRID[0] * GRID[1] if photo else 0
    attention = np.zeros((len(found) or 1, patches), np.float32)
    for index in range(len(attention) if photo else 0):
        # the second word finds nothing in the photo
        attention[index, index % patches] = 0.01 if index == 1 else 0.6
    sides = {"text": scores("negative", 0.9)} if found else {}
    if photo:
        sides["image"] = scores("positive", 0.7)
    fields: dict[str, Any] = {
        "text": text,
        "sentiment": scores(),
        "tokens": tuple(match.group() for match in found),
        "spans": tuple(match.span() for match in found),
        "attributions": tuple(
            PULLS.get(match.group().strip(".,!").lower(), 0.0) for match in found
        ),
        "attention": attention,
        "grid": GRID if photo else (0, 0),
        "image_weight": float(attention.sum(axis=1).mean()),
        "contributions": sides,
        "conflict": len(sides) == 2,
        "notes": () if len(sides) == 2 else (NO_PHOTO if found else NO_TEXT,),
    }
    return ReviewResult(**fields | changes)


def wait_for_release(cancelled: Cancel) -> None:
    """Until RELEASED is set. Raises Cancelled."""
    until = time.monotonic() + WAITS
    while not RELEASED.wait(0.02) and time.monotonic() < until:
        stop_if(cancelled)


class FakeReview:
    """Takes what the real pipeline takes and raises what it raises."""

    metrics: dict[str, Any] | None = None
    folder = Path()
    image = SimpleNamespace(size=8)

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds  # that reasons take

    def reasons_seconds(self, text: str) -> float:
        return self.seconds

    def classify(self, texts: Sequence[str], images: Sequence[Any]) -> list[Scores]:
        return [
            self.predict(text or "", image, reasons=False).sentiment
            for text, image in zip(texts, images, strict=True)
        ]

    def notes(self, text: str | None, has_photo: bool) -> tuple[str, ...]:
        return () if has_photo else (NO_PHOTO,)

    def predict(
        self,
        text: str,
        image: ImageSource | None = None,
        reasons: bool = True,
        cancelled: Cancel = None,
    ) -> ReviewResult:
        if reasons and SLOW in text:
            wait_for_release(cancelled)
        if not text.strip() and image is None:
            raise MediaError("Please write a review, add a photo, or both.")
        if len(text) > LIMIT:
            raise MediaError(f"The text has {len(text):,} characters; at most {LIMIT:,} are read.")
        if image is None:
            return review(text)
        open_image(image)
        result = review(text, photo=True)
        return replace(result, notes=(*image_notes(image), *result.notes))


def as_json(result: ReviewResult) -> dict[str, Any]:
    """The result as a client gets it."""
    return json.loads(json.dumps(result.to_dict()))
