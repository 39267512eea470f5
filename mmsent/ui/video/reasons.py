"""Why a clip was read as it was, in sentences: what words, voice and face moved, and the words that
moved most. Pure functions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from mmsent.results import Moment, VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.evidence import signed
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.common.reason_sentence import reason_sentence

MODALITIES: Final = {"text": "Words", "audio": "Voice", "face": "Face"}
PENDING: Final = "What each word did is being worked out."
CANCELLED: Final = "Cancelled: what each word did was not measured."
NO_WORD: Final = "No single word moves it much."
SCALE: Final = "+1 makes it 2.7 times as likely against the rest"


def shares_sentence(shares: Mapping[str, float], top: str) -> str:
    """ "Toward joy: words +1.2, face +0.8. Away from it: voice −0.3." The stronger first; "" where
    nothing is known of them. ``shares`` are log-odds toward the label ``top``, by modality."""
    order = sorted(shares, key=lambda name: -abs(shares[name]))
    toward, away = (
        ", ".join(
            f"{MODALITIES[name].lower()} {signed(shares[name])}" for name in order if of(name)
        )
        for of in (lambda name: shares[name] >= 0, lambda name: shares[name] < 0)
    )
    name = render.spoken(top)
    told = [f"Toward {name}: {toward}."] if toward else []
    told += [f"Away from {'it' if toward else name}: {away}."] if away else []
    return " ".join(told)


def clip_sentence(result: VideoResult) -> str:
    """The words of all moments that move the emotion of the clip most; "" where none does."""
    words, attributions, phrases = [], [], []
    for moment in result.moments:
        before = len(words)
        words += moment.tokens
        attributions += moment.clip_attributions
        phrases += [
            replace(phrase, start=before + phrase.start, end=before + phrase.end)
            for phrase in moment.clip_phrases
        ]
    return reason_sentence(words, attributions, phrases, result.emotion.top)


def moment_sentence(moment: Moment) -> str:
    """Likewise of one moment, toward its own emotion."""
    return reason_sentence(
        moment.tokens, moment.attributions, moment.phrases, moment.emotion.top
    ) or (NO_WORD if moment.tokens else "")


def reasons_html(result: VideoResult, pending: str = "") -> Markup:
    """What words, voice and face moved, and the strongest words, or in their place the sentence
    ``pending`` while these are not there."""
    shares = shares_sentence(result.shares, result.emotion.top)
    measured = any(moment.tokens for moment in result.moments)
    spoken = any("text" in moment.by_modality for moment in result.moments)
    words = (clip_sentence(result) or NO_WORD) if measured else pending if spoken else ""
    told = joined(
        Markup('<p class="reasons">{}</p>').format(part) for part in (shares, words) if part
    )
    hint = Markup('<p class="hint">Numbers are log-odds: {}.</p>').format(SCALE)
    return told + (hint if shares else NOTHING)


def moments_json(result: VideoResult) -> str:
    """A sentence on each moment, for the panel beside the player."""
    return json.dumps([moment_sentence(moment) for moment in result.moments], ensure_ascii=False)
