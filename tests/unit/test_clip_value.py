"""What the page gets of a clip: a player, and downloads that are whole."""

import csv
import io
import json
import re
from html import unescape

from mmsent.labels import SENTIMENTS
from mmsent.ui.video.render import (
    moments_csv,
)
from mmsent.ui.video.view import clip_html, clip_value
from tests.video_results import NASTY, as_json, emotion, result, sentiment


def test_the_page_gets_every_download_whole():
    told = result(NASTY)
    html = clip_html(told)
    data = {
        kind: unescape(re.search(f'data-{kind}="([^"]*)"', html).group(1))
        for kind in ("json", "csv", "srt")
    }
    assert json.loads(data["json"]) == as_json(told)
    assert data["csv"] == moments_csv(told)
    assert NASTY in data["srt"]
    assert "[joy]" in data["srt"]
    assert html.count("<img") == 0


def test_the_table_has_a_row_a_moment_and_no_formulas():
    rows = list(csv.DictReader(io.StringIO(moments_csv(result("=1+1")))))
    assert [row["start"] for row in rows] == ["0.400", "2.400", "4.500"]
    first, _, last = rows
    assert first["text"] == "'=1+1"
    assert (first["emotion"], first["joy"], first["positive"], first["text_emotion"]) == (
        "joy",
        "0.7000",
        "0.8000",
        "joy",
    )
    assert [row["conflict"] for row in rows] == ["false", "true", "false"]
    assert (last["emotion_unsure"], last["face_emotion"], last["face_weight"]) == ("true", "", "")
    assert set(SENTIMENTS) <= set(first)


def test_the_table_has_the_shares_and_what_each_word_did():
    first, _, last = csv.DictReader(io.StringIO(moments_csv(result("So good", reasons=True))))
    assert (first["text_share"], first["audio_share"]) == ("0.8000", "-0.3000")
    assert json.loads(first["attributions"]) == [["So", -0.4], ["good", 1.2]]
    assert json.loads(first["phrases"]) == []
    assert (last["attributions"], last["phrases"], last["text_share"]) == ("", "", "")


def test_the_table_has_the_notes_on_the_clip():
    told = result(notes=("Only the first 10:00 were read.", "The picture was left out."))
    rows = list(csv.DictReader(io.StringIO(moments_csv(told))))
    assert {row["notes"] for row in rows} == {
        "Only the first 10:00 were read. The picture was left out."
    }


def test_sound_alone_has_a_player_without_boxes():
    html = clip_html(result(size=(0, 0), faces=(), lead=None))
    assert "<audio" in html
    assert "<canvas" not in html


def test_a_clip_in_which_nothing_was_read_still_plays():
    html = clip_html(result(moments=(), emotion=emotion("neutral"), sentiment=sentiment("neutral")))
    assert 'class="player"' in html
    assert "could be read" in html


def test_the_upload_travels_as_a_file_of_gradio():
    assert clip_value("/tmp/x.mp4", result())["clip"] == {
        "path": "/tmp/x.mp4",
        "meta": {"_type": "gradio.FileData"},
    }
