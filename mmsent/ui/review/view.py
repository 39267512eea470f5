"""The verdict of a review as a visitor sees it: text and photo together, each alone, and what the
photo changed."""

from collections.abc import Mapping
from typing import Any, Final

import gradio as gr
from markupsafe import Markup

from mmsent.results import ReviewResult
from mmsent.ui.common import assets, render
from mmsent.ui.common.about import held_out
from mmsent.ui.common.claim import CLOSE, UNCHECKED, claim
from mmsent.ui.common.evidence import verdict_script
from mmsent.ui.common.html import DOT, NOTHING, notes_html
from mmsent.ui.review.about import SETS

FLAG: Final = Markup('<p class="flag"><strong>{}</strong> {}.</p>')
EMPTY: Final = "Write a review, add a photo if you like, and press “Analyse”, or try an example. The verdict will appear here."
BOTH: Final = "All probabilities, and what text and photo say alone"
ONE: Final = "All probabilities"


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
        elem_classes="answer",
    )


def trust(metrics: Mapping[str, Any] | None) -> str:
    """What the verdict says of its own percentages, from the checkpoint's ``metrics.json``."""
    sets = held_out(metrics or {})
    told = claim({SETS.get(name, name).lower(): part for name, part in sets.items()})
    if any(part.get("text_only", {}).get("ece", 0) > CLOSE for part in sets.values()):
        told += " The words of a post without its photo are less sure than they look."
    return told


def verdict_html(result: ReviewResult, trusted: str = UNCHECKED) -> Markup:
    """The sentiment, a flag when text and photo disagree, what the photo changed and the notes; in a
    fold all probabilities, and ``trusted``, which says how far the percentages can be."""
    top, unsure = result.sentiment.top, result.sentiment.unsure
    return Markup(
        "<h3>{dot}{headline}</h3>{leaning}{flag}{change}{notes}"
        '<details class="fold"><summary>{fold}</summary><div class="cards">{cards}</div>'
        '<p class="hint">{trusted} “Not sure” means that the model would rather not say.</p></details>'
    ).format(
        dot=NOTHING if unsure else DOT.format(render.COLOURS[top]),
        headline=render.sentence(result.sentiment),
        leaning=render.leaning(top) if unsure else NOTHING,
        flag=_flag(result),
        change=_change(result),
        fold=BOTH if len(result.contributions) == 2 else ONE,
        cards=_cards(result),
        notes=notes_html(result.notes),
        trusted=trusted,
    )


def _flag(result: ReviewResult) -> Markup:
    """The sentence for a text and a photo that say the opposite, or for a verdict that neither
    gives alone, else nothing."""
    if not result.conflict:
        tops = {scores.top for scores in result.contributions.values()}
        if result.sentiment.unsure or result.sentiment.top in tops:
            return NOTHING
        return FLAG.format(
            "Together they read differently from either alone.", "Take the verdict with care"
        )
    told = " and ".join(
        f"the {'photo' if name == 'image' else 'text'} alone says {render.caption(scores)}"
        for name, scores in sorted(result.contributions.items(), reverse=True)
    )
    return FLAG.format("Text and photo disagree:", told)


def _cards(result: ReviewResult) -> Markup:
    """Both together and each alone; where one is missing the other is the verdict, and the result's
    notes say so."""
    sides = result.contributions
    if len(sides) == 2:
        return (
            render.card("Text and photo together", result.sentiment)
            + render.card("Text alone", sides["text"])
            + render.card("Photo alone", sides["image"])
        )
    return render.card("Text alone" if "text" in sides else "Photo alone", result.sentiment)


def _change(result: ReviewResult) -> Markup:
    """The answer with the photo and without it; nothing where text or photo is missing and the
    other is all there is."""
    if len(result.contributions) < 2:
        return NOTHING
    alone = result.contributions["text"]
    same = (alone.top, alone.unsure) == (result.sentiment.top, result.sentiment.unsure)
    return Markup("<p>The photo {} the answer: with it {}, without it {}.</p>").format(
        "does not change" if same else "changes",
        render.caption(result.sentiment),
        render.caption(alone),
    )
