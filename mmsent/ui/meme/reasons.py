"""Why a meme was read as it was: for each aspect the pull of its words and of the places of its
picture, and the lines read."""

import json
from typing import Final

import gradio as gr
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mmsent.labels import ASPECTS
from mmsent.media import Picture
from mmsent.results import Line, MemeResult
from mmsent.text import split_words
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import (
    CHOOSE_WORD,
    full_colour,
    map_script,
    no_word_pulls,
    photo_html,
    place,
    pull_words,
    shown,
    words_html,
)
from mmsent.ui.common.export import export_html
from mmsent.ui.common.html import NOTHING, joined, notes_html
from mmsent.ui.common.reason_sentence import reason_sentence, sentence_html, shares_html
from mmsent.ui.meme.cards import cards_html
from mmsent.ui.meme.figures import Figures, no_better
from mmsent.ui.meme.view import meme_text, sentence

SHOWN_WORDS: Final = 400  # what is longer is no caption; the download has all
# log-odds: a place that pulls less says nothing, and the map stays clear there
HARDLY: Final = 0.01
LEAST_FULL: Final = 0.02  # log-odds: what has the full colour of the map where no place pulls more
SIDES: Final = {"text": "words", "image": "picture"}
UNMOVED: Final = (
    "Nothing single drove this answer: no word and no place of the picture moves it by itself."
)
DOUBTFUL: Final = "In tests this aspect was no better than guessing, so what drove it tells little."
MAP_HINT: Final = (
    "The map shows only what pulls toward the answer, measured by leaving one place after the "
    "other out of what is classified; "
    "places that pull away from it stay clear."
)


def reasons_view() -> gr.HTML:
    """Cards, words and picture; choosing an aspect or a word redraws in the browser and asks the
    server nothing."""
    return gr.HTML(
        "",
        html_template="${value}",  # made below; everything foreign in it is escaped
        css_template=assets.read(
            "common/parts.css", "common/export.css", "common/evidence.css", "meme/meme.css"
        ),
        js_on_load=map_script("meme/meme.js", hardly=HARDLY),
        apply_default_css=False,
        elem_id="meme-reasons",
    )


def reasons_html(
    result: MemeResult, picture: Picture | None, figures: Figures, word_figures: Figures
) -> Markup:
    """The cards; then, of the aspect chosen in the browser, the words beside the picture ((H, W,
    3), where there is one). Of a result without reasons the cards alone.

    The whole result travels once, as JSON in ``data-result``; the browser draws from it and saves
    it.
    """
    told = json.dumps(result.to_dict(), ensure_ascii=False)
    return Markup(
        '<div class="why" data-result="{result}" data-headline="{headline}" data-chosen="all">'
        "{export}{cards}{evidence}</div>"
    ).format(
        result=told,
        headline=sentence(result, figures, word_figures),
        cards=cards_html(result, figures, word_figures),
        evidence=_evidence(result, picture, figures),
        export=export_html(
            ["png", "json"] if result.attributions else ["json"],
            meme_text(result, figures, word_figures),
        ),
    )


def _evidence(result: MemeResult, picture: Picture | None, figures: Figures) -> Markup:
    if not result.attributions:
        return NOTHING
    return Markup('<div class="evidence">{}{}{}</div>').format(
        _words(result, figures), _picture(result, picture), _lines(result)
    )


def place_words(pull: NDArray[np.float32], grid: tuple[int, int], top: str) -> str:
    """Where the places of a picture, (gh * gw,) log-odds, pull most toward ``top``, as a
    sentence."""
    name = f"“{render.spoken(top)}”"
    if not pull.size or pull.max() < HARDLY:
        return f"No place of the picture pulls toward {name}."
    where = place(int(pull.argmax()), grid)
    return f"The picture pulls toward {name} most at the {where}, {pull.max():+.2f}."


def _words(result: MemeResult, figures: Figures) -> Markup:
    """The words the model saw, once for each aspect; the browser shows those of the chosen one."""
    if not result.tokens:
        absent = render.message("There are no words to show.")
        return Markup('<div class="reading"><h3>The words</h3>{}</div>').format(absent)
    parts = joined(_aspect_words(result, aspect, figures) for aspect in result.aspects)
    more = len(result.tokens) - SHOWN_WORDS
    rest = Markup(
        "<p>The first {:,} words are shown here; the download has the other {:,} too.</p>"
    ).format(SHOWN_WORDS, more)
    return Markup(
        '<div class="reading"><h3>What each word did</h3>{parts}{rest}'
        '<p class="chosen" role="status" data-all="{hint}">{hint}</p>'
        '<details class="fold"><summary>What a pull is</summary><p class="hint">It is how much the word moves the odds of '
        "the answer, measured by leaving it out: +1 makes it 2.7 times as likely against the rest. These are "
        "the words as the model gets them: without punctuation, handles, addresses and "
        "watermarks.</p></details></div>"
    ).format(parts=parts, rest=rest if more > 0 else NOTHING, hint=CHOOSE_WORD)


def _aspect_words(result: MemeResult, aspect: str, figures: Figures) -> Markup:
    """The words in the colour of ``aspect``, hidden until it is chosen."""
    text = " ".join(result.tokens[:SHOWN_WORDS])
    words, spans = split_words(text)
    pulls, top = result.attributions[aspect], result.aspects[aspect].top
    hints = [f"“{word}” {pull_words(pull, top)}." for word, pull in zip(words, pulls, strict=False)]
    colour = ASPECTS[aspect].hue or render.COLOURS[top]
    return Markup(
        '<div data-aspect="{aspect}" style="--verdict:{colour}" hidden>{reasons}{shares}{words}{unmoved}{doubt}</div>'
    ).format(
        reasons=sentence_html(_sentence(result, aspect)),
        shares=shares_html(result.shares.get(aspect, {}), SIDES, top),
        aspect=aspect,
        colour=colour,
        words=words_html(text, spans, pulls, top, "The text", hints),
        unmoved=_unmoved(result, aspect),
        doubt=_doubt(figures, aspect),
    )


def _sentence(result: MemeResult, aspect: str) -> str:
    """The words that move ``aspect`` most; "" where none does."""
    return reason_sentence(
        result.tokens,
        result.attributions[aspect],
        result.phrases.get(aspect, ()),
        result.aspects[aspect].top,
    )


def _unmoved(result: MemeResult, aspect: str) -> Markup:
    """The sentence for an answer that neither a word nor a place of the picture moves; empty
    otherwise."""
    places = result.picture_pull[aspect]
    moved = not no_word_pulls(result.attributions[aspect]) or (
        places.size and places.max() >= HARDLY
    )
    return notes_html(() if moved else [UNMOVED])


def _doubt(figures: Figures, aspect: str) -> Markup:
    return notes_html([DOUBTFUL] if no_better(figures.get(aspect, {})) else ())


def _picture(result: MemeResult, picture: Picture | None) -> Markup:
    """The picture under an empty heat map, which the browser draws, with the boxes of its lines."""
    if picture is None:
        absent = render.message("No picture was given. Add one to see which places pull.")
        return Markup('<div class="looking"><h3>The picture</h3>{}</div>').format(absent)
    box = Markup('<span class="box" data-line="{}" title="{}" style="{}"></span>')
    boxes = joined(
        box.format(index, line.text, render.box_style(line.box, result.size))
        for index, line in enumerate(result.lines)
    )
    part = Markup('<p data-aspect="{}" data-full="{}" hidden>{}</p>')
    parts = joined(
        part.format(
            aspect,
            full_colour(result.picture_pull[aspect].tolist(), LEAST_FULL),
            place_words(result.picture_pull[aspect], result.grid, scores.top),
        )
        for aspect, scores in result.aspects.items()
    )
    alt = (
        f"The meme. Text on it: {' / '.join(line.text for line in result.lines)}"
        if result.lines
        else "The meme"
    )
    return Markup(
        '<div class="looking"><h3>What the picture did</h3>{}{}'
        '<div class="seen" role="status">{}</div><p class="hint">{}</p></div>'
    ).format(photo_html(shown(picture), alt, boxes), render.STRENGTH, parts, MAP_HINT)


def _lines(result: MemeResult) -> Markup:
    if not result.lines:
        return NOTHING
    rows = joined(
        Markup("<li>{}</li>").format(_line(index, line)) for index, line in enumerate(result.lines)
    )
    return Markup(
        '<div class="read"><h3>Text read on the picture</h3><p class="hint">Point at a line or tap it to see where it '
        'stands; the percentage says how clearly it was read.</p><ul class="lines">{}</ul></div>'
    ).format(rows)


def _line(index: int, line: Line) -> Markup:
    return Markup(
        '<button type="button" class="line" data-line="{}"><span dir="auto">{}</span> '
        "<small>{}</small></button>"
    ).format(index, line.text, render.percent(line.confidence))
