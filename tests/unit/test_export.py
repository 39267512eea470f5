"""What is taken away of an answer: the words to copy, and buttons for what there is."""

import re

from mmsent.labels import FACE_EMOTIONS
from mmsent.results import Face, FaceResult, Scores
from mmsent.ui.common.export import FORMATS, export_html
from mmsent.ui.face.photo_view import photo_text
from mmsent.ui.meme.figures import figures_of, word_figures_of
from mmsent.ui.meme.view import meme_text
from mmsent.ui.review.words import review_text
from mmsent.ui.video.view import clip_text
from tests.meme_fake import METRICS, SOURCES, meme
from tests.review_fake import review
from tests.video_results import result as clip


def test_every_format_has_a_button_and_the_text_is_escaped():
    html = export_html(FORMATS, 'a "b" <c>')
    assert re.findall(r'data-save="(\w+)">', html) == list(FORMATS)
    assert 'data-text="a &#34;b&#34; &lt;c&gt;"' in html
    assert re.search(r'data-copy="link" hidden', html), "only an example has an address"


def test_a_photo_as_text_has_a_line_a_face():
    sad = Scores(
        FACE_EMOTIONS, tuple(0.4 if name == "sad" else 0.1 for name in FACE_EMOTIONS), False
    )
    faces = [Face((0, 0, 9, 9), 0.9, None, sad), Face((9, 9, 18, 18), 0.9, None, sad)]
    told = photo_text(FaceResult(tuple(faces), (20, 20), ("This picture is animated.",)))
    assert told == "Face 1: sad 40 %\nFace 2: sad 40 %\nThis picture is animated."


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
