"""What the meme tab shows, as pure functions."""

import re
from dataclasses import replace

import pytest
from PIL import Image

from mmsent.labels import FACE_EMOTIONS, MEME_ASPECTS, MEME_WORDS
from mmsent.results import Face, MemeResult, Scores
from mmsent.ui.common import assets, render
from mmsent.ui.meme import tab as meme_tab
from mmsent.ui.meme.about import meme_about_html
from mmsent.ui.meme.cards import cards_html
from mmsent.ui.meme.figures import figures_of, standing
from mmsent.ui.meme.view import verdict_html
from tests.markup import shown
from tests.meme_fake import FIGURES, METRICS, SOURCES, WORDS, figures, meme, scores, scores_of


def headline(html: str) -> str:
    (line,) = re.findall(r"<h3>(.*?)</h3>", html)
    return line


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
