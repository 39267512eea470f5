"""The review tab in Chromium, in front of a pipeline that needs no checkpoint."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from mmsent.ui.review.tab import EXAMPLES
from tests.review_fake import LIMIT, NASTY, RELEASED, SLOW, as_json, review
from tests.review_tab import page as page  # a fixture
from tests.review_tab import send
from tests.served import hot_places, visit


def test_downloads_hold_what_is_shown(page, grey_photo):
    send(page, "awful soup", grey_photo)
    page.locator(".word").first.click(timeout=30_000)
    saved = {}
    for kind in ("json", "png"):
        with page.expect_download() as download:
            page.locator(f"#review-evidence [data-save={kind}]").click()
        saved[kind] = Path(download.value.path())
    assert json.loads(saved["json"].read_text(encoding="utf-8")) == as_json(
        review("awful soup", photo=True)
    )
    # the photo, 600 x 200, fills the lower end of the answer
    picture = Image.open(saved["png"]).convert("RGB")
    photo = picture.crop((48, picture.height - 48 - 368, 1152, picture.height - 48))
    warm, cold = (np.ptp(photo.resize((600, 200)).getpixel(at)) for at in ((100, 50), (500, 150)))
    assert (warm > 60, cold < 8) == (True, True)
    words = np.asarray(picture.crop((0, 0, 1200, picture.height - 48 - 368)), int)
    assert (np.ptp(words, axis=2) > 60).sum() > 200  # “awful” is coloured


def test_a_text_alone_has_a_picture_of_its_answer(page):
    send(page, "awful " * 40)
    page.locator(".word").first.click(timeout=30_000)
    with page.expect_download() as download:
        page.locator("#review-evidence [data-save=png]").click()
    assert Image.open(download.value.path()).width == 1200


def test_a_missing_side_is_named_and_nothing_at_all_is_a_sentence(page, grey_photo):
    page.locator("#review-run").click()
    expect(page.locator("#review-verdict [role=alert]")).to_contain_text(
        "write a review", timeout=30_000
    )
    send(page, "awful soup")
    expect(page.locator("#review-verdict")).to_contain_text(
        "No photo was given, so", timeout=30_000
    )
    page.locator(".word").first.click()
    expect(page.locator("#review-evidence .chosen")).to_contain_text("pulls toward negative, +0.8")
    send(page, "", grey_photo)
    expect(page.locator("#review-verdict")).to_contain_text("No text was given, so", timeout=30_000)
    expect(page.locator("#review-evidence .heat")).to_be_attached(timeout=30_000)
    assert hot_places(page, "#review-evidence") == [0]
    send(page, "x" * 100_000)
    expect(page.locator("#review-verdict [role=alert]")).to_contain_text(
        f"at most {LIMIT:,}", timeout=30_000
    )
    assert page.locator("#review-evidence .evidence").count() == 0


def test_nothing_in_a_text_is_run(page):
    send(page, NASTY)
    expect(page.locator("#review-evidence .words")).to_be_visible(timeout=30_000)
    assert page.locator("#review-evidence .words").text_content() == NASTY
    assert page.evaluate("window.hacked") is None


def test_an_example_answers_and_can_be_changed(page):
    example = EXAMPLES[0]
    page.get_by_role("button", name=example.name).click()
    expect(page.locator("#review-text textarea")).to_have_value(example.text, timeout=30_000)
    expect(page.locator("#review-photo img")).to_be_visible()
    expect(page.locator(".photo")).to_be_visible()
    page.locator("#review-text textarea").fill("awful")
    page.locator("#review-run").click()
    expect(page.locator(".word")).to_have_count(1, timeout=30_000)
    # the example's picture came back from the page and was taken
    assert page.locator(".photo").count() == 1
    page.get_by_role("button", name=EXAMPLES[1].name).click()
    expect(page.locator("#review-verdict")).to_contain_text(
        "No photo was given, so", timeout=30_000
    )
    assert page.locator("#review-photo img").count() == 0


def test_the_answer_outlives_a_change_of_tabs(page, grey_photo):
    send(page, "awful soup", grey_photo)
    expect(page.locator(".word")).to_have_count(2, timeout=30_000)
    page.get_by_role("tab", name="Face").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no checkpoint for “face” <here>.")
    page.get_by_role("tab", name="Review").click()
    page.locator(".word").first.click()
    assert hot_places(page, "#review-evidence") == [0]
    page.locator("#review-text textarea").fill("one two three")
    page.locator("#review-text textarea").press("Control+Enter")
    expect(page.locator(".word")).to_have_count(3, timeout=30_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all(browser, review_page, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    visit(page, review_page, "Review")
    page.get_by_role("button", name=EXAMPLES[0].name).click()
    expect(page.locator("#review-verdict h3")).to_be_in_viewport(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    send(page, "word " * 1500 + "w" * 500)
    expect(page.locator(".word")).to_have_count(1501, timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".words")
    assert box.evaluate(
        "box => box.scrollHeight > box.clientHeight && box.clientHeight < innerHeight / 2"
    )
    context.close()


def test_an_answer_to_something_else_is_marked_until_the_next_one(page, grey_photo):
    note, verdict = page.locator("#review-room .stale p"), page.locator("#review-verdict")
    faded = "verdict => getComputedStyle(verdict).opacity < 1"
    page.locator("#review-text textarea").press_sequentially("awful")
    expect(note).to_be_hidden()  # there is no answer yet
    page.locator("#review-run").click()
    expect(page.locator(".word")).to_have_count(1, timeout=30_000)
    page.locator("#review-text textarea").press_sequentially(" soup")
    expect(note).to_have_text("The input has changed: press “Analyse” for a new answer.")
    expect(
        page.locator("#review-room").get_by_role("status").filter(has_text="has changed")
    ).to_be_visible()
    assert verdict.evaluate(faded)
    page.get_by_role("tab", name="Face").click()
    page.get_by_role("tab", name="Review").click()
    expect(note).to_be_visible()
    for _ in range(len(" soup")):
        page.locator("#review-text textarea").press("Backspace")
    page.locator("#review-run").click()
    expect(note).to_be_hidden(timeout=30_000)  # also where the answer is the same as before
    assert not verdict.evaluate(faded)
    page.set_input_files("#review-photo input[type=file]", grey_photo)
    expect(note).to_be_visible()
    page.get_by_role("button", name=EXAMPLES[0].name).click()
    expect(note).to_be_hidden(timeout=30_000)


def test_without_any_input_there_is_no_answer(page, grey_photo):
    send(page, "", grey_photo)
    expect(page.locator("#review-verdict")).to_contain_text("No text was given, so", timeout=30_000)
    page.locator("#review-photo").get_by_role("button", name="Remove Image").click()
    expect(page.locator("#review-verdict .message")).to_contain_text(
        "The verdict will appear here", timeout=30_000
    )
    assert page.locator("#review-evidence .evidence").count() == 0
    expect(page.locator("#review-room .stale p")).to_be_hidden()
    send(page, "awful")
    expect(page.locator(".word")).to_have_count(1, timeout=30_000)
    page.locator("#review-text textarea").fill("")
    page.locator("#review-text textarea").blur()
    expect(page.locator("#review-verdict .message")).to_contain_text(
        "The verdict will appear here", timeout=30_000
    )


def test_reasons_of_what_was_cleared_or_asked_before_do_not_come_back(page):
    verdict, evidence = page.locator("#review-verdict"), page.locator("#review-evidence")
    for text, expected in (("", "The verdict will appear here"), ("a good soup", "good")):
        RELEASED.clear()
        send(page, f"it came {SLOW}")
        expect(evidence).to_contain_text("being worked out", timeout=30_000)
        page.locator("#review-text textarea").fill(text)
        if text:
            page.locator("#review-run").click()
        else:
            page.locator("#review-text textarea").blur()
            expect(verdict).to_contain_text(expected, timeout=30_000)
        RELEASED.set()
        page.wait_for_timeout(1500)
        expect(verdict if not text else evidence).to_contain_text(expected, timeout=30_000)
        expect(evidence).not_to_contain_text(SLOW)


def test_a_photo_taken_away_from_an_example_takes_its_link_away(page, review_page, grey_photo):
    page.goto(f"{review_page}?tab=review&example=coffee")
    expect(page.locator("#review-photo img")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-copy=link]")).to_be_visible(timeout=30_000)
    assert "example=coffee" in page.url
    page.locator("#review-photo").get_by_label("Remove Image").click()  # no event of an input's own
    page.wait_for_function("!location.search.includes('example')")
    assert "tab=review" in page.url
