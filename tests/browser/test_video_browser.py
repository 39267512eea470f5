"""The clip tab in Chromium, in front of a pipeline that needs no checkpoint."""

import csv
import json
import shutil
from pathlib import Path

import av
import pytest
from playwright.sync_api import expect

from tests.clip_tab import SOON, analyse, choose
from tests.clip_tab import browser as browser  # a fixture
from tests.clip_tab import page as page  # a fixture
from tests.served import visit
from tests.video_fake import SLOW, TEDIOUS, write_clip
from tests.video_results import as_json, result


@pytest.mark.parametrize("name", ["00001.MTS", "clip"])
def test_a_clip_of_any_name_is_taken(page, clip, tmp_path, name):
    choose(page, shutil.copy(clip, tmp_path / name))


def test_the_made_clip_is_read_in_one_click(page, served):
    before = served.video.watched
    page.locator("#video-example-portrait").click()
    expect(page.locator(".moments button")).to_have_count(3, timeout=SOON)
    expect(page.locator("#video-clip video")).to_be_visible()
    expect(page.get_by_label("If there is no transcript, write down what is said")).to_be_checked()
    assert served.video.watched == before + 1


def test_long_work_is_announced_and_can_be_cancelled(page, served, clip, tmp_path):
    long = tmp_path / f"{SLOW}.webm"
    long.write_bytes(clip.read_bytes())
    watched = served.video.watched
    choose(page, long)
    expect(page.locator("#video-estimate")).to_contain_text("about 5 minutes", timeout=SOON)
    page.locator("#video-transcript textarea").fill("typed with care")
    page.locator("#video-run").click()
    expect(page.locator("#video-verdict")).to_contain_text("Watching and listening", timeout=SOON)
    expect(page.locator("#video-run")).to_be_disabled()
    # nothing old under the progress
    expect(page.locator("#video-verdict .message")).to_have_text("")
    page.locator("#video-cancel").click()
    expect(page.locator("#video-verdict")).to_contain_text("Cancelled", timeout=SOON)
    expect(page.locator("#video-run")).to_be_enabled(timeout=SOON)
    expect(page.locator("#video-transcript textarea")).to_have_value("typed with care")
    assert served.video.watched == watched


def test_what_is_no_clip_is_one_sentence_and_the_next_one_works(page, clip, tmp_path):
    page.locator("#video-run").click()
    expect(page.locator("#video-verdict [role=alert]")).to_contain_text(
        "There is no clip yet", timeout=SOON
    )
    bad = tmp_path / "text.mp4"
    bad.write_bytes(b"this is no clip")
    page.set_input_files("#video-clip input[type=file]", bad)
    expect(page.locator("#video-estimate [role=alert]")).to_contain_text(
        "not a clip we can read", timeout=SOON
    )
    page.locator("#video-run").click()
    expect(page.locator("#video-verdict [role=alert]")).to_contain_text(
        "not a clip we can read", timeout=SOON
    )
    expect(page.locator("#video-estimate")).not_to_contain_text("not a clip")  # it is told once
    expect(page.get_by_text("not playable")).to_have_count(0)
    page.get_by_label("Clear").click()
    analyse(page, clip)


def test_an_answer_leaves_with_its_clip(page, clip):
    analyse(page, clip)
    page.get_by_label("Clear").click()
    expect(page.locator("#video-verdict")).to_contain_text("will appear here", timeout=SOON)
    expect(page.locator(".moments")).to_have_count(0)
    expect(page.locator("#video-counts")).to_be_hidden()
    page.locator("#video-run").click()
    expect(page.locator("#video-verdict [role=alert]")).to_contain_text(
        "There is no clip yet", timeout=SOON
    )


def test_sound_alone_has_a_player_and_its_name(page, tmp_path):
    with page.expect_file_chooser() as chooser:
        page.locator("#video-sound").click()
    chooser.value.set_files(write_clip(tmp_path / "my voice.m4a", seconds=1))
    expect(page.locator("#video-clip video")).to_be_visible(timeout=SOON)
    page.locator("#video-run").click()
    expect(page.locator(".film.sound .file")).to_contain_text("voice.m4a", timeout=SOON)
    assert page.locator("audio.player").bounding_box()["height"] > 30


def test_a_clip_that_the_browser_cannot_play_is_read_without_a_fuss(page, clip, tmp_path):
    analyse(page, clip)
    expect(page.locator(".tile.drawn")).to_have_count(16, timeout=SOON)
    page.get_by_label("Clear").click()
    page.set_input_files(
        "#video-clip input[type=file]", write_clip(tmp_path / "clip.avi", seconds=1)
    )
    page.wait_for_function("document.querySelector('#video-clip video')?.poster", timeout=SOON)
    page.locator("#video-run").click()
    expect(page.locator(".film .unplayable")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("not playable")).to_have_count(0)
    expect(page.locator(".tile canvas").first).to_be_hidden(timeout=SOON)
    page.get_by_label("Words", exact=True).uncheck()
    expect(page.locator("#video-verdict h3")).to_contain_text("Fear", timeout=SOON)
    expect(page.locator(".film .unplayable")).to_be_visible()


def test_the_verdict_comes_before_what_each_word_did_which_can_be_cancelled(page, clip):
    words = page.locator("#video-transcript textarea")
    verdict = page.locator("#video-verdict")
    analyse(page, clip)
    expect(verdict).to_contain_text("“job” and “you” speak for joy", timeout=SOON)
    expect(page.locator(".moment .quote .word.toward")).to_have_text("job!")
    expect(page.locator(".moment .reasons")).to_have_text(
        "“job” speaks for joy; “I” speaks against it."
    )
    words.fill(TEDIOUS)
    page.locator("#video-run").click()
    expect(verdict).to_contain_text("being worked out", timeout=SOON)
    expect(verdict.locator("h3")).to_contain_text("Joy (50 %)")
    expect(page.locator(".moment .quote")).to_have_text(f"“{TEDIOUS}”")
    page.locator("#video-cancel").click()
    expect(verdict).to_contain_text("was not measured", timeout=SOON)
    expect(verdict.locator("h3")).to_contain_text("Joy (50 %)")
    expect(page.locator("#video-run")).to_be_enabled(timeout=SOON)


def test_what_is_asked_while_reasons_come_stands(page, clip):
    """Neither reasons of words that no longer count nor those of a clip that is gone come late."""
    verdict = page.locator("#video-verdict")
    choose(page, clip)
    page.locator("#video-transcript textarea").fill(TEDIOUS)
    page.locator("#video-run").click()
    expect(verdict).to_contain_text("being worked out", timeout=SOON)
    page.get_by_label("Words", exact=True).uncheck()
    expect(verdict.locator("h3")).to_contain_text("Fear", timeout=SOON)
    expect(page.locator("#video-run")).to_be_enabled(timeout=SOON)
    expect(verdict.locator("h3")).to_contain_text("Fear")
    page.get_by_label("Words", exact=True).check()
    expect(verdict).to_contain_text("being worked out", timeout=SOON)
    page.locator("#video-clip").get_by_label("Clear").click()
    expect(verdict).to_contain_text("Add or record a clip", timeout=SOON)
    page.wait_for_timeout(1000)
    expect(verdict).to_contain_text("Add or record a clip")
    expect(page.locator(".moments button")).to_have_count(0)


def test_downloads_hold_what_is_shown(page, clip):
    analyse(page, clip)
    expect(page.locator("#video-verdict")).to_contain_text("speak for joy", timeout=SOON)
    saved = {}
    for kind in ("json", "csv", "srt"):
        with page.expect_download() as download:
            page.locator(f"[data-save={kind}]").click()
        saved[kind] = Path(download.value.path()).read_text(encoding="utf-8")
    assert json.loads(saved["json"])["moments"] == as_json(result(reasons=True))["moments"]
    rows = list(csv.DictReader(saved["csv"].splitlines()))
    assert len(rows) == 3
    assert json.loads(rows[0]["attributions"])[-1] == ["job!", 1.2]
    assert "[joy] I got the job!" in saved["srt"]
    with page.expect_download(timeout=2 * SOON) as download:
        page.locator("[data-save=mp4]").click()
    with av.open(download.value.path()) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"}
        assert film.duration / av.time_base == pytest.approx(6, abs=0.3)


def test_a_recording_needs_consent_and_keeps_its_sound(page, served):
    expect(page.get_by_label("Capture from camera")).to_have_count(0)
    page.locator("#video-record").get_by_role("button").click()
    expect(page.locator("#video-record")).to_contain_text("Article 5(1)(f)")
    page.locator("#video-consent input").check()
    page.get_by_label("Capture from camera").click(timeout=SOON)
    page.get_by_text("Click to Access Webcam").click(timeout=SOON)
    before = set(served.uploads.rglob("*.*"))
    page.get_by_label("start recording").click(timeout=SOON)
    page.wait_for_timeout(2000)
    # that is still its name; it says “Stop”
    page.get_by_role("button", name="start recording").click()
    # it is uploaded
    expect(page.locator("#video-clip").get_by_label("Clear")).to_be_visible(timeout=SOON)
    page.locator("#video-run").click()
    expect(page.locator(".moments button")).to_have_count(3, timeout=SOON)
    (recording,) = set(served.uploads.rglob("*.*")) - before
    with av.open(str(recording)) as file:
        assert {stream.type for stream in file.streams} == {"video", "audio"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all(browser, served, clip, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    visit(page, served.address, "Clip")
    analyse(page, clip)
    page.locator("#video-transcript textarea").fill("word " * 300 + "w" * 500)
    page.locator("#video-run").click()
    expect(page.locator(".moments .said").first).to_contain_text("wwww", timeout=SOON)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".tile").last.scroll_into_view_if_needed()
    expect(page.locator(".player")).to_be_in_viewport()  # it stays in view over what moves it
    context.close()


def test_an_answer_to_another_transcript_or_clip_is_marked(page, clip):
    note = page.locator("#video-room .stale p")
    analyse(page, clip)
    page.locator("#video-transcript textarea").fill("Something else.")
    expect(note).to_have_text("The input has changed: press “Analyse” for a new answer.")
    page.locator("#video-run").click()
    expect(note).to_be_hidden(timeout=SOON)
    expect(page.locator(".moments button")).not_to_have_count(0, timeout=SOON)
    expect(note).to_be_hidden()
