"""The player of a clip in Chromium, and all that moves with it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.clip_media import Made, talk, write_tracks
from tests.clip_tab import SOON, analyse
from tests.clip_tab import browser as browser  # a fixture
from tests.clip_tab import page as page  # a fixture
from tests.video_fake import BROKEN
from tests.video_results import NASTY, SECONDS, result


def time_of(page: Page) -> float:
    return page.evaluate("document.querySelector('.player').currentTime")


def panel(page: Page) -> str:
    return page.locator(".moment").inner_text()


def test_everything_that_can_be_pressed_moves_the_player(page, clip):
    analyse(page, clip)
    expect(page.locator("#video-verdict h3")).to_have_text("Joy (50 %), sentiment positive")
    expect(page.locator("#video-verdict .note")).to_have_text(re.compile("Watched . so far."))
    assert "I got the job!" in panel(page)
    page.locator(".moments button").nth(1).click()
    assert time_of(page) == pytest.approx(2.4, abs=0.01)
    assert "How nice of you." in panel(page)
    expect(page.locator(".moment .flag")).to_be_visible()
    expect(page.locator(".moments button").nth(1)).to_have_attribute("aria-current", "true")
    plot = page.get_by_role("slider", name="Timeline")
    box = plot.bounding_box()
    plot.click(position={"x": box["width"] * 0.86, "y": 20})
    assert time_of(page) == pytest.approx(5.16, abs=0.05)
    expect(plot).to_have_attribute("aria-valuetext", "0:05, not sure")
    for key, seconds in (
        ("Home", 0),
        ("ArrowRight", 1),
        ("PageDown", 2.4),
        ("PageUp", 0.4),
        ("End", 6),
        ("ArrowLeft", 5),
    ):
        plot.press(key)
        assert time_of(page) == pytest.approx(seconds, abs=0.06), key
    head = page.locator(".head").evaluate("head => parseFloat(head.style.left)")
    assert head == pytest.approx(100 * 5 / 6, abs=1)
    page.locator(".moments button").first.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.moment") == "1"
    page.locator(".tile").first.click()
    assert time_of(page) < 1


def test_a_clip_whose_own_clock_begins_late_is_followed_from_its_beginning(page, tmp_path):
    tracks = [Made(None, codec="libvpx"), Made(talk(SECONDS), codec="libopus")]
    analyse(page, write_tracks(tmp_path / "late.webm", tracks, SECONDS, late=5.0))
    assert time_of(page) == pytest.approx(5.0, abs=0.1)  # what Chromium makes of it
    plot = page.get_by_role("slider", name="Timeline")
    assert float(plot.get_attribute("aria-valuenow")) == 0
    page.locator(".moments button").nth(1).click()
    assert time_of(page) == pytest.approx(7.4, abs=0.1)
    assert "How nice of you." in panel(page)
    expect(plot).to_have_attribute("aria-valuenow", "2.4")
    expect(page.locator(".tile.drawn")).to_have_count(16, timeout=SOON)


PAINTED = "canvas => canvas.getContext('2d').getImageData(56, 56, 1, 1).data[3] === 255"
LIT = """([x, y]) => {
  const canvas = document.querySelector('.boxes'), g = canvas.getContext('2d');
  return g.getImageData(Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1).data[3] > 100;
}"""


def test_it_plays_along(page, clip):
    analyse(page, clip)
    page.locator(".moments button").first.click()
    assert page.evaluate(LIT, [94 / 320, 100 / 240])  # the left side of the box at 0.4 s
    assert not page.evaluate(LIT, [140 / 320, 100 / 240])
    page.evaluate(
        "() => { const one = document.querySelector('.player'); one.muted = true; one.playbackRate "
        "= 2; one.play(); }"
    )
    expect(page.locator(".moments button").nth(1)).to_have_attribute(
        "aria-current", "true", timeout=SOON
    )
    assert page.locator(".head").evaluate("head => parseFloat(head.style.left)") > 30
    expect(page.locator(".tile.drawn")).to_have_count(16, timeout=SOON)


def test_a_switch_changes_everything_without_watching_again(page, served, clip):
    analyse(page, clip)
    watched = served.video.watched
    page.locator(".moments button").nth(1).click()
    page.get_by_label("Words", exact=True).uncheck()
    expect(page.locator("#video-verdict h3")).to_contain_text("Fear", timeout=SOON)
    expect(page.locator(".band", has_text="Words")).to_have_count(0)
    assert time_of(page) == pytest.approx(2.4, abs=0.01)  # the player did not begin anew
    assert "fear" in panel(page).lower()
    page.get_by_label("Voice", exact=True).uncheck()
    page.get_by_label("Face", exact=True).uncheck()
    expect(page.locator("#video-verdict [role=alert]")).to_contain_text(
        "at least one", timeout=SOON
    )
    assert page.locator(".moments button").count() > 0
    page.get_by_label("Words", exact=True).check()
    expect(page.locator("#video-verdict h3")).to_contain_text("Joy", timeout=SOON)
    assert served.video.watched == watched
    expect(page.locator(".tile.drawn")).to_have_count(16, timeout=SOON)
    assert page.locator(".tile canvas").first.bounding_box()["height"] > 50
    # drawn anew, one after the other
    page.wait_for_function(f"({PAINTED})(document.querySelector('.tile canvas'))")


def test_a_changed_transcript_is_read_without_watching_again(page, served, clip):
    analyse(page, clip)
    watched, words = served.video.watched, page.locator("#video-transcript textarea")
    expect(words).to_have_value(result().transcript, timeout=SOON)
    words.fill(NASTY)
    words.press("Control+Enter")
    expect(page.locator(".moments .said").first).to_have_text(NASTY, timeout=SOON)
    assert NASTY in panel(page)
    assert page.evaluate("window.hacked") is None
    words.fill(BROKEN)
    page.locator("#video-run").click()
    expect(page.locator("#video-verdict [role=alert]")).to_have_text(
        "Line 2 of the transcript has no times <b>.", timeout=SOON
    )
    expect(words).to_have_value(BROKEN)
    assert page.locator(".moments .said").first.inner_text() == NASTY  # what was shown stays
    assert served.video.watched == watched
