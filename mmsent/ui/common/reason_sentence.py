"""The strongest reasons of a verdict in one sentence, and the shares of what it was given."""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from mmsent.results import Phrase
from mmsent.ui.common import render
from mmsent.ui.common.evidence import SMALL, signed
from mmsent.ui.common.html import NOTHING

MOST: Final = 3  # reasons that a sentence names
REASONS_COME: Final = render.message("The verdict is above; its reasons are being worked out.")
SCALE: Final = "Numbers are log-odds: +1 makes it 2.7 times as likely against the rest."
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


def shares_sentence(shares: Mapping[str, float], names: Mapping[str, str], top: str) -> str:
    """ "Toward joy: words +1.2, face +0.8. Away from it: voice −0.3." The stronger first; "" where
    less than two are there, of which one says nothing. ``shares`` are log-odds toward the label
    ``top``, ``names`` what people call each."""
    if len(shares) < 2:
        return ""
    order = sorted(shares, key=lambda side: -abs(shares[side]))
    toward, away = (
        ", ".join(f"{names[side]} {signed(shares[side])}" for side in order if of(shares[side]))
        for of in (lambda share: share >= 0, lambda share: share < 0)
    )
    name = render.spoken(top)
    told = [f"Toward {name}: {toward}."] if toward else []
    told += [f"Away from {'it' if toward else name}: {away}."] if away else []
    return " ".join(told)


def shares_html(shares: Mapping[str, float], names: Mapping[str, str], top: str) -> Markup:
    """``shares_sentence`` with its scale; nothing where there is none."""
    told = shares_sentence(shares, names, top)
    return (
        Markup('<p class="shares">{} <small>{}</small></p>').format(told, SCALE)
        if told
        else NOTHING
    )


def sentence_html(sentence: str) -> Markup:
    """The sentence in its place; nothing where no word counts as a reason."""
    return Markup('<p class="reasons">{}</p>').format(sentence) if sentence else NOTHING


def _quoted(words: Sequence[str]) -> str:
    together = " ".join(words)
    return f"“{together.strip(AROUND) or together}”"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last} speak" if others else f"{last} speaks"
