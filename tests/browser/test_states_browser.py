"""What stands in the place of an answer while it is made, where it can't be, and how it moves."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from bench.states import BUSY
from mmsent.ui.common.render import FAILED

JOIN: Final = "**/gradio_api/queue/join*"
VERDICT: Final = "#review-verdict"
WAITS: Final = ("kept-back", "held-back")  # what is kept out of sight for a while does not move
# Waiting is told in words that a style gives; Gradio's own, its time and its signs take no place.
SHOWN: Final = """status => ({
  told: getComputedStyle(status, '::after').content, own: getComputedStyle(status).fontSize,
  others: [...status.parentElement.children].filter(one => one !== status && getComputedStyle(one).display !== 'none').length,
})"""


@pytest.fixture
def page(visitor: Page, review_page: str) -> Page:
    visitor.set_default_timeout(60_000)
    visitor.goto(f"{review_page}?tab=review")
    visitor.wait_for_selector("html[data-mounted]")
    return visitor


def test_waiting_is_told_in_words_in_the_place_of_the_answer(page: Page) -> None:
    page.route(JOIN, lambda _: None)
    page.locator("#review-example-coffee").click()
    status = page.locator(f"{VERDICT} .progress-text")
    expect(status).to_have_attribute("data-told", "Analysing …")
    assert status.evaluate(SHOWN) == {"told": '"Analysing …"', "own": "0px", "others": 0}
    box = status.locator("..").bounding_box()
    view = page.locator(VERDICT).bounding_box()
    assert box
    assert view
    assert box["width"] == pytest.approx(view["width"], abs=2)
    page.unroute(JOIN)
    expect(page.locator(f"{VERDICT} h3")).to_be_visible()
    expect(status).to_be_hidden()


def test_a_refused_question_says_so_once_and_keeps_what_was_written(page: Page) -> None:
    page.locator("#review-text textarea").fill("awful soup")
    page.route(JOIN, lambda route: route.fulfill(status=503, body=BUSY))
    page.locator("#review-run").click()
    expect(page.locator(f"{VERDICT} [role=alert]")).to_have_text(FAILED)
    expect(page.locator("#review-text textarea")).to_have_value("awful soup")
    expect(page.locator(f"{VERDICT} .error")).to_be_hidden()
    assert page.get_by_text(FAILED).count() == 1
    page.unroute(JOIN)
    page.locator("#review-run").click()
    expect(page.locator(f"{VERDICT} h3")).to_be_visible()


def test_a_file_of_another_kind_is_refused_in_plain_words(page: Page) -> None:
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    page.set_input_files("#review-photo input[type=file]", file)  # type: ignore[arg-type]
    told = page.locator(".toast-body")
    sentence = "“notes.txt” is not a picture. Please choose another file."
    expect(told).to_contain_text(sentence, timeout=60_000)


def test_a_lost_server_is_told_of_once_at_the_foot_of_the_page(page: Page) -> None:
    page.context.set_offline(True)
    page.locator("#review-example-coffee").click()
    expect(page.locator("#offline")).to_contain_text(
        "The server cannot be reached.", timeout=60_000
    )
    expect(page.locator(".toast-body")).to_be_hidden()


def test_nothing_moves_for_who_wants_it_still(page: Page) -> None:
    page.route(JOIN, lambda _: None)
    page.locator("#review-example-coffee").click()
    expect(page.locator(f"{VERDICT} .progress-text")).to_be_visible()
    assert "bones" in page.evaluate(MOVING)
    page.emulate_media(reduced_motion="reduce")
    assert set(page.evaluate(MOVING)) <= set(WAITS)
    page.unroute(JOIN)
    expect(page.locator("#review-evidence .word").first).to_be_visible()
    assert set(page.evaluate(MOVING)) <= set(WAITS)


# of the page's own: Gradio's sign of work, which is hidden, goes on
MOVING: Final = """document.getAnimations().filter(one => one.playState === 'running' && one.animationName &&
  one.effect.target.checkVisibility()).map(one => one.animationName)"""
