"""A meme pipeline that needs no checkpoint: it reads the same caption on every picture that is not
black."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmsent.cancel import Cancel
from mmsent.captions import clean_caption
from mmsent.labels import HARMEME_ASPECTS, MEME_ASPECTS, MEME_WORDS
from mmsent.media import ImageSource, MediaError, image_notes, open_image
from mmsent.pipelines.meme_inputs import NO_PICTURE, NO_WORDS
from mmsent.results import Line, MemeResult, Scores
from mmsent.ui.meme.figures import figures_of, word_figures_of
from tests.review_fake import SLOW, wait_for_release

SAID = {
    "irony": "ironic",
    "sentiment": "negative",
    "emotion": "anger",
}
GRID = (2, 3)
LIMIT = 20_000  # characters
# of 600 x 200 pixels
LINES = (Line("AWFUL Soup!", (60, 20, 540, 60), 0.98), Line("so funny", (180, 140, 420, 180), 0.71))
CAPTION = "AWFUL Soup!\nso funny"
PULLS = {"awful": {"sentiment": 0.8, "offensive": 1.2, "humour": -0.4}, "funny": {"humour": 0.9}}
TOPS = {
    "harmful": "not_harmful",
    "sentiment": "negative",
    "humour": "very_funny",
    "sarcasm": "twisted_meaning",
    "motivational": "not_motivational",
}


def scores(aspect: str, top: str, p: float = 0.6, unsure: bool = False) -> Scores:
    return scores_of(MEME_ASPECTS[aspect], top, p, unsure)


def scores_of(labels: Sequence[str], top: str, p: float = 0.6, unsure: bool = False) -> Scores:
    return Scores(
        tuple(labels),
        tuple(p if label == top else (1 - p) / (len(labels) - 1) for label in labels),
        unsure,
    )


def meme(
    text: str | None = None,
    picture: bool = True,
    size: tuple[int, int] = (600, 200),
    **changes: Any,
) -> MemeResult:
    """What FakeMeme answers, with fields replaced by ``changes``; ``text`` None is what it reads on
    a picture.

    Aspect number i is pulled most by place number i, hardly where the text is "dull", and the last
    place pulls away.
    """
    shown = CAPTION if text is None else text
    tokens = tuple(clean_caption(shown).split())
    pulls = {
        aspect: np.zeros(GRID[0] * GRID[1] if picture else 0, np.float32) for aspect in MEME_ASPECTS
    }
    for index, pull in enumerate(pulls.values()):
        pull[-1:] = -0.3
        pull[index : index + 1] = 0.009 if shown == "dull" else 0.3
    tops = TOPS | {"offensive": "very_offensive" if "awful" in tokens else "not_offensive"}
    said = SAID | {"offence": "offensive" if "awful" in tokens else "not_offensive"}
    fields: dict[str, Any] = {
        "text": shown,
        "aspects": {
            aspect: scores(aspect, tops[aspect], unsure=aspect == "sarcasm")
            for aspect in MEME_ASPECTS
        },
        "words": {name: scores_of(labels, said[name], 0.78) for name, labels in MEME_WORDS.items()}
        if tokens
        else {},
        "lines": LINES if picture and text is None else (),
        "tokens": tokens,
        "attributions": {
            aspect: tuple(PULLS.get(token, {}).get(aspect, 0.0) for token in tokens)
            for aspect in MEME_ASPECTS
        },
        "picture_pull": pulls,
        "grid": GRID if picture else (0, 0),
        "size": size if picture else (0, 0),
        "notes": () if tokens and picture else (NO_WORDS,) if picture else (NO_PICTURE,),
    }
    return MemeResult(**fields | changes)


def figures(aspect: str, **more: Any) -> dict[str, Any]:
    """A part of metrics.json."""
    labels = (MEME_ASPECTS | MEME_WORDS)[aspect]
    view = {"mean": 0.287, "spread": 0.011, "each": [0.27, 0.29, 0.3]}
    whole = {
        "n": 645,
        "accuracy": 0.412,
        "floor_accuracy": 0.355,
        "macro_f1": 0.291,
        "ece": 0.034,
        "ece_limit": 0.062,
    }
    floors = {
        "p_value": 0.0005,
        "guessing": 0.252,
        "tfidf": 0.261,
        "views": dict.fromkeys(VIEWS, view),
    }
    per_class = {
        label: {"precision": 0.3, "recall": 0.43, "f1": 0.3, "n": 645 // len(labels)}
        for label in labels
    }
    return whole | floors | {"per_class": per_class} | more


VIEWS = ("fused", "text_only", "image_only")
METRICS = {
    "test": {aspect: figures(aspect) for aspect in MEME_ASPECTS}
    | {"motivational": figures("motivational", p_value=0.31)},
    "words": {name: figures(name, macro_f1=0.7) for name in MEME_WORDS},
}
SOURCES = {
    aspect: "harmeme" if aspect in HARMEME_ASPECTS else "memotion" for aspect in MEME_ASPECTS
}
FIGURES, WORDS = figures_of(METRICS, SOURCES), word_figures_of(METRICS)


class FakeMeme:
    """Takes what the real pipeline takes and raises what it raises."""

    metrics: dict[str, Any] | None = METRICS
    folder = Path()
    sources = SOURCES

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds  # that reasons take

    def reasons_seconds(self, result: MemeResult) -> float:
        return self.seconds

    def predict(
        self, image: ImageSource | None, text: str | None = None, reasons: bool = True
    ) -> MemeResult:
        picture = None if image is None else open_image(image)
        if text is None and (picture is None or not picture.any()):
            text = ""  # nothing is written on black
        if text is not None and len(text) > LIMIT:
            raise MediaError(
                f"The text has {len(text):,} characters; at most {LIMIT:,} are read at once."
            )
        if picture is None:
            if not clean_caption(text):
                raise MediaError("There is nothing to read: please add a picture, a text, or both.")
            result = meme(text, picture=False)
        else:
            result = meme(text, size=(picture.shape[1], picture.shape[0]))
            result = replace(result, notes=(*image_notes(image), *result.notes))
        return result if reasons else replace(result, attributions={}, picture_pull={})

    def explain(
        self, result: MemeResult, image: ImageSource | None, cancelled: Cancel = None
    ) -> MemeResult:
        if SLOW in result.text:
            wait_for_release(cancelled)
        if image is not None:
            open_image(image)
        whole = meme(result.text, picture=image is not None)
        reasons = {"attributions": whole.attributions, "picture_pull": whole.picture_pull}
        return replace(result, **reasons)


def as_json(result: MemeResult) -> dict[str, Any]:
    """The result as a client gets it."""
    return json.loads(json.dumps(result.to_dict()))
