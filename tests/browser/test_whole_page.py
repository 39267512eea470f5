"""What is not of one tab: links to tabs and examples, what is copied, and how the page stands while
it loads, at 200 %, offline and in other scripts."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from mmsent.ui.masthead import ENTRIES, TITLE
from mmsent.ui.review.tab import EXAMPLES
from tests.chromium import SHIFTS

SOON: Final = 60_000  # ms
MOST: Final = 0.05  # cumulative layout shift, of which 0.1 counts as good (web.dev/articles/cls)
VERDICT: Final = "#review-verdict h3"


@pytest.fixture
def page(visitor: Page) -> Page:
    visitor.set_default_timeout(SOON)
    return visitor


def test_a_link_runs_its_example_until_the_text_is_changed(page: Page, review_page: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = f"{review_page}?tab=review&example={EXAMPLES[0].key}"
    page.goto(address)
    expect(page.locator(VERDICT)).to_be_visible(timeout=SOON)
    expect(page.locator("#review-text textarea")).to_have_value(EXAMPLES[0].text)
    expect(page.locator(".entries")).to_be_hidden()  # they make room
    page.locator("#review-evidence [data-copy=link]").click()
    expect(page.locator("#review-evidence .copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.locator("#review-evidence [data-copy=text]").click()
    page.wait_for_function(
        "text => navigator.clipboard.readText().then(now => now.endsWith(text))",
        arg=EXAMPLES[0].text,
    )
    page.locator("#review-text textarea").fill("awful soup")
    page.locator("#review-run").click()
    expect(page.locator("#review-evidence .word")).to_have_count(2, timeout=SOON)
    expect(page.locator("#review-evidence [data-copy=link]")).to_be_hidden()
    assert "example" not in page.url


def test_hardly_anything_moves_while_the_page_loads(page: Page, review_page: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.add_init_script(SHIFTS)
    for address in (review_page, f"{review_page}?tab=review"):
        page.goto(address)
        page.wait_for_selector("html[data-mounted]")
        expect(page.locator(".masthead")).to_be_visible()
        expect(page.get_by_role("button", name="Delete my data now")).to_be_visible()
        page.wait_for_timeout(500)  # what comes late has come
        assert page.evaluate("shifted") <= MOST


def test_at_200_percent_nothing_goes_sideways(page: Page, review_page: str) -> None:
    page.goto(f"{review_page}?tab=review&example={EXAMPLES[0].key}")
    expect(page.locator(VERDICT)).to_be_visible(timeout=SOON)
    for width in (640, 320):  # 1280 at 200 %, and at 400 % (WCAG 1.4.10)
        page.set_viewport_size({"width": width, "height": 400})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_arabic_stands_right_and_english_left(page: Page, review_page: str) -> None:
    page.goto(f"{review_page}?tab=review")
    text = page.locator("#review-text textarea")
    text.fill("كانت القهوة ساخنة\nLovely place")
    style = text.evaluate(
        "area => [getComputedStyle(area).unicodeBidi, getComputedStyle(area).textAlign]"
    )
    assert style == ["plaintext", "start"]
    page.locator("#review-run").click()
    words = page.locator("#review-evidence .words")
    expect(words).to_be_visible()
    assert words.evaluate("words => getComputedStyle(words).direction") == "rtl"


def test_who_is_offline_is_told_what_still_works(page: Page, review_page: str) -> None:
    page.goto(review_page)
    page.wait_for_selector("html[data-mounted]")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_empty()


# The heights of the first screen's entries, in each picture that the browser paints.
SEEN = """window.seen = new Set();
(function look() {
  const entries = document.querySelector("#first-screen .entries");
  if (entries) window.seen.add(Math.round(entries.getBoundingClientRect().height));
  requestAnimationFrame(look);
})()"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_first_screen_waits_for_no_script(
    page: Page, review_page: str, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(SEEN)
    page.route("**/assets/*.js", lambda _: None)
    page.goto(review_page, wait_until="commit")
    first = page.locator("#first-screen")
    expect(first.get_by_role("heading", name=TITLE)).to_be_visible()
    before = first.locator(".entry").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
    )
    assert len(before) == len(ENTRIES)
    page.unroute("**/assets/*.js")  # which lets them go on
    page.wait_for_selector("html[data-mounted]")
    expect(first).to_have_count(0)
    # 0 while it is hidden, once Gradio has it
    assert len(set(page.evaluate("[...seen]")) - {0}) == 1
    after = page.locator(".masthead .entry").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
    )
    for was, now in zip(before, after, strict=True):  # so nothing jumps
        assert [now[side] for side in ("x", "y", "width", "height")] == pytest.approx(
            [was[side] for side in ("x", "y", "width", "height")], abs=1.5
        )
