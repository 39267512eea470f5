"""The verdict of a meme as a visitor sees it: a sentence made of what is reliable, and a warning."""

from collections.abc import Sequence
from typing import Final

import gradio as gr
from markupsafe import Markup

from mmsent.labels import ASPECTS
from mmsent.results import Face, MemeResult, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import verdict_script
from mmsent.ui.common.html import NOTHING, notes_html
from mmsent.ui.meme.cards import WORD_NAMES
from mmsent.ui.meme.figures import Figures, beats_floor, no_better

EMPTY: Final = "Add a meme or try an example. The verdict will appear here."
OFFENDS: Final = 0.5  # probability that the words offend from which the page warns
SHOWN_FACES: Final = 5
NO_EMOTION: Final = "neutral"


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
        elem_classes="answer",
    )


def verdict_html(result: MemeResult, figures: Figures, word_figures: Figures) -> Markup:
    """A warning where harm or offence is likely, one sentence of what can be said, the faces, and
    the notes."""
    return Markup("{}<h3>{}</h3>{}{}").format(
        _warning(result),
        sentence(result, figures, word_figures),
        _faces(result.faces),
        notes_html(result.notes),
    )


def sentence(result: MemeResult, figures: Figures, word_figures: Figures) -> str:
    """What the words say and whether the meme is harmful, as far as it is sure: "The words are ironic
    (78 %) and negative (90 %); nothing suggests harm (91 %)." What in tests is right no more often
    than the commonest answer is left out. Where the model has nothing of both, the aspects that are
    above guessing."""
    parts = [part for part in (_words(result, word_figures), _harm(result)) if part]
    told = "; ".join(parts) or _aspects(result, figures) or "nothing can be said for sure"
    return f"{told[0].upper()}{told[1:]}."


def meme_text(result: MemeResult, figures: Figures, word_figures: Figures) -> str:
    """The answer as plain text, to copy: the sentence, each answer, and the text on the picture."""
    lines = [sentence(result, figures, word_figures)]
    lines += [
        f"{ASPECTS[name].title}: {render.caption(one)}" for name, one in result.aspects.items()
    ]
    lines += [
        f"{WORD_NAMES.get(name, name)}: {render.caption(one)}" for name, one in result.words.items()
    ]
    return "\n".join([*lines, *result.notes, result.text])


def _words(result: MemeResult, figures: Figures) -> str:
    if not result.words:
        return ""
    sure = {
        name: scores
        for name, scores in result.words.items()
        if not scores.unsure and beats_floor(figures.get(name, {}))
    }
    told = [
        f"{render.spoken(sure[name].top)} ({render.percent(sure[name].confidence)})"
        for name, silent in (("irony", "not_ironic"), ("offence", "not_offensive"))
        if name in sure and sure[name].top != silent
    ]
    if "sentiment" in sure:
        told.append(_with_percent(sure["sentiment"]))
    feeling = ""
    if "emotion" in sure and sure["emotion"].top != NO_EMOTION:
        feeling = f"show {_with_percent(sure['emotion'])}"
    if not told:
        return f"the words {feeling}" if feeling else "what the words say is not clear"
    return f"the words are {listed(told)}" + (f" and {feeling}" if feeling else "")


def _harm(result: MemeResult) -> str:
    scores = result.aspects.get("harmful")
    if scores is None:
        return ""
    if scores.unsure:
        return "whether it is harmful is not clear"
    sure = render.percent(scores.confidence)
    return (
        f"it looks harmful ({sure})"
        if scores.top == "harmful"
        else f"nothing suggests harm ({sure})"
    )


def _aspects(result: MemeResult, figures: Figures) -> str:
    return ", ".join(
        render.spoken(scores.top)
        for aspect, scores in result.aspects.items()
        if not scores.unsure and not no_better(figures.get(aspect, {}))
    )


def _faces(faces: Sequence[Face]) -> Markup:
    """ "One face: happy 86 %"; nothing where none can be read."""
    if not faces:
        return NOTHING
    count = "One face" if len(faces) == 1 else f"{len(faces)} faces"
    told = ", ".join(render.caption(face.emotions) for face in faces[:SHOWN_FACES])
    more = " and more" if len(faces) > SHOWN_FACES else ""
    return Markup('<p class="faces">{} in the picture: {}{}.</p>').format(count, told, more)


def _warning(result: MemeResult) -> Markup:
    """The notice where harm or offence is likely; nothing of the visitor's own picture is hidden.

    Memotion's aspect of offence warns of nothing: it is no better than guessing.
    """
    harm, why = result.aspects.get("harmful"), []
    if (result.offence_of_words or 0.0) >= OFFENDS:
        told = render.percent(result.offence_of_words or 0.0)
        why.append(f"its words read as offensive ({told}), judged as tweets are")
    if harm is not None and not harm.unsure and harm.top == "harmful":
        why.append(f"the model calls it {render.caption(harm)}")
    if not why:
        return NOTHING
    return Markup(
        '<p class="flag warning"><strong>Content warning:</strong> this meme may offend or harm: {}.</p>'
    ).format(" and ".join(why))


def _with_percent(scores: Scores) -> str:
    return f"{render.spoken(scores.top)} ({render.percent(scores.confidence)})"


def listed(names: Sequence[str]) -> str:
    """ "sarcasm", "humour and sarcasm", "humour, sarcasm and offence"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
