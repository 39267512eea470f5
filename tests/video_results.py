"""What the made-up clip pipeline of video_fake.py answers: three utterances, joy, anger and an unsure one,
with a conflict in the second."""

import json
import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.results import ClipFace, Moment, Scores, VideoResult

ALL = ("text", "audio", "face")
SECONDS = 6.0
SIZE = (320, 240)
NASTY = "<img src=x onerror=window.hacked=1> ${window.hacked=1} {{value}} `${1}` &lt;b&gt;"


def emotion(top: str, p: float = 0.7, unsure: bool = False) -> Scores:
    return Scores(
        CONVERSATION_EMOTIONS,
        tuple(p if name == top else (1 - p) / 6 for name in CONVERSATION_EMOTIONS),
        unsure,
    )


def sentiment(top: str, p: float = 0.8) -> Scores:
    return Scores(
        SENTIMENTS, tuple(p if name == top else (1 - p) / 2 for name in SENTIMENTS), False
    )


def moment(
    start: float,
    end: float,
    text: str,
    top: str,
    feeling: str,
    sides: dict[str, Scores],
    **more: Any,
) -> Moment:
    return Moment(
        start,
        end,
        text,
        emotion(top),
        sentiment(feeling),
        sides,
        {name: 1 / len(sides) for name in sides},
        shares={name: -0.3 if name == "audio" else 0.8 for name in sides},
        **more,
    )


def explained(told: Moment) -> Moment:
    """The last word speaks for the emotion, the first against it; toward the clip half as much."""
    words = tuple(told.text.split())
    if "text" not in told.by_modality or not words:
        return told
    values = (-0.4, *(0.0,) * (len(words) - 2), 1.2)[-len(words) :]
    return replace(
        told,
        tokens=words,
        attributions=values,
        clip_attributions=tuple(value / 2 for value in values),
    )


def result(
    transcript: str | None = None,
    modalities: Collection[str] = ALL,
    reasons: bool = False,
    **changes: Any,
) -> VideoResult:
    """What FakeVideo answers, with fields replaced by ``changes``. Without words the fused emotion
    is fear."""
    words = transcript or "I got the job!"
    heard = {"text": emotion("joy", 0.9), "audio": emotion("surprise"), "face": emotion("joy", 0.6)}
    fought = {
        "text": emotion("joy", 0.8),
        "audio": emotion("neutral"),
        "face": emotion("anger", 0.75),
    }
    lost = {"audio": emotion("sadness", 0.3, unsure=True)}
    first, second = ("joy", "anger") if "text" in modalities else ("fear", "fear")
    sides = [
        {name: scores for name, scores in one.items() if name in modalities}
        for one in (heard, fought, lost)
    ]
    moments = [
        moment(0.4, 2.0, words, first, "positive", sides[0]),
        moment(
            2.4,
            4.0,
            "How nice of you.",
            second,
            "negative",
            sides[1],
            conflict={"text", "face"} <= set(modalities),
        ),
        Moment(
            4.5,
            5.8,
            "",
            emotion("sadness", 0.3, unsure=True),
            sentiment("neutral"),
            sides[2],
            {"audio": 1.0},
        ),
    ]
    faces = [
        ClipFace(
            i / 5, (90 + 2 * i, 40, 190 + 2 * i, 160), 1, emotion("joy" if i < 12 else "anger", 0.6)
        )
        for i in range(30)
    ] + [ClipFace(i / 5, (10, 90, 60, 150), 2, emotion("neutral")) for i in range(10, 15)]
    fields: dict[str, Any] = {
        "emotion": emotion(first, 0.5),
        "sentiment": sentiment("positive", 0.6),
        "moments": tuple(explained(one) if reasons else one for one in moments if one.by_modality),
        "faces": tuple(sorted(faces, key=lambda face: face.time)),
        "duration": SECONDS,
        "transcript": transcript or "1\n00:00:00,400 --> 00:00:02,000\nI got the job!\n",
        "size": SIZE,
        "lead": 1,
        "loudness": tuple(abs(math.sin(i / 7)) * (0.2 + 0.8 * (i % 60 < 40)) for i in range(240)),
        "weights": {
            name: share
            for name, share in {"text": 0.5, "audio": 0.2, "face": 0.3}.items()
            if name in modalities
        },
        "shares": {
            name: share
            for name, share in {"text": 1.5, "audio": -0.3, "face": 0.6}.items()
            if name in modalities
        },
        "agreement": 0.58 if len(modalities) > 1 else None,
        "notes": (),
    }
    return VideoResult(**fields | changes)


def as_json(told: VideoResult) -> dict[str, Any]:
    """The result as a client gets it."""
    return json.loads(json.dumps(told.to_dict()))
