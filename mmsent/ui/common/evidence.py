"""What reviews and memes show alike: words coloured by their pull, and the picture under a map of
its places."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from markupsafe import Markup
from PIL import Image

from mmsent.media import Picture
from mmsent.ui.common import assets, render
from mmsent.ui.common.html import NOTHING, joined

SHOWN_SIDE: Final = 1024  # pixels of the longer side of the picture
LEAST_SIDE: Final = 320  # smaller pictures are enlarged to it, so that there is something to see
# log-odds, odds times 2.7: what has the full colour where no word pulls more
LEAST_FULL: Final = 1.0
SMALL: Final = 0.2  # log-odds, odds times 1.2: words that pull less stay uncoloured
CHOOSE_WORD: Final = "Choose a word to read its pull."
NO_WORD: Final = "No single word decides; the text as a whole does."
ROWS: Final = ("top", "", "bottom")
COLUMNS: Final = ("left", "", "right")


def verdict_script(text: str, run: str) -> str:
    """What a verdict does in the browser; ``text`` and ``run`` select the text and the button that
    reads it."""
    return assets.mount_script("common/verdict.js", {"text": text, "run": run})


def map_script(module: str, **config: Any) -> str:
    """What a view with a heat map does in the browser; ``module`` gets its colours, and
    ``config``."""
    return assets.mount_script(module, {"heat": render.HEAT_COLOURS.tolist(), **config})


def words_html(
    text: str,
    spans: Sequence[tuple[int, int]],
    pulls: Sequence[float],
    top: str,
    what: str,
    hints: Sequence[str],
) -> Markup:
    """The text exactly as it is, every word of it a button coloured by its pull toward the label
    ``top``, under a legend.

    ``spans`` are the (start, end) of the words in ``text``, ``pulls`` their log-odds, ``hints`` the
    sentences on each once it is chosen; ``what`` names the text to screen readers.
    """
    full = full_colour(map(abs, pulls), LEAST_FULL)
    parts: list[str] = []  # of them, the text between words is escaped where they are joined
    end = 0
    for index, (start, stop) in enumerate(spans):
        word = _word(
            index, text[start:stop], pulls[index], full, pull_words(pulls[index], top), hints[index]
        )
        parts += [text[end:start], word]
        end = stop
    legend = Markup(
        '<span class="toward">Solid line</span> pulls toward “{}”, <span class="away">dashed line</span> pulls away from '
        "it; the stronger the colour, the stronger the pull."
    ).format(render.spoken(top))
    return Markup(
        '<p class="legend">{legend}</p>'
        '<div class="words" dir="auto" role="group" aria-label="{what}, word by word; arrow keys go from word to word">'
        "{words}</div>"
    ).format(
        legend=NO_WORD if no_word_pulls(pulls) else legend,
        what=what,
        words=joined([*parts, text[end:]]),
    )


def no_word_pulls(pulls: Sequence[float]) -> bool:
    """Whether every one of these log-odds is too small to count as a reason."""
    return all(abs(pull) < SMALL for pull in pulls)


def full_colour(pulls: Iterable[float], least: float) -> float:
    """The log-odds that get the full colour: the strongest of ``pulls``, so that their differences
    show, but ``least`` at least, lest nothing looks like something."""
    return max([least, *pulls])


def pull_words(pull: float, top: str) -> str:
    """A pull in log-odds as words: "pulls toward negative, +0.8"."""
    if abs(pull) < 0.05:
        return "hardly pulls either way"
    side = "toward" if pull > 0 else "away from"
    return f"pulls {side} {render.spoken(top)}, {signed(pull)}"


def signed(pull: float) -> str:
    """A pull in log-odds as a number with its sign: "−0.6"."""
    return f"{pull:+.1f}".replace("-", "−")


def place(index: int, grid: tuple[int, int]) -> str:
    """A patch of the grid (rows, columns) in words: "top left", "centre", "bottom" ..."""
    high, wide = grid
    row, column = divmod(index, wide)
    return f"{ROWS[_third(row, high)]} {COLUMNS[_third(column, wide)]}".strip() or "centre"


def photo_html(image: Image.Image, alt: str, over: Markup = NOTHING) -> Markup:
    """The picture under an empty heat map, which the browser draws, and under ``over``."""
    return Markup(
        '<div class="frame"><img class="photo" src="{}" alt="{}">'
        '<canvas class="heat" role="img" aria-label="Heat map over the picture"></canvas>{}</div>'
    ).format(render.data_url(image), alt, over)


def shown(picture: Picture) -> Image.Image:
    """A picture (H, W, 3) between LEAST_SIDE and SHOWN_SIDE pixels long."""
    image = render.fit(picture, SHOWN_SIDE)
    factor = -(-LEAST_SIDE // max(image.size))
    return image if factor == 1 else image.resize((image.width * factor, image.height * factor))


def _third(at: int, of: int) -> int:
    return int(3 * (at + 0.5) / of)


def _word(index: int, word: str, pull: float, full: float, told: str, hint: str) -> Markup:
    """``pull`` in log-odds, of which ``full`` gets the full colour."""
    side = "" if abs(pull) < SMALL else " toward" if pull > 0 else " away"
    return Markup(
        '<span class="word{side}" role="button" tabindex="{tab}" data-word="{index}" aria-pressed="false" '
        'style="--pull:{share:.2f}" title="{told}" aria-label="{word}, {told}" data-hint="{hint}">{word}</span>'
    ).format(
        side=side,
        tab=0 if index == 0 else -1,
        index=index,
        share=abs(pull) / full,
        told=told,
        word=word,
        hint=hint,
    )
