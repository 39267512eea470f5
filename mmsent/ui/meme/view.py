"""The verdict of a meme as a visitor sees it: what it is, said carefully, and a card of bars for
each aspect with its floor."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import gradio as gr
from markupsafe import Markup

from mmsent.labels import MEME_ASPECTS
from mmsent.results import MemeResult, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import verdict_script
from mmsent.ui.common.html import NOTHING, joined, notes_html

EMPTY: Final = "Add a meme or try an example. The verdict will appear here."
NAMES: Final = {
    "sentiment": "Overall sentiment",
    "humour": "Humour",
    "sarcasm": "Sarcasm",
    "offensive": "Offence",
    "motivational": "Motivation",
}
OFFENDS: Final = 0.5  # probability that the words offend from which the page warns
CHANCE: Final = 0.05  # p-value from which an aspect is not above guessing
NO_BETTER: Final = "Not better than guessing"
# The gain in macro-F1 over guessing below which each word holds.
GAINS: Final = (
    (0.05, "barely better"),
    (0.15, "a little better"),
    (0.3, "clearly better"),
    (1.0, "much better"),
)

# aspect -> its part of metrics.json, whatever of it is there
Figures = Mapping[str, Mapping[str, Any]]


def verdict_view() -> gr.HTML:
    """The verdict in a few sentences; a screen reader announces every new one."""
    return gr.HTML(
        render.message(EMPTY),
        # everything foreign in the value is escaped
        html_template='<div class="verdict" aria-live="polite">${value}</div>',
        css_template=assets.read("common/parts.css", "common/evidence.css", "meme/meme.css"),
        js_on_load=verdict_script("#meme-text", "#meme-run"),
        apply_default_css=False,
        elem_id="meme-verdict",
    )


def figures_of(metrics: Mapping[str, Any] | None) -> Figures:
    """The test figures of each aspect in ``metrics.json``; empty where there are none."""
    return (metrics or {}).get("test") or {}


def verdict_html(result: MemeResult, figures: Figures) -> Markup:
    """A warning where offence is likely, what can be said, what can't, and the notes.

    Aspects that are no better than guessing are never part of what can be said.
    """
    guessed = [aspect for aspect in result.aspects if no_better(figures.get(aspect, {}))]
    unsure = [
        aspect
        for aspect, scores in result.aspects.items()
        if scores.unsure and aspect not in guessed
    ]
    said = [
        render.spoken(scores.top)
        for aspect, scores in result.aspects.items()
        if aspect not in guessed and aspect not in unsure
    ]
    doubts = NOTHING
    if unsure:
        doubts += Markup("<p>Not sure about {}.</p>").format(_listed(unsure))
    if guessed:
        doubts += Markup(
            '<p class="guessed">Left out, since the model is no better than guessing there: {}.</p>'
        ).format(_listed(guessed))
    headline = ", ".join(said).capitalize() or "Nothing can be said for sure"
    return Markup("{}<h3>{}</h3>{}{}").format(
        _warning(result, "offensive" in guessed), headline, doubts, notes_html(result.notes)
    )


def cards_html(result: MemeResult, figures: Figures) -> Markup:
    """A card for each aspect: its answer, its bars, and how far the model is above guessing. They
    are radio buttons."""
    cards = joined(
        _card(aspect, scores, figures.get(aspect, {})) for aspect, scores in result.aspects.items()
    )
    ticks = (
        "A tick on a bar is how common that answer was among the test memes. " if figures else ""
    )
    return Markup(
        '<fieldset><legend>Choose an aspect to see what drove it</legend><div class="cards">{}</div></fieldset>'
        '<p class="hint">{}“Not sure” means that the model would rather not say. People disagree about memes, and so do '
        "the labels it learned from: take every answer as a hint.</p>"
    ).format(cards, ticks)


def no_better(part: Mapping[str, Any]) -> bool:
    """Whether the test says that an aspect is not above guessing: by its p-value, or plainly by its
    score."""
    gain = _gain(part)
    return part.get("p_value", 0) >= CHANCE or (gain is not None and gain <= 0)


def standing(part: Mapping[str, Any]) -> str:
    """How far an aspect is above its floor, in words: "a little better than guessing"; "" where it
    was not measured."""
    if no_better(part):
        return NO_BETTER
    gain = _gain(part)
    return (
        ""
        if gain is None
        else next(words for limit, words in GAINS if gain < limit).capitalize() + " than guessing"
    )


def _gain(part: Mapping[str, Any]) -> float | None:
    return (
        part["macro_f1"] - part["guessing"] if "macro_f1" in part and "guessing" in part else None
    )


def _warning(result: MemeResult, guessed: bool) -> Markup:
    """The notice where offence is likely; nothing of the visitor's own picture is hidden.

    An aspect that is no better than guessing warns of nothing; the words alone are judged much
    better, as tweets are.
    """
    offensive, words = result.offensive, result.offence_of_words or 0.0
    if words >= OFFENDS:
        why = f"its words read as offensive ({words:.0%}), judged as tweets are".replace("%", " %")
    elif not (guessed or offensive.unsure or offensive.top == MEME_ASPECTS["offensive"][0]):
        why = f"the model calls it {render.caption(offensive)}"
    else:
        return NOTHING
    return Markup(
        '<p class="flag warning"><strong>Content warning:</strong> this meme may offend; {}.</p>'
    ).format(why)


def _listed(aspects: Sequence[str]) -> str:
    """ "sarcasm", "humour and sarcasm", "humour, sarcasm and offence"."""
    names = [NAMES[aspect].lower() for aspect in aspects]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _card(aspect: str, scores: Scores, part: Mapping[str, Any]) -> Markup:
    common = {
        label: row["n"] / part["n"]
        for label, row in part.get("per_class", {}).items()
        if row.get("n") and part.get("n")
    }
    leaning = Markup(" <small>(most likely {})</small>").format(render.spoken(scores.top))
    return Markup(
        '<div class="card"><label><input type="radio" name="meme-aspect" value="{aspect}"><span>{name}</span> '
        "<b>{answer}{leaning}</b></label>{bars}{floor}</div>"
    ).format(
        aspect=aspect,
        name=NAMES[aspect],
        answer=render.caption(scores),
        leaning=leaning if scores.unsure else NOTHING,
        bars=render.bars(scores, common),
        floor=_floor(part),
    )


def _floor(part: Mapping[str, Any]) -> Markup:
    """How the aspect did in the test, beside guessing; only what was measured."""
    kind = "chance" if no_better(part) else "standing"
    words, measured = NOTHING, ""
    if told := standing(part):
        words = Markup('<strong class="{}">{}</strong>').format(kind, told)
    if "macro_f1" in part:
        memes = f" on {part['n']:,} test memes" if "n" in part else " in the test"
        guessing = f"; guessing gives {part['guessing']:.2f}" if "guessing" in part else ""
        measured = f"Macro-F1 {part['macro_f1']:.2f}{memes}{guessing}."
    if not words and not measured:
        return NOTHING
    return Markup('<div class="floor">{}<span>{}</span></div>').format(words, measured)
