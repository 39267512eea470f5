"""Why a review was read as it was: its words coloured by their pull, and the photo with the places
each word looked at."""

import json
from typing import Final

import gradio as gr
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.results import ReviewResult
from mmsent.ui.common import assets, render
from mmsent.ui.common.evidence import (
    CHOOSE_WORD,
    map_script,
    photo_html,
    place,
    pull_words,
    shown,
    words_html,
)
from mmsent.ui.common.export import export_html
from mmsent.ui.common.reason_sentence import reason_sentence, sentence_html, shares_html

# The share of the attention from which on each sentence holds.
ATTENTION: Final = (
    (0.5, "the words looked mostly at the photo"),
    (0.2, "the words looked partly at the photo"),
    (0.05, "the words glanced at the photo"),
    (0.0, "the words hardly looked at the photo"),
)
SIDES: Final = {"text": "text", "image": "photo"}
HARDLY: Final = 0.05  # of a word's attention: with less it hardly looked at the photo
EVEN: Final = 2.0  # a brightest place below this many times the mean says nothing about where
SCALE: Final = (
    "Here the place they looked at most has the full colour; with one word chosen, full colour "
    "means the strongest look of any "
    "word, so that words can be compared."
)
ONE_KEY: Final = (
    "This model sees a photo as one vector, to which every word gives all of its attention, always. "
    "So there is no map to draw, and the attention does not tell how much the photo counted."
)


def evidence_view() -> gr.HTML:
    """Words and photo; choosing a word redraws the map in the browser and asks the server
    nothing."""
    return gr.HTML(
        "",
        html_template="${value}",  # made below; everything foreign in it is escaped
        css_template=assets.read("common/parts.css", "common/export.css", "common/evidence.css"),
        js_on_load=map_script("review/review.js"),
        apply_default_css=False,
        elem_id="review-evidence",
    )


def evidence_html(result: ReviewResult, picture: Picture | None) -> Markup:
    """Words (where there are any) beside the photo ((H, W, 3), where there is one), with the
    downloads of both.

    The whole result travels once, as JSON in ``data-result``; the browser draws from it and saves
    it.
    """
    told = json.dumps(result.to_dict(), ensure_ascii=False)
    return Markup(
        '{export}{reasons}<div class="evidence" data-result="{result}" data-headline="{headline}" data-chosen="all">'
        "{words}{photo}</div>"
    ).format(
        reasons=sentence_html(sentence(result))
        + shares_html(result.shares, SIDES, result.sentiment.top),
        result=told,
        headline=render.sentence(result.sentiment),
        words=_words(result),
        photo=_photo(result, picture),
        export=export_html(["png", "json"], review_text(result)),
    )


def review_text(result: ReviewResult) -> str:
    """The answer as plain text, to copy: verdict, reasons, each side alone, and the text."""
    sides = [
        f"{SIDES[name].capitalize()} alone: {render.caption(scores)}"
        for name, scores in result.contributions.items()
        if len(result.contributions) > 1
    ]
    lines = [render.sentence(result.sentiment), sentence(result), *sides, *result.notes]
    return "\n".join(line for line in [*lines, result.text] if line)


def _has_one_key(result: ReviewResult) -> bool:
    return result.grid == (1, 1)


def look_words(row: NDArray[np.float32], grid: tuple[int, int], who: str = "It") -> str:
    """Where a row of attention (gh * gw,) looked, as a sentence; its sum is the share that the
    photo got."""
    share = float(row.sum())
    if share < HARDLY:
        return f"{who} hardly looked at the photo: {render.percent(1 - share)} of the attention found “nothing relevant here”."
    even = row.max() < EVEN * share / row.size
    where = (
        "evenly over all of it" if even else f"most of all at the {place(int(row.argmax()), grid)}"
    )
    return f"{who} gave {render.percent(share)} of the attention to the photo, {where}."


def _words(result: ReviewResult) -> Markup:
    """The text exactly as it was written, every word of it a button, and the sentence on the chosen
    one."""
    chosen = Markup('<p class="chosen" role="status" data-all="{0}">{0}</p>').format(
        _all_words(result)
    )
    if not result.tokens:
        absent = render.message("There are no words to show.")
        return Markup('<div class="reading"><h3>The words</h3>{}{}</div>').format(absent, chosen)
    top = result.sentiment.top
    hints = [_hint(result, index) for index in range(len(result.tokens))]
    return Markup(
        '<div class="reading" style="--verdict:{colour}"><h3>What each word did</h3>{words}'
        '<div class="buttons"><button type="button" data-word="all" aria-pressed="true">All words</button></div>'
        '{chosen}<details class="fold"><summary>What a pull is</summary><p class="hint">It is how much the word moves the '
        "odds, measured by leaving it out of the text and reading again; of the strongest words counts what they do once "
        "others that say the same are gone, where that is more. +1 makes “{top}” 2.7 times as "
        "likely against the rest.</p></details></div>"
    ).format(
        colour=render.COLOURS[top],
        words=words_html(result.text, result.spans, result.attributions, top, "The review", hints),
        chosen=chosen,
        top=top,
    )


def sentence(result: ReviewResult) -> str:
    """The strongest reasons; "" where no word counts as one."""
    return reason_sentence(result.tokens, result.attributions, result.phrases, result.sentiment.top)


def _all_words(result: ReviewResult) -> str:
    if not result.attention.size or _has_one_key(result):
        return CHOOSE_WORD if result.tokens else ONE_KEY
    whole = result.attention.mean(axis=0)
    if not result.tokens:
        return look_words(whole, result.grid, "Without words, the net")
    return f"{look_words(whole, result.grid, 'All words together')} {SCALE}"


def _hint(result: ReviewResult, index: int) -> str:
    """What word number ``index`` did, and where in the photo it looked."""
    seen = result.attention.size and not _has_one_key(result)
    looked = f" {look_words(result.attention[index], result.grid)}" if seen else ""
    return f"“{result.tokens[index]}” {pull_words(result.attributions[index], result.sentiment.top)}.{looked}"


def _photo(result: ReviewResult, picture: Picture | None) -> Markup:
    """The photo under an empty heat map, which the browser draws; without a photo the place says
    so."""
    if picture is None:
        absent = render.message("No photo was given. Add one to see where each word looks.")
        return Markup('<div class="looking"><h3>The photo</h3>{}</div>').format(absent)
    if _has_one_key(result):
        return Markup(
            '<div class="looking"><h3>The photo</h3><div class="frame">'
            '<img class="photo" src="{}" alt="{}"></div><p>{}</p></div>'
        ).format(render.data_url(shown(picture)), _alt(result), ONE_KEY)
    return Markup(
        '<div class="looking"><h3>Where the words looked</h3>{}{}'
        '<p class="hint">{}The map shows where the net looked, not why.</p></div>'
    ).format(photo_html(shown(picture), _alt(result)), render.STRENGTH, _attention(result))


def _alt(result: ReviewResult) -> str:
    """What a screen reader tells at the photo: the answer and its strongest reasons."""
    said = f"The photo of the review, read as {render.caption(result.sentiment)}."
    return f"{said} {sentence(result)}".rstrip()


def _attention(result: ReviewResult) -> str:
    """How much of the words' attention the photo got, which is not how much it changed; nothing
    where there are no words."""
    if not result.tokens:
        return ""
    meaning = next(words for least, words in ATTENTION if result.image_weight >= least)
    return f"Attention on the photo {render.percent(result.image_weight)}: {meaning}; the rest found nothing relevant there. "
