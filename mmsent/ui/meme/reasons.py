"""Why a meme was read as it was: for each aspect the pull of its words and of the places of its
picture, and the lines read."""

import json
from html import escape
from typing import Final

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.results import Line, MemeResult
from mmsent.text import split_words
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import (
    full_colour,
    map_script,
    no_word_pulls,
    photo_html,
    place,
    pull_words,
    shown,
    words_html,
)
from mmsent.ui.meme.view import Figures, cards_html, no_better

SHOWN_WORDS: Final = 400  # what is longer is no caption; the download has all
# log-odds: a place that pulls less says nothing, and the map stays clear there
HARDLY: Final = 0.01
LEAST_FULL: Final = 0.02  # log-odds: what has the full colour of the map where no place pulls more
NOTHING: Final = (
    "Nothing single drove this answer: no word and no place of the picture moves it by itself."
)
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
        css_template=assets.read("common/parts.css", "common/evidence.css", "meme/meme.css"),
        js_on_load=f"const HARDLY = {HARDLY};\n{map_script('meme/meme.js')}",
        apply_default_css=False,
        elem_id="meme-reasons",
    )


def reasons_html(result: MemeResult, picture: Picture | None, figures: Figures) -> str:
    """The cards; then, of the aspect chosen in the browser, the words beside the picture ((H, W,
    3), where there is one).

    The whole result travels once, as JSON in ``data-result``; the browser draws from it and saves
    it.
    """
    told = json.dumps(result.to_dict(), ensure_ascii=False)
    png = (
        '<button type="button" data-save="png">Download picture with map (PNG)</button>'
        if picture is not None
        else ""
    )
    return (
        f'<div class="why" data-result="{escape(told)}" data-chosen="all">{cards_html(result, figures)}'
        f'<div class="evidence">{_words(result, figures)}{_picture(result, picture)}{_lines(result)}</div>'
        f'<div class="buttons downloads">{png}<button type="button" data-save="json">Download numbers (JSON)</button></div>'
        "</div>"
    )


def place_words(pull: NDArray[np.float32], grid: tuple[int, int], top: str) -> str:
    """Where the places of a picture, (gh * gw,) log-odds, pull most toward ``top``, as a
    sentence."""
    name = f"“{render.spoken(top)}”"
    if not pull.size or pull.max() < HARDLY:
        return f"No place of the picture pulls toward {name}."
    where = place(int(pull.argmax()), grid)
    return f"The picture pulls toward {name} most at the {where}, {pull.max():+.2f}."


def _words(result: MemeResult, figures: Figures) -> str:
    """The words the model saw, once for each aspect; the browser shows those of the chosen one."""
    if not result.tokens:
        absent = render.message("There are no words to show.")
        return f'<div class="reading"><h3>The words</h3>{absent}</div>'
    parts = "".join(_aspect_words(result, aspect, figures) for aspect in result.aspects)
    more = len(result.tokens) - SHOWN_WORDS
    rest = (
        f"<p>The first {SHOWN_WORDS:,} words are shown here; the download has the other {more:,} "
        "too.</p>"
        if more > 0
        else ""
    )
    hint = "Choose a word to read its pull."
    return (
        f'<div class="reading"><h3>What each word did</h3>{parts}{rest}'
        f'<p class="chosen" role="status" data-all="{hint}">{hint}</p>'
        '<p class="hint">These are the words as the model gets them: without punctuation, handles, addresses and watermarks. A '
        "pull is how much the word moves the odds of the answer, measured by leaving it out: +1 "
        "makes it 2.7 times as likely "
        "against the rest.</p></div>"
    )


def _aspect_words(result: MemeResult, aspect: str, figures: Figures) -> str:
    """The words in the colour of ``aspect``, hidden until it is chosen."""
    text = " ".join(result.tokens[:SHOWN_WORDS])
    words, spans = split_words(text)
    pulls, top = result.word_pull[aspect], result.aspects[aspect].top
    hints = [f"“{word}” {pull_words(pull, top)}." for word, pull in zip(words, pulls, strict=False)]
    colour = render.HUES.get(aspect) or render.COLOURS[top]
    return (
        f'<div data-aspect="{aspect}" style="--verdict:{colour}" hidden>'
        f"{words_html(text, spans, pulls, top, 'The text', hints)}{_nothing(result, aspect)}"
        f"{_doubt(figures, aspect)}</div>"
    )


def _nothing(result: MemeResult, aspect: str) -> str:
    """The sentence for an answer that neither a word nor a place of the picture moves; ""
    otherwise."""
    places = result.picture_pull[aspect]
    moved = not no_word_pulls(result.word_pull[aspect]) or (places.size and places.max() >= HARDLY)
    return "" if moved else f'<p class="note">{NOTHING}</p>'


def _doubt(figures: Figures, aspect: str) -> str:
    if not no_better(figures.get(aspect, {})):
        return ""
    return '<p class="note">In tests this aspect was no better than guessing, so what drove it tells little.</p>'


def _picture(result: MemeResult, picture: Picture | None) -> str:
    """The picture under an empty heat map, which the browser draws, with the boxes of its lines."""
    if picture is None:
        absent = render.message("No picture was given. Add one to see which places pull.")
        return f'<div class="looking"><h3>The picture</h3>{absent}</div>'
    boxes = "".join(
        f'<span class="box" data-line="{index}" title="{escape(line.text)}" style="{render.box_style(line.box, result.size)}">'
        "</span>"
        for index, line in enumerate(result.lines)
    )
    parts = "".join(
        f'<p data-aspect="{aspect}" data-full="{full_colour(result.picture_pull[aspect].tolist(), LEAST_FULL)}" hidden>'
        f"{escape(place_words(result.picture_pull[aspect], result.grid, scores.top))}</p>"
        for aspect, scores in result.aspects.items()
    )
    alt = (
        f"The meme. Text on it: {' / '.join(line.text for line in result.lines)}"
        if result.lines
        else "The meme"
    )
    return (
        f'<div class="looking"><h3>What the picture did</h3>{photo_html(shown(picture), alt, boxes)}'
        f'{render.STRENGTH}<div class="seen" role="status">{parts}</div><p class="hint">{MAP_HINT}</p></div>'
    )


def _lines(result: MemeResult) -> str:
    if not result.lines:
        return ""
    rows = "".join(f"<li>{_line(index, line)}</li>" for index, line in enumerate(result.lines))
    return (
        '<div class="read"><h3>Text read on the picture</h3><p class="hint">Point at a line or tap it to see where it '
        f'stands; the percentage says how clearly it was read.</p><ul class="lines">{rows}</ul></div>'
    )


def _line(index: int, line: Line) -> str:
    return (
        f'<button type="button" class="line" data-line="{index}"><span dir="auto">{escape(line.text)}</span> '
        f"<small>{render.percent(line.confidence)}</small></button>"
    )
