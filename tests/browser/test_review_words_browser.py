"""What spoke for an answer to a review, in Chromium: words light up their places without the server."""

import pytest
from playwright.sync_api import Page, expect

from tests.review_tab import page as page  # a fixture
from tests.review_tab import send
from tests.served import hot_places


def chosen(page: Page) -> str | None:
    return page.locator("#review-evidence .evidence").get_attribute("data-chosen")


def test_a_word_lights_its_own_place_without_the_server(page, grey_photo):
    send(page, "awful soup and stale bread here", grey_photo)
    words = page.locator("#review-evidence .word")
    expect(words).to_have_count(6, timeout=30_000)
    place, frame = page.locator(".heat").bounding_box(), page.locator(".photo").bounding_box()
    assert place == pytest.approx(frame, abs=1)
    assert frame["width"] == pytest.approx(
        3 * frame["height"], rel=0.02
    )  # a patch is as wide and high as its part of the photo
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for index in (0, 2, 5):
        words.nth(index).click()
        assert hot_places(page, "#review-evidence") == [index]
        expect(words.nth(index)).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#review-evidence .chosen")).to_contain_text("60 % of the attention")
    words.nth(1).click()
    assert hot_places(page, "#review-evidence") == []
    expect(page.locator("#review-evidence .chosen")).to_contain_text("hardly looked at the photo")
    page.get_by_role("button", name="All words").click()
    assert hot_places(page, "#review-evidence") == [0, 2, 3, 4, 5]
    page.locator("#review-evidence input[type=range]").fill("25")
    assert page.locator(".heat").evaluate("heat => heat.style.opacity") == "0.25"
    assert [url for url in asked if not url.startswith("data:")] == []


def test_the_keyboard_reaches_every_word(page, grey_photo):
    page.locator("#review-text textarea").fill("awful soup and stale bread here")
    page.set_input_files("#review-photo input[type=file]", grey_photo)
    expect(page.locator("#review-photo img")).to_be_visible()
    page.locator("#review-text textarea").press("Control+Enter")
    first = page.get_by_role("button", name="awful, pulls toward negative, +0.8")
    expect(first).to_be_visible(timeout=30_000)
    first.focus()
    for key, index in (
        ("Enter", "0"),
        ("ArrowRight", "1"),
        ("End", "5"),
        ("ArrowRight", "5"),
        ("ArrowLeft", "4"),
        ("Home", "0"),
    ):
        page.keyboard.press(key)
        assert chosen(page) == index, key
        assert page.evaluate("document.activeElement.dataset.word") == index
    assert hot_places(page, "#review-evidence") == [0]
    assert page.locator('.word[tabindex="0"]').count() == 1
    page.keyboard.press("Space")
    assert chosen(page) == "all"
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    assert chosen(page) == "all"


def test_words_run_the_other_way_in_arabic(page):
    send(page, "الطعام كان رائع")
    page.locator(".word").first.click(timeout=30_000)
    page.keyboard.press("ArrowLeft")
    assert chosen(page) == "1"
