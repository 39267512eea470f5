"""What the meme tab shows, as pure functions."""

import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from PIL import Image

from mmsent.labels import ASPECTS, FACE_EMOTIONS, MEME_ASPECTS, MEME_WORDS
from mmsent.results import Face, Line, MemeResult, Phrase, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.meme import tab as meme_tab
from mmsent.ui.meme.about import meme_about_html
from mmsent.ui.meme.cards import cards_html
from mmsent.ui.meme.figures import figures_of, standing, word_figures_of
from mmsent.ui.meme.reasons import SHOWN_WORDS, place_words, reasons_html
from mmsent.ui.meme.view import verdict_html
from tests.meme_fake import METRICS, SOURCES, figures, meme, scores, scores_of
from tests.review_fake import NASTY
from tests.unit.test_review_ui import channels, luminance, shown

FIGURES, WORDS = figures_of(METRICS, SOURCES), word_figures_of(METRICS)
PICTURE = np.full((200, 600, 3), 127, np.uint8)


def headline(html: str) -> str:
    (line,) = re.findall(r"<h3>(.*?)</h3>", html)
    return line


def of_aspect(html: str, aspect: str) -> str:
    """The words under ``aspect``, with their legend."""
    (part,) = re.findall(rf'<div data-aspect="{aspect}".*?</div></div>', html, re.DOTALL)
    return part


def test_every_label_has_words_without_underscores():
    words = [render.spoken(label) for labels in MEME_ASPECTS.values() for label in labels]
    assert len(set(words)) == len(words) == 19
    assert not any("_" in word for word in words)
    assert render.spoken("very_twisted") == "very twisted"
    assert render.spoken("slight") == "slightly offensive"


def changed(result: MemeResult, **aspects: Scores) -> MemeResult:
    return replace(result, aspects=result.aspects | aspects)


def said(result: MemeResult, **words: Scores) -> MemeResult:
    return replace(result, words=result.words | words)


def test_the_headline_says_what_is_reliable():
    html = verdict_html(meme(), FIGURES, WORDS)
    told = (
        "The words are ironic (78 %), offensive (78 %) and negative (78 %) and show anger (78 %); "
        "nothing suggests harm (60 %)."
    )
    assert headline(html) == told
    assert "guessing" not in html


def test_what_is_right_no_more_often_than_the_commonest_answer_is_left_out():
    weak = WORDS | {"irony": figures("irony", accuracy=0.592, floor_accuracy=0.603)}
    assert "ironic" in headline(verdict_html(meme(), FIGURES, WORDS))
    assert "ironic" not in headline(verdict_html(meme(), FIGURES, weak))


def test_what_is_not_sure_is_said_to_be_so():
    result = changed(meme(), harmful=scores("harmful", "harmful", unsure=True))
    unsure = {name: replace(one, unsure=True) for name, one in result.words.items()}
    told = "What the words say is not clear; whether it is harmful is not clear."
    assert headline(verdict_html(said(result, **unsure), FIGURES, WORDS)) == told


def test_without_words_harm_alone_is_said():
    assert headline(verdict_html(meme(""), FIGURES, WORDS)) == "Nothing suggests harm (60 %)."


def test_a_checkpoint_without_harm_and_words_tells_what_is_above_guessing():
    result = meme(words={}, aspects={a: s for a, s in meme().aspects.items() if a != "harmful"})
    assert headline(verdict_html(result, FIGURES, WORDS)) == "Negative, very funny, very offensive."
    weak = {aspect: figures(aspect, p_value=0.4) for aspect in MEME_ASPECTS}
    assert headline(verdict_html(result, weak, WORDS)) == "Nothing can be said for sure."


@pytest.mark.parametrize(
    ("top", "unsure", "offends", "warned"),
    [
        ("not_harmful", False, 0.49, ()),
        ("harmful", True, 0.49, ()),
        ("harmful", False, 0.49, ("the model calls it harmful 60 %",)),
        ("not_harmful", False, 0.98, ("its words read as offensive (98 %)",)),
        ("harmful", False, 0.98, ("its words read as offensive (98 %)", "harmful 60 %")),
    ],
)
def test_the_content_warning_follows_harm_and_the_words(top, unsure, offends, warned):
    words = scores_of(MEME_WORDS["offence"], "offensive", offends)
    result = said(changed(meme(), harmful=scores("harmful", top, unsure=unsure)), offence=words)
    html = verdict_html(result, FIGURES, WORDS)
    assert ("Content warning" in html) == bool(warned)
    assert all(told in html for told in warned)


def test_faces_in_the_picture_are_one_line():
    face = Face((0, 0, 9, 9), 0.99, None, scores_of(FACE_EMOTIONS, "happy", 0.86))
    assert "<p" not in verdict_html(meme(), FIGURES, WORDS).split("</h3>")[1]
    assert "One face in the picture: happy 86 %." in verdict_html(
        meme(faces=(face,)), FIGURES, WORDS
    )
    many = verdict_html(meme(faces=(face,) * 7), FIGURES, WORDS)
    assert "7 faces in the picture: " + "happy 86 %, " * 4 + "happy 86 % and more." in many


def test_notes_are_sentences_and_escaped():
    assert '<p class="note">Not English? &lt;b&gt;</p>' in verdict_html(
        meme(notes=("Not English? <b>",)), {}, {}
    )


def test_a_card_has_answer_bars_and_figures():
    html = cards_html(meme(), FIGURES, WORDS)
    assert (html.count('type="radio"'), html.count('class="bars"')) == (6, 10)
    told = shown(html)
    for words in (
        "Humour ●○○○ very funny 60 %",
        "not sure (most likely twisted meaning)",
        "slightly offensive",
        "Words: irony ●●●● ironic 78 %",
    ):
        assert words in told, words
    assert told.count("Macro-F1 0.29; guessing gives 0.25.") == 6
    assert told.count("Right in 41 % of 645 rows in tests") == 10
    assert html.count("○○○○") == 1, "motivation is no better than guessing"
    assert "not better" not in told.lower(), "it is not the loudest word of any card"


def test_the_most_reliable_cards_come_first_and_memotion_in_a_fold():
    own, fold = cards_html(
        meme(), FIGURES, WORDS | {"irony": figures("irony", macro_f1=0.99)}
    ).split('<details class="people"')
    titles = re.findall(r"<span>([^<]+) <span", own)
    assert titles[0] == "Words: irony"
    assert titles[-1] == "Harm"
    assert re.findall(r"<span>([^<]+) <span", fold) == [
        *("Overall sentiment", "Humour", "Sarcasm", "Offence", "Motivation")
    ]


def test_of_many_labels_the_strongest_have_bars():
    many = tuple(f"feeling {i}" for i in range(28))
    html = cards_html(
        meme(words={"fine_emotion": scores_of(many, "feeling 9")}), figures_of(None, SOURCES), {}
    )
    own = html.split('<details class="people"')[0]
    assert own.count("<li") == 5 + 2
    assert "feeling 9" in own


def test_a_tick_tells_how_common_an_answer_is():
    html = cards_html(meme(), FIGURES, {})
    assert html.count('style="left:33.3%"') == 3
    assert html.count('aria-label="50 % of the test set"') == 4
    assert "tick" not in cards_html(meme(), {}, {}).split("</fieldset>")[0]


@pytest.mark.parametrize(
    ("macro_f1", "p_value", "told"),
    [
        *(
            (0.23, 0.01, "Barely better"),
            (0.3, 0.01, "A little better"),
            (0.5, 0.01, "Clearly better"),
            (0.95, 0, "Much better"),
        ),
        *((0.3, 0.05, "Not better"), (0.2, 0.049, "Not better"), (0.15, 0.01, "Not better")),
    ],
)
def test_standing(macro_f1, p_value, told):
    assert (
        standing({"macro_f1": macro_f1, "guessing": 0.2, "p_value": p_value})
        == f"{told} than guessing"
    )


@pytest.mark.parametrize(("accuracy", "dots", "told"), [(0.592, 1, True), (0.604, 2, False)])
def test_an_answer_right_no_more_often_than_the_commonest_has_one_dot_and_says_so(
    accuracy, dots, told
):
    part = figures("irony", accuracy=accuracy, floor_accuracy=0.603, macro_f1=0.59, guessing=0.5)
    html = cards_html(meme(), FIGURES, WORDS | {"irony": part})
    (mark,) = re.findall(r'Words: irony <span class="mark"[^>]*aria-label="([^"]*)">(●*)', html)
    assert mark[1] == "●" * dots
    assert ("right no more often than the commonest answer" in mark[0]) == told
    titles = re.findall(r"<span>([^<]+) <span", html.split('<details class="people"')[0])
    assert (titles[-1] == "Words: irony") == told, "then it comes last"


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"macro_f1": 0.3},
        {"guessing": 0.2},
        {"p_value": 0.01},
        {"n": 5},
        {"per_class": {"funny": {"recall": 0.5}}},
    ],
)
def test_figures_that_are_missing_are_left_out(part):
    for html in (
        cards_html(meme(), {"humour": part}, {"irony": part}),
        meme_about_html({"test": {"humour": part}, "words": {"irony": part}}),
    ):
        assert "None" not in html
        assert "better than guessing</strong>" not in html


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


def test_every_example_is_small_and_free():
    licences = (assets.EXAMPLES / "README.md").read_text(encoding="utf-8")
    for example in meme_tab.EXAMPLES:
        path = assets.EXAMPLES / example.picture
        assert path.stat().st_size <= 40_000
        assert max(Image.open(path).size) <= 480
        assert re.search(rf"`{example.picture}`.*(CC0|public domain)", licences)


def test_about_shows_every_aspect_beside_its_floors():
    html = meme_about_html(METRICS)
    scores = ("0.29", "0.25", "0.26", "0.0005", "0.3100", "41.2 %", "35.5 %", "645")
    for told in (*scores, "0.29 ± 0.01", "of 3 trainings", "3.4 %", "6.2 %", "43.0 %"):
        assert told in html, told
    assert "0.3100 (no better)" in html
    assert "Sarcasm: very twisted" in html


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        {"test": {}},
        {"test": {"humour": {"views": {"fused": {}}}}},
        {"words": {"irony": {}}},
    ],
)
def test_about_does_without_figures(metrics):
    html = meme_about_html(metrics)
    assert "To moderate" in html
    assert "None" not in html
