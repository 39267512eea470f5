"""Which words and places spoke for each answer to a meme, as the page shows them."""

import json
import re
from html import unescape

import numpy as np
import pytest

from mmsent.labels import ASPECTS, MEME_ASPECTS
from mmsent.results import Line, Phrase
from mmsent.ui.common import assets
from mmsent.ui.meme.reasons import SHOWN_WORDS, place_words, reasons_html
from tests.markup import channels, luminance, shown
from tests.meme_fake import FIGURES, WORDS, meme
from tests.review_fake import NASTY

PICTURE = np.full((200, 600, 3), 127, np.uint8)


def of_aspect(html: str, aspect: str) -> str:
    """The words under ``aspect``, with their legend."""
    (part,) = re.findall(rf'<div data-aspect="{aspect}".*?</div></div>', html, re.DOTALL)
    return part


def test_each_aspect_has_its_own_words_and_pulls():
    html = reasons_html(meme(), PICTURE, FIGURES, WORDS)
    assert shown(of_aspect(html, "humour")).endswith("awful soup so funny")
    assert "funny, pulls toward very funny, +0.9" in of_aspect(html, "humour")
    assert "awful, pulls away from very funny, −0.4" in of_aspect(html, "humour")
    assert "awful, pulls toward very offensive, +1.2" in of_aspect(html, "offensive")
    assert "funny, hardly pulls either way" in of_aspect(html, "offensive")
    assert "tells little" in html.split('data-aspect="motivational"')[1].split('class="chosen"')[0]
    assert html.count("tells little") == 1


def test_the_page_gets_the_whole_result_once():
    result = meme()
    (told,) = re.findall(r'data-result="([^"]*)"', reasons_html(result, PICTURE, FIGURES, WORDS))
    assert json.loads(unescape(told)) == json.loads(json.dumps(result.to_dict()))


def test_lines_have_boxes_in_parts_of_the_picture():
    html = reasons_html(meme(), PICTURE, FIGURES, WORDS)
    first, second = re.findall(r'<span class="box"[^>]*>', html)
    assert "left:10.00%;top:10.00%;width:80.00%;height:20.00%" in first
    assert 'data-line="1"' in second
    told = [
        shown(line) for line in re.findall(r'<button type="button" class="line".*?</button>', html)
    ]
    assert told == ["AWFUL Soup! 98 %", "so funny 71 %"]
    assert 'alt="The meme. Text on it: AWFUL Soup! / so funny"' in html


def test_a_picture_needs_no_text_and_a_text_no_picture():
    no_text = reasons_html(meme(""), PICTURE, FIGURES, WORDS)
    assert "data-line" not in no_text
    assert "no words to show" in no_text
    assert '<canvas class="heat"' in no_text
    no_picture = reasons_html(meme("so funny", picture=False), None, FIGURES, WORDS)
    assert "No picture was given" in no_picture
    assert "<canvas" not in no_picture
    assert 'data-save="png"' in no_picture, "a text alone has a picture of its answer, too"


def test_each_aspect_has_its_strongest_reasons_in_a_sentence():
    shares = {"humour": {"text": 0.9, "image": -0.2}}
    phrases = {"offensive": (Phrase(0, 2, 1.4),)}
    html = reasons_html(meme(shares=shares, phrases=phrases), PICTURE, FIGURES, WORDS)
    humour = of_aspect(html, "humour")
    assert "“funny” speaks for very funny; “awful” speaks against it." in humour
    assert "Toward very funny: words +0.9. Away from it: picture −0.2." in shown(humour)
    assert "“awful soup” speaks for very offensive." in of_aspect(html, "offensive")
    assert "Toward" not in of_aspect(html, "offensive")
    assert 'class="reasons"' not in of_aspect(html, "motivational")
    assert 'data-told="Humour: very funny 60 %"' in html


def test_a_very_long_text_is_cut_on_the_page_and_whole_in_the_download():
    result = meme("word " * 3000)
    html = reasons_html(result, PICTURE, FIGURES, WORDS)
    assert html.count('role="button"') == SHOWN_WORDS * 6
    assert "the other 2,600 too" in html
    assert len(result.to_dict()["tokens"]) == 3000


def test_nothing_read_on_a_picture_becomes_html():
    pulls = dict.fromkeys(MEME_ASPECTS, (0.0, 0.0))
    lines = (Line(NASTY, (0, 0, 9, 9), 0.9),)
    html = reasons_html(
        meme(NASTY, lines=lines, tokens=("<b>x", '"'), attributions=pulls),
        PICTURE,
        FIGURES,
        WORDS,
    )
    assert "<img src=x" not in html
    assert "<b>x" not in html
    assert html.count("&lt;b&gt;x") == 6 * 3 + 1  # label, hint and word for each aspect; the result


@pytest.mark.parametrize(
    ("pull", "told"),
    [
        ([0.0, 0.31, -2.0], "The picture pulls toward “very funny” most at the centre, +0.31."),
        ([-0.2, 0.005, -0.1], "No place of the picture pulls toward “very funny”."),
        ([], "No place of the picture pulls toward “very funny”."),
    ],
)
def test_place_words(pull, told):
    assert place_words(np.array(pull, np.float32), (1, 3), "very_funny") == told


def test_weak_pulls_do_not_get_the_full_colour():
    weak = dict.fromkeys(MEME_ASPECTS, np.full(6, 0.005, np.float32))
    assert 'data-full="0.02"' in reasons_html(meme(picture_pull=weak), PICTURE, FIGURES, WORDS)
    strong = dict.fromkeys(MEME_ASPECTS, np.array([0.5, -2, 0, 0, 0, 0], np.float32))
    assert 'data-full="0.5"' in reasons_html(meme(picture_pull=strong), PICTURE, FIGURES, WORDS), (
        "what pulls away stays clear"
    )


@pytest.mark.parametrize(
    ("word", "spot", "single"), [(0.1, 0.005, False), (0.3, 0.005, True), (0.1, 0.02, True)]
)
def test_an_answer_that_nothing_single_drove_says_so(word, spot, single):
    pulls = dict.fromkeys(MEME_ASPECTS, (word, 0.0, 0.0, 0.0))
    places = dict.fromkeys(MEME_ASPECTS, np.array([spot, -0.5, 0, 0, 0, 0], np.float32))
    html = reasons_html(meme(attributions=pulls, picture_pull=places), PICTURE, FIGURES, WORDS)
    assert html.count("Nothing single drove this answer") == (0 if single else len(MEME_ASPECTS))


@pytest.mark.parametrize("ground", ["#ffffff", "#131c2e"])
@pytest.mark.parametrize("colour", [one.hue for one in ASPECTS.values() if one.hue])
def test_words_stay_readable_on_their_colour(colour, ground):
    """WCAG AA, 4.5 : 1, at the strongest pull in light and dark."""
    most = (
        int(re.search(r"var\(--pull\) \* (\d+)%", assets.read("common/evidence.css")).group(1))
        / 100
    )
    behind = most * channels(colour) + (1 - most) * channels(ground)
    ink = channels("#0f172a" if ground == "#ffffff" else "#e2e8f0")
    light, dark = sorted((luminance(behind), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
