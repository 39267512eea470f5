"""Which words and places of a review are coloured, and what is said of each."""

import re

import numpy as np
import pytest

from mmsent.labels import SENTIMENT_COLOURS
from mmsent.ui.common import assets, evidence
from mmsent.ui.review.words import evidence_html, look_words, place, pull_words
from tests.markup import channels, luminance, shown
from tests.review_fake import PHOTO, TEXT, review


def words(html: str) -> str:
    (part,) = re.findall(r'<div class="words".*?</div>', html, re.DOTALL)
    return part


def test_the_text_is_shown_exactly_as_written():
    text = "  <b>Bad</b>\u00a0soup &amp;\n\n\t“10/10” 😀👩‍👩‍👧 很难吃 ${x} {{y}} `z`  "
    html = words(evidence_html(review(text), None))
    assert shown(html) == text
    assert "<b>" not in html


def test_every_word_tells_its_pull_by_text_line_and_colour():
    html = words(evidence_html(review(TEXT, photo=True), PHOTO))
    soup, awful, lovely = (
        re.search(rf"<span[^>]*>{name}</span>", html).group()
        for name in ("soup", "awful.", "Lovely")
    )
    assert 'class="word"' in soup
    assert "hardly pulls either way" in soup
    assert 'class="word toward"' in awful
    assert "awful., pulls toward negative, +0.8" in awful
    assert 'class="word away"' in lovely
    assert "pulls away from negative, −0.6" in lovely
    assert all(
        'role="button"' in word and 'aria-pressed="false"' in word for word in (soup, awful, lovely)
    )


def test_one_word_is_a_stop_for_the_tab_key():
    assert words(evidence_html(review(TEXT), None)).count('tabindex="0"') == 1


@pytest.mark.parametrize(
    ("pulls", "full"),
    [((1.2, 0.6), 1.2), ((0.15, 0.1), 0.15), ((0.04, 0.0), 0.1), ((0.0,), 0.1), ((), 0.1)],
)
def test_the_strongest_pull_has_the_full_colour_unless_all_are_weak(pulls, full):
    assert evidence.full_colour(pulls, 0.1) == full


def test_colour_follows_the_yardstick_and_small_pulls_have_none():
    html = words(evidence_html(review("a b c d", attributions=(0.5, -0.25, 0.19, -0.1)), None))
    assert re.findall(r"--pull:([\d.]+)", html) == ["0.50", "0.25", "0.19", "0.10"]
    assert re.findall(r'class="([^"]*)" role="button"', html) == [
        "word toward",
        "word away",
        "word",
        "word",
    ]


@pytest.mark.parametrize(
    ("pulls", "none"), [((0.19, -0.19), True), ((0.1, -0.21), False), ((0.2, 0.0), False)]
)
def test_where_all_pulls_are_small_no_word_decides(pulls, none):
    html = evidence_html(review("a b", attributions=pulls), None)
    assert ("No single word decides" in html) == none
    assert ("Solid line" in html) != none


@pytest.mark.parametrize(
    ("pull", "told"), [(0.8, "toward"), (-0.3, "away from"), (0.04, "hardly"), (-0.04, "hardly")]
)
def test_pull_words(pull, told):
    assert told in pull_words(pull, "neutral")


def test_look_words_tell_share_and_place():
    row = np.zeros(6, np.float32)
    row[5] = 0.4
    assert (
        look_words(row, (2, 3))
        == "It gave 40 % of the attention to the photo, most of all at the bottom right."
    )
    assert "evenly" in look_words(np.full(6, 0.1, np.float32), (2, 3))
    assert "hardly looked at the photo: 97 %" in look_words(row * 0.075, (2, 3))


@pytest.mark.parametrize(
    ("index", "grid", "told"),
    [
        (0, (7, 7), "top left"),
        (24, (7, 7), "centre"),
        (45, (7, 7), "bottom"),
        (0, (1, 1), "centre"),
        (2, (1, 3), "right"),
    ],
)
def test_place(index, grid, told):
    assert place(index, grid) == told


@pytest.mark.parametrize("text", [TEXT, ""])
def test_the_photo_needs_no_words_and_words_no_photo(text):
    with_photo = evidence_html(review(text, photo=True), PHOTO)
    assert '<canvas class="heat"' in with_photo
    assert 'data-save="png"' in with_photo
    assert ("no words to show" in with_photo) == (not text)
    without = evidence_html(review(text or "x"), None)
    assert "No photo was given" in without
    assert "<canvas" not in without
    assert 'data-save="png"' in without, "a text alone has a picture of its answer, too"


def test_the_photo_tells_screen_readers_the_answer_and_its_reasons():
    (alt,) = re.findall(r'alt="([^"]*)"', evidence_html(review("awful staff", photo=True), PHOTO))
    assert alt == "The photo of the review, read as negative 80 %. “awful” speaks for negative."
    (plain,) = re.findall(r'alt="([^"]*)"', evidence_html(review("so so", photo=True), PHOTO))
    assert plain.endswith("negative 80 %.")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2000, 1000), (1024, 512)),
        ((600, 200), (600, 200)),
        ((48, 24), (336, 168)),
        ((1, 1), (320, 320)),
    ],
)
def test_photos_are_shown_neither_huge_nor_tiny(size, expected):
    assert evidence.shown(np.zeros((size[1], size[0], 3), np.uint8)).size == expected


@pytest.mark.parametrize("ground", ["#ffffff", "#131c2e"])
@pytest.mark.parametrize("colour", [*SENTIMENT_COLOURS.values(), "#a06bc9"])
def test_words_stay_readable_on_their_colour(colour, ground):
    """WCAG AA, 4.5 : 1, at the strongest pull in light and dark."""
    css = assets.read("common/evidence.css")
    assert "#a06bc9" in css
    most = int(re.search(r"var\(--pull\) \* (\d+)%", css).group(1)) / 100
    behind = most * channels(colour) + (1 - most) * channels(ground)
    ink = channels("#0f172a" if ground == "#ffffff" else "#e2e8f0")
    light, dark = sorted((luminance(behind), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
