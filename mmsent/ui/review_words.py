"""Why a review was read as it was: its words coloured by their pull, and the photo with the places each word looked at."""

import json
from html import escape
from typing import Final

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmsent.media import Picture
from mmsent.results import ReviewResult
from mmsent.ui import assets, render

SHOWN_SIDE: Final = 1024  # pixels of the longer side of the photo
LEAST_SIDE: Final = 320  # smaller photos are enlarged to it, so that there is something to see
FULL_PULL: Final = 0.5  # log-odds that get the full colour at least, lest tiny pulls look like large ones
PLAIN: Final = 0.1  # of the full colour; words below it stay uncoloured
HARDLY: Final = 0.05  # of a word's attention: with less it hardly looked at the photo
EVEN: Final = 2.0  # a brightest place below this many times the mean says nothing about where
ROWS: Final = ("top", "", "bottom")
COLUMNS: Final = ("left", "", "right")
SCALE: Final = (
    "Here the place they looked at most has the full colour; with one word chosen, full colour means the strongest look of any "
    "word, so that words can be compared."
)


def evidence_view() -> gr.HTML:
    """Words and photo; choosing a word redraws the map in the browser and asks the server nothing."""
    return gr.HTML(
        "",
        html_template="${value}",  # made below; everything foreign in it is escaped
        css_template=assets.read("parts.css", "review.css"),
        js_on_load=f"const HEAT = {render.HEAT_COLOURS.tolist()};\n" + assets.read("save.js", "strength.js", "review.js"),
        apply_default_css=False,
        elem_id="review-evidence",
    )


def evidence_html(result: ReviewResult, picture: Picture | None) -> str:
    """Words (where there are any) beside the photo ((H, W, 3), where there is one), with the downloads of both.

    The whole result travels once, as JSON in ``data-result``; the browser draws from it and saves it.
    """
    told = json.dumps(result.to_dict(), ensure_ascii=False)
    png = '<button type="button" data-save="png">Download photo with map (PNG)</button>' if picture is not None else ""
    return (
        f'<div class="evidence" data-result="{escape(told)}" data-chosen="all">{_words(result)}{_photo(picture)}</div>'
        f'<div class="buttons downloads">{png}<button type="button" data-save="json">Download numbers (JSON)</button></div>'
    )


def pull_words(pull: float, top: str) -> str:
    """A pull in log-odds as words: "pulls toward negative, +0.8"."""
    if abs(pull) < 0.05:
        return "hardly pulls either way"
    return f"pulls {'toward' if pull > 0 else 'away from'} {top}, {pull:+.1f}".replace("-", "−")


def look_words(row: NDArray[np.float32], grid: tuple[int, int], who: str = "It") -> str:
    """Where a row of attention (gh * gw,) looked, as a sentence; its sum is the share that the photo got."""
    share = float(row.sum())
    if share < HARDLY:
        return f"{who} hardly looked at the photo: {render.percent(1 - share)} of the attention found “nothing relevant here”."
    even = row.max() < EVEN * share / row.size
    where = "evenly over all of it" if even else f"most of all at the {place(int(row.argmax()), grid)}"
    return f"{who} gave {render.percent(share)} of the attention to the photo, {where}."


def place(index: int, grid: tuple[int, int]) -> str:
    """A patch of the grid in words: "top left", "centre", "bottom" ..."""
    high, wide = grid
    row, column = divmod(index, wide)
    return f"{ROWS[_third(row, high)]} {COLUMNS[_third(column, wide)]}".strip() or "centre"


def _third(at: int, of: int) -> int:
    return int(3 * (at + 0.5) / of)


def _words(result: ReviewResult) -> str:
    """The text exactly as it was written, every word of it a button, and the sentence on the chosen one."""
    hint = escape(_all_words(result))
    chosen = f'<p class="chosen" role="status" data-all="{hint}">{hint}</p>'
    if not result.tokens:
        absent = render.message("There are no words to show.")
        return f'<div class="reading"><h3>The words</h3>{absent}{chosen}</div>'
    top = escape(result.sentiment.top)
    full = max(FULL_PULL, *map(abs, result.pull))
    parts, end = [], 0
    for index, (start, stop) in enumerate(result.spans):
        parts += [escape(result.text[end:start]), _word(result, index, result.pull[index] / full)]
        end = stop
    return (
        f'<div class="reading" style="--verdict:{render.COLOURS[result.sentiment.top]}"><h3>What each word did</h3>'
        f'<p class="legend"><span class="toward">Solid line</span> pulls toward “{top}”, <span class="away">dashed line</span> '
        "pulls away from it; the stronger the colour, the stronger the pull.</p>"
        '<div class="words" dir="auto" role="group" aria-label="The review, word by word; arrow keys go from word to word">'
        f"{''.join(parts)}{escape(result.text[end:])}</div>"
        '<div class="buttons"><button type="button" data-word="all" aria-pressed="true">All words</button></div>'
        f'{chosen}<p class="hint">A pull is how much the word moves the odds, measured by leaving it out of what is '
        f"classified: +1 makes “{top}” 2.7 times as likely against the rest.</p></div>"
    )


def _all_words(result: ReviewResult) -> str:
    if not result.attention.size:
        return "Choose a word to read its pull."
    whole = result.attention.mean(axis=0)
    if not result.tokens:
        return look_words(whole, result.grid, "Without words, the net")
    return f"{look_words(whole, result.grid, 'All words together')} {SCALE}"


def _word(result: ReviewResult, index: int, strength: float) -> str:
    """``strength`` is the pull as a part of what gets the full colour, -1..1."""
    token, pull = result.tokens[index], pull_words(result.pull[index], result.sentiment.top)
    side = "" if abs(strength) < PLAIN else " toward" if strength > 0 else " away"
    looked = f" {look_words(result.attention[index], result.grid)}" if result.attention.size else ""
    return (
        f'<span class="word{side}" role="button" tabindex="{0 if index == 0 else -1}" data-word="{index}" aria-pressed="false" '
        f'style="--pull:{abs(strength):.2f}" title="{escape(pull)}" aria-label="{escape(f"{token}, {pull}")}" '
        f'data-hint="{escape(f"“{token}” {pull}.{looked}")}">{escape(token)}</span>'
    )


def _photo(picture: Picture | None) -> str:
    """The photo under an empty heat map, which the browser draws; without a photo the place says so."""
    if picture is None:
        absent = render.message("No photo was given. Add one to see where each word looks.")
        return f'<div class="looking"><h3>The photo</h3>{absent}</div>'
    return (
        '<div class="looking"><h3>Where the words looked</h3>'
        f'<div class="frame"><img class="photo" src="{render.data_url(_shown(picture))}" alt="The photo of the review">'
        '<canvas class="heat" role="img" aria-label="Heat map over the photo"></canvas></div>'
        f'{render.STRENGTH}<p class="hint">The map shows where the net looked, not why.</p></div>'
    )


def _shown(picture: Picture) -> Image.Image:
    """The photo between LEAST_SIDE and SHOWN_SIDE pixels long."""
    image = render.fit(picture, SHOWN_SIDE)
    factor = -(-LEAST_SIDE // max(image.size))
    return image if factor == 1 else image.resize((image.width * factor, image.height * factor))
