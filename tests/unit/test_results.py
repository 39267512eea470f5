"""What the results say as JSON: names that others call them by, so none may come or go unseen."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmsent.labels import MEME_ASPECTS, MEMOTION_ASPECTS
from mmsent.results import (
    ClipFace,
    Face,
    FaceResult,
    Line,
    MemeResult,
    Moment,
    ReviewResult,
    Scores,
    VideoResult,
)

SURE = Scores(("a", "b"), (0.75, 0.25), False)
FACE = Face((1, 2, 3, 4), 0.9, None, SURE)
MOMENT = Moment(0.0, 1.0, "Hi.", SURE, SURE, {"text": SURE}, {"text": 1.0})
CLIP_FACE = ClipFace(0.5, (1, 2, 3, 4), 1, SURE)


def keys(result) -> set[str]:
    told = result.to_dict()
    json.dumps(told)
    return set(told)


def test_scores_and_faces():
    assert SURE.to_dict() == {
        "top": "a",
        "confidence": 0.75,
        "unsure": False,
        "probs": {"a": 0.75, "b": 0.25},
    }
    assert keys(FACE) == {"box", "detection", "track", "emotions", "landmarks", "quality"}
    assert FACE.to_dict()["emotions"] == SURE.to_dict()
    told = FaceResult((FACE,), (9, 8), ("a note",)).to_dict()
    assert told == {"size": [9, 8], "faces": [FACE.to_dict()], "notes": ["a note"]}


def test_reviews():
    result = ReviewResult(
        "Hi.",
        SURE,
        ("Hi.",),
        ((0, 3),),
        (0.5,),
        np.ones((1, 1), np.float32),
        (1, 1),
        1.0,
        {"text": SURE},
    )
    names = {
        "text",
        "sentiment",
        "words",
        "attention",
        "grid",
        "image_weight",
        "contributions",
        "conflict",
        "notes",
        "phrases",
        "shares",
    }
    assert keys(result) == names
    (word,) = result.to_dict()["words"]
    assert word == {"word": "Hi.", "span": [0, 3], "attribution": 0.5, "pull": 0.5}
    (unasked,) = replace(result, attributions=()).to_dict()["words"]
    assert unasked["attribution"] is None
    assert result.to_dict()["contributions"] == {"text": SURE.to_dict()}


def test_memes():
    aspects, lines = dict.fromkeys(MEME_ASPECTS, SURE), (Line("Hi.", (1, 2, 3, 4), 0.9),)
    rude = Scores(("not_offensive", "offensive"), (0.1, 0.9), False)
    result = MemeResult("Hi.", aspects, {"offence": rude}, lines=lines, tokens=("hi",))
    names = {
        "text",
        "aspects",
        "words",
        "faces",
        "lines",
        "tokens",
        "attributions",
        "phrases",
        "shares",
        "word_pull",
        "picture_pull",
        "grid",
        "size",
        "offence_of_words",
        "notes",
    }
    assert keys(result) - names == set(MEMOTION_ASPECTS), "where they stood before the others"
    assert names <= keys(result)
    told = result.to_dict()
    assert told["aspects"] == dict.fromkeys(MEME_ASPECTS, SURE.to_dict())
    assert told["words"] == {"offence": rude.to_dict()}
    assert (told["tokens"], told["offence_of_words"]) == (["hi"], 0.9)
    assert (result.sarcasm, result.motivational) == (SURE, SURE)
    few = MemeResult("Hi.", {"humour": SURE})
    assert (few.offence_of_words, "sarcasm" in few.to_dict()) == (None, False)
    with pytest.raises(KeyError):
        few.sarcasm  # noqa: B018
    assert result.to_dict()["lines"] == [
        {"text": "Hi.", "box": (1, 2, 3, 4), "confidence": 0.9, "corners": ()}
    ]


def test_clips():
    assert keys(CLIP_FACE) == {"time", "box", "track", "emotions", "quality"}
    names = {
        "start",
        "end",
        "text",
        "emotion",
        "sentiment",
        "by_modality",
        "weights",
        "conflict",
        "doubtful",
        "shares",
        "tokens",
        "attributions",
        "phrases",
        "clip_attributions",
        "clip_phrases",
    }
    assert keys(MOMENT) == names
    assert MOMENT.to_dict()["by_modality"] == {"text": SURE.to_dict()}
    result = VideoResult(SURE, SURE, (MOMENT,), (CLIP_FACE,), 1.0, "")
    names = {"emotion", "sentiment", "moments", "faces", "duration", "transcript", "size", "lead"}
    assert keys(result) == names | {"loudness", "weights", "agreement", "notes", "shares"}
    assert result.to_dict()["moments"] == [MOMENT.to_dict()]
    assert result.to_dict()["faces"] == [CLIP_FACE.to_dict()]
