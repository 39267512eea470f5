"""The strongest reasons of a verdict in one sentence."""

from collections.abc import Sequence
from typing import Final

from mmsent.results import Phrase
from mmsent.ui.common import render
from mmsent.ui.common.evidence import SMALL

MOST: Final = 3  # reasons that a sentence names
AROUND: Final = ".,;:!?…()[]{}\"'“”‘’«»"  # signs that are left away at the ends of a word


def reason_sentence(
    words: Sequence[str], attributions: Sequence[float], phrases: Sequence[Phrase], top: str
) -> str:
    """ "“not” and “again” speak for negative; “bad” speaks against it." Names the MOST strongest of
    ``phrases`` and of the ``words`` outside them, stronger first; "" where none counts as a
    reason. ``attributions`` are log-odds toward the label ``top``, one a word."""
    inside = {index for phrase in phrases for index in range(phrase.start, phrase.end)}
    reasons = [
        (_quoted(words[phrase.start : phrase.end]), phrase.attribution) for phrase in phrases
    ]
    reasons += [
        (_quoted([word]), value)
        for index, (word, value) in enumerate(zip(words, attributions, strict=True))
        if index not in inside
    ]
    strongest = sorted(reasons, key=lambda reason: -abs(reason[1]))[:MOST]
    toward, away = (
        list(dict.fromkeys(name for name, value in strongest if sign * value >= SMALL))
        for sign in (1, -1)
    )
    name = render.spoken(top)
    parts = [f"{_listed(toward)} for {name}"] if toward else []
    parts += [f"{_listed(away)} against {'it' if toward else name}"] if away else []
    return f"{'; '.join(parts)}." if parts else ""


def _quoted(words: Sequence[str]) -> str:
    together = " ".join(words)
    return f"“{together.strip(AROUND) or together}”"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last} speak" if others else f"{last} speaks"
