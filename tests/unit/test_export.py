"""What is taken away of an answer: the words to copy, and buttons for what there is."""

import re

import pytest

from mmsent.ui.common import assets
from mmsent.ui.common.export import FORMATS, export_html
from mmsent.ui.meme.figures import figures_of, word_figures_of
from mmsent.ui.meme.reasons import reasons_html
from mmsent.ui.meme.view import meme_text
from mmsent.ui.review.words import evidence_html, review_text
from mmsent.ui.video.view import clip_html, clip_text
from tests.meme_fake import METRICS, SOURCES, meme
from tests.review_fake import review
from tests.video_results import result as clip


def test_every_format_has_a_button_and_the_text_is_escaped():
    html = export_html(FORMATS, 'a "b" <c>')
    assert re.findall(r'data-save="(\w+)">', html) == list(FORMATS)
    assert 'data-text="a &#34;b&#34; &lt;c&gt;"' in html
    assert re.search(r'data-copy="link" hidden', html), "only an example has an address"


@pytest.mark.parametrize(
    "html",
    [
        evidence_html(review("awful soup"), None),
        reasons_html(
            meme("so funny"), None, figures_of(METRICS, SOURCES), word_figures_of(METRICS)
        ),
        clip_html(clip()),
        assets.read("face/live.html").partition('<ul class="bars"')[2],
    ],
    ids=["review", "meme", "clip", "live"],
)
def test_it_is_the_first_thing_below_the_verdict(html):
    assert re.findall(r"<h3[^>]*>([^<]*)", html)[0] == "Export"


def test_a_review_as_text_has_verdict_sides_and_words():
    lines = review_text(review("awful soup", photo=True)).splitlines()
    assert lines[0] == "Negative (80 %)"
    assert "Text alone: negative 90 %" in lines
    assert "Photo alone: positive 70 %" in lines
    assert lines[-1] == "awful soup"
    alone = review_text(review("awful soup"))
    assert "alone:" not in alone


def test_a_meme_as_text_has_every_answer():
    told = meme(), figures_of(METRICS, SOURCES), word_figures_of(METRICS)
    lines = meme_text(*told).splitlines()
    assert lines[0].startswith("The words are ironic (78 %)")
    assert "Harm: not harmful 60 %" in lines
    assert "Words: irony: ironic 78 %" in lines


def test_a_clip_as_text_has_a_line_a_moment():
    told = clip("Well done")
    lines = clip_text(told).splitlines()
    assert lines[1].startswith("0:00 Well done")
    assert lines[1].endswith("joy 70 %")
    assert len(lines) == 1 + len(told.moments) + len(told.notes)
