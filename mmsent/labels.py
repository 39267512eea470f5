"""Every label of the project: order, spelling and colour, in one place.

The orders are those of the data sets the models learn from, so index *i* of a probability vector is
entry *i* here.
"""

from collections.abc import Mapping, Sequence
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

# Memotion 7k's spelling and order; all but the last are steps of one scale.
MEME_ASPECTS: Final = {
    "sentiment": SENTIMENTS,
    "humour": ("not_funny", "funny", "very_funny", "hilarious"),
    "sarcasm": ("not_sarcastic", "general", "twisted_meaning", "very_twisted"),
    "offensive": ("not_offensive", "slight", "very_offensive", "hateful_offensive"),
    "motivational": ("not_motivational", "motivational"),
}


def segments(tasks: Mapping[str, Sequence[str]]) -> dict[str, slice]:
    """Where the labels of each task stand in a row that holds those of all, one task's after the
    other's."""
    ends = accumulate(len(labels) for labels in tasks.values())
    return {
        task: slice(end - len(labels), end)
        for (task, labels), end in zip(tasks.items(), ends, strict=True)
    }
