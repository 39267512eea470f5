"""A card of bars for each answer on a meme: the reliable ones first, what people of Memotion said in
a fold below."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from mmsent.labels import ASPECTS
from mmsent.results import MemeResult, Scores
from mmsent.ui.common import render
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.meme.figures import (
    Figures,
    beats_floor,
    gain_of,
    grade,
    is_memotion,
    standing,
    trust,
)

WORD_NAMES: Final = {
    "offence": "Words: offence",
    "irony": "Words: irony",
    "sentiment": "Words: sentiment",
    "emotion": "Words: emotion",
    "fine_emotion": "Words: finer emotions",
}
STRONGEST: Final = 5  # bars of a card: of many labels the others are left out
DOTS: Final = 4  # of the mark of how good an answer is
HINT: Final = (
    "The dots tell how good an answer is in tests: none, no better than guessing, to four, much "
    "better; one at most where the commonest answer is right as often. A tick on a bar is how "
    "common that answer was there. “Not sure” means that the model would rather not "
    "say. People disagree about memes, and so do the labels that models learn from: take every "
    "answer as a hint."
)
PEOPLE: Final = (
    "People rated these memes and hardly agreed with each other, so nobody can read these labels "
    "well: each card tells how far the model is above guessing."
)


def cards_html(result: MemeResult, figures: Figures, word_figures: Figures) -> Markup:
    """Aspects that were not learnt from Memotion and what the words say, the most reliable first; then
    those that were. Aspects are radio buttons: choosing one shows what drove it."""
    own = {name: figures.get(name, {}) for name in result.aspects}
    said = {name: word_figures.get(name, {}) for name in result.words}
    first = [
        *(
            (part, _aspect(name, result.aspects[name], part))
            for name, part in own.items()
            if not is_memotion(part)
        ),
        *((part, _words(name, result.words[name], part)) for name, part in said.items()),
    ]
    first.sort(key=lambda card: (beats_floor(card[0]), gain_of(card[0]) or 0.0), reverse=True)
    people = [
        _aspect(name, result.aspects[name], part) for name, part in own.items() if is_memotion(part)
    ]
    fold = Markup(
        '<details class="people"><summary>Humour, sarcasm and more, as people rated memes (unreliable)</summary>'
        '<p class="hint">{}</p>{}</details>'
    )
    return Markup(
        "<fieldset><legend>Answers, the most reliable first</legend>"
        '<p class="legend">Dots: how good the answer is in tests. Choose one with a circle to see what '
        "drove it.</p>{}{}</fieldset>"
        '<details class="fold"><summary>How to read these answers</summary><p class="hint">{} {}</p></details>'
    ).format(
        _row([card for _, card in first]),
        fold.format(PEOPLE, _row(people)) if people else NOTHING,
        HINT,
        trust(figures),
    )


def _row(cards: Sequence[Markup]) -> Markup:
    return Markup('<div class="cards">{}</div>').format(joined(cards))


def _aspect(aspect: str, scores: Scores, part: Mapping[str, Any]) -> Markup:
    return Markup(
        '<div class="card"><label><input type="radio" name="meme-aspect" value="{aspect}" data-told="{told}">'
        "{head}</label>{body}</div>"
    ).format(
        aspect=aspect,
        told=f"{ASPECTS[aspect].title}: {render.caption(scores)}",
        head=_head(ASPECTS[aspect].title, scores, part),
        body=_body(scores, part),
    )


def _words(name: str, scores: Scores, part: Mapping[str, Any]) -> Markup:
    """A card that opens but can't be chosen: what drove it is not measured."""
    return Markup('<details class="card said"><summary>{}</summary>{}</details>').format(
        _head(WORD_NAMES.get(name, name), scores, part), _body(scores, part)
    )


def _head(title: str, scores: Scores, part: Mapping[str, Any]) -> Markup:
    leaning = Markup(" <small>(most likely {})</small>").format(render.spoken(scores.top))
    return Markup("<span>{} {}</span> <b>{}{}</b>").format(
        title, _mark(part), render.caption(scores), leaning if scores.unsure else NOTHING
    )


def _mark(part: Mapping[str, Any]) -> Markup:
    """Dots that tell how good an answer is; nothing where it was not measured."""
    told = standing(part)
    if not told:
        return NOTHING
    full = grade(part)
    return Markup(
        '<span class="mark" role="img" title="{told}" aria-label="{told}">{dots}</span>'
    ).format(told=f"{told} in tests", dots="●" * full + "○" * (DOTS - full))


def _body(scores: Scores, part: Mapping[str, Any]) -> Markup:
    common = {
        label: row["n"] / part["n"]
        for label, row in part.get("per_class", {}).items()
        if row.get("n") and part.get("n")
    }
    return render.bars(_strongest(scores), common) + _measured(part)


def _strongest(scores: Scores) -> Scores:
    """The STRONGEST labels of many, the most probable first."""
    if len(scores.labels) <= 2 * STRONGEST:
        return scores
    order = sorted(range(len(scores.probs)), key=lambda i: -scores.probs[i])[:STRONGEST]
    labels, probs = tuple(scores.labels[i] for i in order), tuple(scores.probs[i] for i in order)
    return Scores(labels, probs, scores.unsure)


def _measured(part: Mapping[str, Any]) -> Markup:
    """How an answer did in the test, beside its floors; only what was measured."""
    told = []
    if "accuracy" in part and "floor_accuracy" in part:
        told.append(
            f"Right in {render.percent(part['accuracy'])} of {part['n']:,} rows in tests; the commonest "
            f"answer is in {render.percent(part['floor_accuracy'])}."
        )
    if "macro_f1" in part and "guessing" in part:
        told.append(f"Macro-F1 {part['macro_f1']:.2f}; guessing gives {part['guessing']:.2f}.")
    if not told:
        return NOTHING
    return Markup('<div class="floor"><span>{}</span></div>').format(" ".join(told))
