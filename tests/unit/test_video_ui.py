"""What the clip tab shows, as pure functions."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS
from mmsent.results import ClipFace, Phrase, Scores
from mmsent.ui.common.render import COLOURS
from mmsent.ui.video.about import video_about_html
from mmsent.ui.video.reasons import NO_WORD, PENDING, clip_sentence
from mmsent.ui.video.render import (
    agreement_words,
    clock,
    mostly,
    verdict_html,
)
from mmsent.ui.video.strips import faces_html
from mmsent.ui.video.timeline import moments_html, timeline_html
from mmsent.ui.video.view import clip_html
from tests.video_results import NASTY, SECONDS, emotion, moment, result


def shown(html: str) -> str:
    """What is left of HTML when the tags are taken away."""
    return unescape(re.sub(r"<[^>]*>", " ", html))


def bands(html: str) -> dict[str, str]:
    """The rows of a timeline by their names."""
    rows = re.findall(
        r'<div class="band[^"]*"><span class="name">(.*?)</span>(?!\w)(.*?)(?=<div class="band|<div class="plot)',
        html,
    )
    return {shown(name).strip(): inside for name, inside in rows}


def dotted(unsure: bool) -> list[str]:
    """The verdict's headline, and what is below it."""
    return verdict_html(result(emotion=emotion("anger", 0.3, unsure))).split("</h3>")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (59.9, "0:59"), (65.4, "1:05"), (600, "10:00"), (3725, "1:02:05")],
)
def test_clock(seconds, told):
    assert clock(seconds) == told


def test_the_verdict_tells_emotion_sentiment_sides_shares_and_agreement():
    told = shown(verdict_html(result()))
    for words in (
        *("Joy (50 %), sentiment positive", "mostly joy", "mostly surprise"),
        "Toward joy: words +1.5, face +0.6. Away from it: voice −0.3.",
        "Where at least two are sure, they are on the same side most of the time (58 %): pleasant, "
        "unpleasant or neutral",
    ):
        assert words in told
    assert verdict_html(result()).count('class="bars"') == 2


def test_an_unsure_verdict_names_what_it_leans_to():
    told = shown(verdict_html(result(emotion=emotion("anger", 0.3, unsure=True))))
    assert "Not sure" in told
    assert "Most likely anger" in told
    # the headline's, and the three sides'
    assert [card.count('class="dot"') for card in dotted(unsure=True)] == [0, 3]
    assert [card.count('class="dot"') for card in dotted(unsure=False)] == [1, 3]


def test_notes_are_escaped():
    assert '<p class="note">No &lt;b&gt; face.</p>' in verdict_html(result(notes=("No <b> face.",)))


def test_the_strongest_words_stand_with_the_verdict_once_they_are_there():
    told = shown(verdict_html(result(reasons=True)))
    assert "“job” and “you” speak for joy; “I” speaks against it." in told
    assert PENDING not in told
    assert PENDING in shown(verdict_html(result(), PENDING))
    mute = verdict_html(result(modalities=("audio", "face")), PENDING)
    assert PENDING not in shown(mute), "where words don’t count none is waited for"


def test_where_no_word_moves_the_clip_it_says_so():
    (first, *_) = result(reasons=True).moments
    weak = replace(first, clip_attributions=(0.1,) * len(first.tokens))
    told = verdict_html(result(moments=(weak,)))
    assert NO_WORD in shown(told)
    assert clip_sentence(result(moments=(weak,))) == ""


def test_phrases_of_later_moments_are_quoted_from_their_own_words():
    first, second, _ = result(reasons=True).moments
    second = replace(second, clip_phrases=(Phrase(1, 3, 2.0),))
    told = clip_sentence(result(moments=(first, second)))
    assert told.startswith("“nice of”")


def test_each_moment_has_its_sentence_beside_the_player():
    html = clip_html(result(NASTY, reasons=True))
    told = json.loads(unescape(re.search('data-reasons="([^"]*)"', html).group(1)))
    assert len(told) == 3
    assert told[1] == "“you” speaks for anger; “How” speaks against it."
    assert told[2] == ""


def test_screen_readers_are_told_the_answer_and_its_reasons_at_the_player():
    html = clip_html(result(reasons=True))
    (label,) = re.findall(r'<video [^>]*aria-label="([^"]*)"', html)
    assert label.startswith("Your clip, read as joy 50 %. “job” and “you” speak for joy")
    sound = clip_html(result(reasons=True, size=(0, 0), faces=(), lead=None))
    assert "Your clip, sound only, read as joy 50 %. “job”" in sound


@pytest.mark.parametrize(
    ("agreement", "told"),
    [
        (None, ""),
        (1.0, "nearly all the time (100 %)"),
        (0.6, "most of the time (60 %)"),
        (0.3, "less than half of the time (30 %)"),
        (0.0, "hardly ever (0 %)"),
    ],
)
def test_agreement_words(agreement, told):
    assert told in agreement_words(agreement)
    assert bool(told) == bool(agreement_words(agreement))


def test_a_side_is_what_it_says_for_most_of_the_time():
    long, short = {"text": emotion("joy")}, {"text": emotion("fear")}
    moments = (
        moment(0, 1, "", "joy", "positive", short),
        moment(1, 2.5, "", "joy", "positive", long),
    )
    assert mostly(result(moments=moments), "text") == "joy"
    assert mostly(result(moments=moments), "face") is None


def test_the_timeline_has_a_row_for_everything_over_the_same_seconds():
    rows = bands(timeline_html(result()))
    lanes = ("Together", "Sentiment", "Words", "Voice", "Face", "Disagreement")
    assert list(rows) == ["Sound", *CONVERSATION_EMOTIONS, *lanes]
    assert rows["joy"].count("<rect") == 3
    assert 'height="16.8"' in rows["joy"]  # 70 % of 24
    assert 'aria-label="joy: at most 70 %, at 0:00"' in rows["joy"]
    assert re.findall(r">([^<>]+)</span>", rows["Face"]) == ["joy", "anger"]
    assert "not sure" in rows["Voice"]
    (clash,) = re.findall(r"left:([\d.]+)%", rows["Disagreement"])
    assert float(clash) == pytest.approx(100 * 2.4 / SECONDS, abs=0.01)


def test_muted_modalities_and_conflicts_leave_the_timeline():
    rows = bands(timeline_html(result(modalities=("audio", "face"))))
    assert "Words" not in rows
    assert "Disagreement" not in rows
    assert "fear" in rows["Together"]


def test_no_sound_is_said():
    assert "no sound" in bands(timeline_html(result(loudness=())))["Sound"]


@pytest.mark.parametrize("duration", [0.0, 0.04, 1.0, 31.0, 299.0, 600.0, 36_000.0])
def test_every_length_has_a_handful_of_ticks(duration):
    html = timeline_html(
        result(duration=duration, moments=(moment(0, duration, "", "joy", "positive", {}),))
    )
    ticks = re.findall(r'<span style="left:([\d.]+)%">', html)
    assert 1 <= len(ticks) <= 11
    assert all(float(tick) <= 100 for tick in ticks)


def test_utterances_are_buttons_and_escaped():
    html = moments_html(result(NASTY))
    assert html.count("<button") == 3
    assert 'data-seek="2.400"' in html
    assert "<img" not in html
    assert NASTY in shown(html)
    assert "(no words)" in html
    assert html.count("words and face disagree") == 1
    assert html.count('tabindex="0"') == 1


def test_faces_lead_first_and_few():
    html = faces_html(result())
    assert html.index("Face 1, the one that counts") < html.index("Face 2")
    assert html.count('class="tile"') == 12 + 4
    assert 'data-box="' in html
    assert faces_html(result(faces=())) == ""


def test_faces_have_the_words_of_the_rest_of_the_clip():
    sad = Scores(
        FACE_EMOTIONS, tuple(0.4 if name == "sad" else 0.1 for name in FACE_EMOTIONS), unsure=False
    )
    html = faces_html(result(faces=(ClipFace(1.0, (0, 0, 50, 50), 1, sad),)))
    assert "sadness 40 %" in shown(html)
    assert COLOURS["sadness"] in html


def test_about_shows_every_figure_beside_its_floor():
    part = {
        "n": 2610,
        "accuracy": 0.641,
        "floor_accuracy": 0.481,
        "weighted_f1": 0.62,
        "floor_weighted_f1": 0.313,
        "ece": 0.03,
    }
    classes = {name: {"recall": 0.5} for name in CONVERSATION_EMOTIONS}
    test = {
        "text": {"emotion": part | {"per_class": classes}, "sentiment": part | {"accuracy": 0.701}}
    }
    html = video_about_html({"test": test}, None)
    for told in (
        "64.1 %",
        "48.1 %",
        "0.62",
        "0.31",
        "3.0 %",
        "2,610",
        "50.0 %",
        "70.1 %",
        "(MELD): sentiment",
    ):
        assert told in html, told


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        {"test": {}},
        {"test": {"text": {}}},
        {"test": {"face": {"emotion": {"n": 5, "per_class": {}}}}},
    ],
)
def test_about_does_without_figures_that_are_missing(metrics):
    html = video_about_html(metrics, None)
    assert "No model card says what this model learned from" in html
    assert "None" not in html
