"""The sentence of the strongest reasons."""

import pytest

from mmsent.results import Phrase
from mmsent.ui.common.reason_sentence import reason_sentence, shares_html, shares_sentence
from mmsent.ui.review.words import evidence_html
from tests.review_fake import review


@pytest.mark.parametrize(
    ("text", "attributions", "phrases", "told"),
    [
        (
            "Not bad, do not buy again.",
            (-0.7, -0.6, 0.1, 5.1, 1.0, 0.75),
            (),
            "“not”, “buy” and “again” speak for negative.",
        ),
        (
            "Not bad, do not buy again.",
            (-0.7, -0.6, 0.1, 5.1, 0.3, 0.75),
            (Phrase(0, 2, -0.8),),
            "“not” and “again” speak for negative; “Not bad” speaks against it.",
        ),
        ("a lovely day", (0.0, -2.0, -0.2), (), "“lovely” and “day” speak against negative."),
        ("so so", (0.6, 0.5), (), "“so” speaks for negative."),
        ("a b", (0.19, -0.19), (), ""),
        ("😀 !", (0.5, 0.3), (), "“😀” and “!” speak for negative."),
        ("", (), (), ""),
    ],
)
def test_the_three_strongest_reasons(text, attributions, phrases, told):
    assert reason_sentence(text.split(), attributions, phrases, "negative") == told


def test_it_stands_with_the_words_and_is_escaped():
    html = evidence_html(review("<b>awful</b> lovely", attributions=(0.8, -0.6)), None)
    assert "“&lt;b&gt;awful&lt;/b&gt;” speaks for negative; “lovely” speaks against it." in html
    assert 'class="reasons"' not in evidence_html(review("a b", attributions=(0.1, 0.1)), None)


NAMES = {"text": "words", "audio": "voice", "face": "face"}


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ({}, ""),
        ({"face": 1.0}, ""),  # it is all there is
        ({"audio": 0.4, "text": 1.24}, "Toward joy: words +1.2, voice +0.4."),
        ({"text": -0.3, "audio": -0.7}, "Away from joy: voice −0.7, words −0.3."),
        (
            {"text": -2.0, "audio": 0.3, "face": 0.02},
            "Toward joy: voice +0.3, face +0.0. Away from it: words −2.0.",
        ),
    ],
)
def test_the_shares_in_a_sentence_the_stronger_first(shares, told):
    assert shares_sentence(shares, NAMES, "joy") == told
    assert ("log-odds" in shares_html(shares, NAMES, "joy")) == bool(told)
