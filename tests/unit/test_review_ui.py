"""What the review tab shows, as pure functions."""

import json
import re
from html import unescape

import pytest
from PIL import Image

from mmsent.labels import SENTIMENTS
from mmsent.ui.common import assets
from mmsent.ui.review import tab as review_tab
from mmsent.ui.review.about import review_about_html
from mmsent.ui.review.view import verdict_html
from mmsent.ui.review.words import evidence_html
from tests.markup import shown
from tests.review_fake import PHOTO, TEXT, review, scores


def test_verdict_with_text_and_photo_shows_three_columns_and_the_flag():
    html = verdict_html(review(TEXT, photo=True))
    for told in ("Negative (80 %)", "Text and photo together", "Text alone", "Photo alone"):
        assert told in html
    assert "the text alone says negative 90 % and the photo alone says positive 70 %" in shown(html)
    assert html.count('class="bars"') == 3


def test_the_flag_is_there_only_with_a_conflict():
    assert "disagree" not in verdict_html(review(TEXT, photo=True, conflict=False))


@pytest.mark.parametrize(
    ("text", "photo", "missing", "there"),
    [
        (TEXT, False, "No photo was given", "Text alone"),
        ("", True, "No text was given", "Photo alone"),
    ],
)
def test_what_is_missing_is_said(text, photo, missing, there):
    html = verdict_html(review(text, photo=photo))
    assert missing in html
    assert there in html
    assert html.count('class="bars"') == 1
    assert "The photo" not in html


def test_an_unsure_verdict_names_what_it_leans_to():
    html = verdict_html(review(TEXT, sentiment=scores(p=0.4, unsure=True)))
    assert "Not sure" in html
    assert "Most likely negative" in html
    assert 'class="dot"' not in html, "what is not sure has no colour"


@pytest.mark.parametrize(
    ("text", "photo", "unsure", "apart"),
    [
        ("positive", "positive", False, True),
        ("positive", "neutral", False, True),
        ("negative", "positive", False, False),
        ("positive", "positive", True, False),
    ],
)
def test_a_verdict_that_neither_side_gives_is_pointed_out(text, photo, unsure, apart):
    sides = {"text": scores(text, 0.47), "image": scores(photo, 0.42)}
    result = review(
        TEXT,
        photo=True,
        conflict=False,
        contributions=sides,
        sentiment=scores(p=0.58, unsure=unsure),
    )
    assert ("differently from either alone" in verdict_html(result)) == apart


@pytest.mark.parametrize(
    ("alone", "told"), [("negative", "does not change"), ("positive", "changes")]
)
def test_what_the_photo_changed_is_said(alone, told):
    sides = {"text": scores(alone, 0.9), "image": scores("positive", 0.7)}
    html = verdict_html(review(TEXT, photo=True, contributions=sides))
    assert f"The photo {told} the answer: with it negative 80 %, without it {alone} 90 %." in html


def test_notes_are_sentences_and_escaped():
    assert '<p class="note">Not English? &lt;b&gt;</p>' in verdict_html(
        review(TEXT, notes=("Not English? <b>",))
    )


@pytest.mark.parametrize(
    ("weight", "meaning"), [(0.01, "hardly"), (0.1, "glanced"), (0.3, "partly"), (0.9, "mostly")]
)
def test_the_attention_is_a_number_with_a_meaning_below_the_map(weight, meaning):
    result = review(TEXT, photo=True, image_weight=weight)
    html = evidence_html(result, PHOTO)
    assert re.search(
        f"Attention on the photo {100 * weight:.0f} %: the words [a-z ]*{meaning}", html
    )
    assert "Attention" not in verdict_html(result)
    assert "Attention on the photo" not in evidence_html(review("", photo=True), PHOTO)


def test_the_page_gets_the_whole_result_once():
    result = review(TEXT, photo=True)
    html = evidence_html(result, PHOTO)
    (told,) = re.findall(r'data-result="([^"]*)"', html)
    assert json.loads(unescape(told)) == json.loads(json.dumps(result.to_dict()))


def test_the_shares_of_both_sides_stand_with_the_reasons():
    both = review(TEXT, photo=True, shares={"text": 2.1, "image": -0.3})
    assert "Toward negative: text +2.1. Away from it: photo −0.3." in shown(
        evidence_html(both, PHOTO)
    )
    assert "Toward" not in evidence_html(review(TEXT, shares={"text": 2.1}), None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, ""),
        ("plain", "plain"),
        ("😀", "😀"),
        ("\ud83d\ude00", "😀"),
        ("half \ud83d.", "half \ufffd."),
    ],
)
def test_half_emoji_never_reach_the_page(text, kept):
    assert review_tab.replace_lone_surrogates(text) == kept


def test_every_example_has_its_picture():
    photos = [example.photo for example in review_tab.EXAMPLES if example.photo]
    assert photos
    licences = (assets.EXAMPLES / "README.md").read_text(encoding="utf-8")
    for photo in photos:
        assert (assets.EXAMPLES / photo).stat().st_size <= 40_000
        assert re.search(rf"`{photo}`.*CC0", licences)


def figures(**more) -> dict:
    per_class = {
        label: {"precision": 0.5, "recall": 0.61, "f1": 0.55, "n": 1234} for label in SENTIMENTS
    }
    whole = {
        "n": 4500,
        "accuracy": 0.712,
        "macro_f1": 0.69,
        "ece": 0.021,
        "floor_accuracy": 0.345,
        "floor_label": "positive",
    }
    return whole | {"per_class": per_class} | more


def test_about_shows_every_figure_beside_its_floor(tmp_path):
    side = {
        "accuracy": 0.655,
        "accuracy_interval": [0.63, 0.68],
        "macro_f1": 0.5,
        "macro_f1_interval": [0.47, 0.53],
    }
    mvsa = figures(fused=side, text_only=side, image_only=side)
    (tmp_path / "plots").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "plots" / "reliability_mvsa.png")
    moved = {"most_attended": 0.034, "random": 0.012}
    html = review_about_html(
        {"test": {"reviews": figures(), "mvsa": mvsa}, "faithfulness": moved}, tmp_path
    )
    for told in (
        "71.2 %",
        "34.5 %",
        "4,500",
        "61.0 %",
        "65.5 % (63.0 to 68.0)",
        "0.50 (0.47 to 0.53)",
        "3.4 perc",
        "1.2 perc",
    ):
        assert told in html, told
    assert html.count("/reliability_mvsa.png") == 1


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        {"test": {"reviews": {}}},
        {"test": {"reviews": {"n": 5}}},
        {"test": {"mvsa": {"fused": {"accuracy": 0.5}}}, "faithfulness": {"n": 5}},
    ],
)
def test_about_does_without_figures_that_are_missing(metrics):
    html = review_about_html(metrics, None)
    assert "No model card says what this model learned from" in html
    assert "None" not in html
