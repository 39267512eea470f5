"""Why a clip was read as it was, in sentences: what words, voice and face moved, and the words that
moved most. Pure functions."""

import json
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from mmsent.results import Moment, Phrase, VideoResult
from mmsent.ui.common.reason_sentence import reason_sentence, sentence_html, shares_html

# nets that don't look for faces take the whole picture
MODALITIES: Final = {"text": "Words", "audio": "Voice", "face": "Face", "picture": "Picture"}
PENDING: Final = "What each word did is being worked out."
CANCELLED: Final = "Cancelled: what each word did was not measured."
NO_WORD: Final = "No single word moves it much."
IN_A_SENTENCE: Final = {key: name.lower() for key, name in MODALITIES.items()}


def clip_sentence(result: VideoResult) -> str:
    """The words of all moments that move the emotion of the clip most; "" where none does."""
    words: list[str] = []
    attributions: list[float] = []
    phrases: list[Phrase] = []
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
    measured = any(moment.tokens for moment in result.moments)
    spoken = any("text" in moment.by_modality for moment in result.moments)
    words = (clip_sentence(result) or NO_WORD) if measured else pending if spoken else ""
    shares = shares_html(result.shares, IN_A_SENTENCE, result.emotion.top)
    return sentence_html(words) + shares


def moments_json(result: VideoResult) -> str:
    """A sentence on each moment, for the panel beside the player."""
    return json.dumps([moment_sentence(moment) for moment in result.moments], ensure_ascii=False)
