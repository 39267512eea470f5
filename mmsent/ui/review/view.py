"""The verdict of a review as a visitor sees it: text and photo together, each alone, and what the
photo changed."""

from html import escape
from typing import Final

import gradio as gr

from mmsent.results import ReviewResult, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import verdict_script

APART: Final = (
    "<strong>Together they read differently from either alone.</strong> Take the verdict with care."
)
EMPTY: Final = (
    "Write a review, add a photo if you like, and press “Read it”. The verdict will appear here."
)


def verdict_view() -> gr.HTML:
    """Sentiment with its bars; a screen reader announces every new one."""
    return gr.HTML(
        render.message(EMPTY),
        # everything foreign in the value is escaped
        html_template='<div class="verdict" aria-live="polite">${value}</div>',
        css_template=assets.read("common/parts.css", "common/evidence.css"),
        js_on_load=verdict_script("#review-text", "#review-run"),
        apply_default_css=False,
        elem_id="review-verdict",
    )


def verdict_html(result: ReviewResult) -> str:
    """The sentiment, a flag when text and photo disagree, three columns of bars, notes and what the
    photo changed."""
    top = result.sentiment.top
    if result.sentiment.unsure:
        dot, unsure = "", f"<p>Most likely {escape(top)}, but not clearly enough to say so.</p>"
    else:
        dot, unsure = f'<span class="dot" style="background:{render.COLOURS[top]}"></span>', ""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in result.notes)
    return (
        f"<h3>{dot}{escape(_headline(result.sentiment))}</h3>{unsure}{_flag(result)}{_change(result)}"
        f'<div class="cards">{_cards(result)}</div>{notes}'
        '<p class="hint">The figures were checked on reviews and on tweets with their photos: of all verdicts given with '
        "“80 %”, about 80 in 100 are right. The words of a tweet without its photo are less sure "
        "than they look. “Not sure” "
        "means that the model would rather not say.</p>"
    )


def _headline(scores: Scores) -> str:
    return "Not sure" if scores.unsure else render.caption(scores).capitalize()


def _flag(result: ReviewResult) -> str:
    """The sentence for a text and a photo that say the opposite, or for a verdict that neither
    gives alone, else nothing."""
    if not result.conflict:
        tops = {scores.top for scores in result.contributions.values()}
        return (
            ""
            if result.sentiment.unsure or result.sentiment.top in tops
            else f'<p class="flag">{APART}</p>'
        )
    told = " and ".join(
        f"the {'photo' if name == 'image' else 'text'} alone says {escape(render.caption(scores))}"
        for name, scores in sorted(result.contributions.items(), reverse=True)
    )
    return f'<p class="flag"><strong>Text and photo disagree:</strong> {told}.</p>'


def _cards(result: ReviewResult) -> str:
    """Both together and each alone; where one is missing the other is the verdict, and the result's
    notes say so."""
    sides = result.contributions
    if len(sides) == 2:
        return (
            _card("Text and photo together", result.sentiment)
            + _card("Text alone", sides["text"])
            + _card("Photo alone", sides["image"])
        )
    return _card("Text alone" if "text" in sides else "Photo alone", result.sentiment)


def _card(title: str, scores: Scores) -> str:
    return f'<section class="card"><h4>{title}</h4><p>{escape(render.caption(scores))}</p>{render.bars(scores)}</section>'


def _change(result: ReviewResult) -> str:
    """The answer with the photo and without it; nothing where text or photo is missing and the
    other is all there is."""
    if len(result.contributions) < 2:
        return ""
    alone = result.contributions["text"]
    told = f"{escape(render.caption(result.sentiment))}, without it {escape(render.caption(alone))}"
    same = (alone.top, alone.unsure) == (result.sentiment.top, result.sentiment.unsure)
    return (
        f"<p>The photo {'does not change' if same else 'changes'} the answer: with it {told}.</p>"
    )
