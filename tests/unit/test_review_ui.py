"""What the review tab shows, as pure functions."""

import json
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from mmsent.labels import SENTIMENT_COLOURS, SENTIMENTS
from mmsent.ui.common import assets, evidence
from mmsent.ui.review import tab as review_tab
from mmsent.ui.review.about import review_about_html
from mmsent.ui.review.view import verdict_html
from mmsent.ui.review.words import evidence_html, look_words, place, pull_words
from tests.review_fake import review, scores

TEXT = "The soup  was\n\tawful.  Lovely staff 😀"
PHOTO = np.full((200, 600, 3), 127, np.uint8)


def shown(html: str) -> str:
    """What is left of HTML when the tags are taken away."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def words(html: str) -> str:
    (part,) = re.findall(r'<div class="words".*?</div>', html, re.DOTALL)
    return part


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


def test_the_page_gets_the_whole_result_once():
    result = review(TEXT, photo=True)
    html = evidence_html(result, PHOTO)
    (told,) = re.findall(r'data-result="([^"]*)"', html)
    assert json.loads(unescape(told)) == json.loads(json.dumps(result.to_dict()))


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


def test_the_shares_of_both_sides_stand_with_the_reasons():
    both = review(TEXT, photo=True, shares={"text": 2.1, "image": -0.3})
    assert "Toward negative: text +2.1. Away from it: photo −0.3." in shown(
        evidence_html(both, PHOTO)
    )
    assert "Toward" not in evidence_html(review(TEXT, shares={"text": 2.1}), None)


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


def channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def luminance(rgb: np.ndarray) -> float:
    c = rgb / 255
    return float(
        np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    )


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
