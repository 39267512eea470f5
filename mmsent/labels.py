"""Every label of the project: order, spelling and colour, in one place.

The orders are those of the data sets the models learn from, so index *i* of a probability vector is
entry *i* here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

# FER2013, 0..6
FACE_EMOTIONS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
# MELD
CONVERSATION_EMOTIONS: Final = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
SENTIMENTS: Final = ("negative", "neutral", "positive")

NOT_SURE: Final = "not sure"  # in the place of a label, when the model abstains

FACE_TO_CONVERSATION: Final = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "joy",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
}

# Okabe-Ito hues, which stay apart under the common forms of colour blindness; the page always
# writes the word too.
EMOTION_COLOURS: Final = {
    "angry": "#d55e00",
    "disgust": "#7a9a01",
    "fear": "#a06bc9",
    "happy": "#f0b400",
    "sad": "#0072b2",
    "surprise": "#e377a8",
    "neutral": "#8a929c",
}
SENTIMENT_COLOURS: Final = {"negative": "#d55e00", "neutral": "#8a929c", "positive": "#0072b2"}

CONVERSATION_COLOURS: Final = {
    FACE_TO_CONVERSATION[name]: colour for name, colour in EMOTION_COLOURS.items()
}
# the feeling an emotion belongs to, as MELD's annotators mostly have it; surprise may be either
EMOTION_TO_SENTIMENT: Final = {
    "anger": "negative",
    "disgust": "negative",
    "fear": "negative",
    "joy": "positive",
    "neutral": "neutral",
    "sadness": "negative",
    "surprise": None,
}


@dataclass(frozen=True)
class Aspect:
    """Something that memes are judged by: its ``labels``, the name it has on the page, and the hue of
    its bars but that of the first label, which is grey; None: each label has its own."""

    labels: tuple[str, ...]
    title: str
    hue: str | None = None


# Whatever a meme checkpoint may judge, by the data set it is learnt from; a new aspect is added here
# and in train/meme alone. HarMeme's 1, somewhat harmful, and 2, very harmful, are one.
HARMEME: Final = {"harmful": Aspect(("not_harmful", "harmful"), "Harm", "#a06bc9")}
# Memotion 7k's spelling and order; all but the last are steps of one scale.
MEMOTION: Final = {
    "sentiment": Aspect(SENTIMENTS, "Overall sentiment"),
    "humour": Aspect(("not_funny", "funny", "very_funny", "hilarious"), "Humour", "#f0b400"),
    "sarcasm": Aspect(
        ("not_sarcastic", "general", "twisted_meaning", "very_twisted"), "Sarcasm", "#009e73"
    ),
    "offensive": Aspect(
        ("not_offensive", "slight", "very_offensive", "hateful_offensive"), "Offence", "#d55e00"
    ),
    "motivational": Aspect(("not_motivational", "motivational"), "Motivation", "#0072b2"),
}
ASPECTS: Final = HARMEME | MEMOTION
HARMEME_ASPECTS: Final = {name: aspect.labels for name, aspect in HARMEME.items()}
MEMOTION_ASPECTS: Final = {name: aspect.labels for name, aspect in MEMOTION.items()}
MEME_ASPECTS: Final = {name: aspect.labels for name, aspect in ASPECTS.items()}
# Ekman's six and neutral -> the labels of GoEmotions that belong to each (Demszky et al. 2020)
EKMAN: Final = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        *("joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief"),
        *("pride", "admiration", "desire", "caring"),
    ),
    "neutral": ("neutral",),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
}
# what the words of a meme say by themselves, as far as a table tells it
MEME_WORDS: Final = {
    "offence": ("not_offensive", "offensive"),
    "irony": ("not_ironic", "ironic"),
    "sentiment": SENTIMENTS,
    "emotion": tuple(EKMAN),
}


def segments(tasks: Mapping[str, Sequence[str]]) -> dict[str, slice]:
    """Where the labels of each task stand in a row that holds those of all, one task's after the
    other's."""
    ends = accumulate(len(labels) for labels in tasks.values())
    return {
        task: slice(end - len(labels), end)
        for (task, labels), end in zip(tasks.items(), ends, strict=True)
    }
