"""How the page suits who visits it: figures as their country writes them, and every tab at twice and
four times the size."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect

from mmsent.deploy import ROOT
from tests.conftest import App
from tests.review_fake import FakeReview
from tests.served import serving

SOON: Final = 60_000  # ms
METRICS: Final = ROOT / "checkpoints/review/metrics.json"
TABS: Final = ("live", "photo", "review", "meme", "clip")


class Measured(FakeReview):
    metrics: Any = json.loads(METRICS.read_text(encoding="utf-8")) if METRICS.exists() else None


@pytest.fixture(scope="module")
def measured_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("review", Measured(), tmp_path_factory.mktemp("gradio")) as address:
        yield address


@pytest.mark.skipif(not METRICS.exists(), reason="no checkpoint")
@pytest.mark.parametrize(
    ("locale", "n", "percent"), [("de-DE", "9.159", "84,"), ("en-GB", "9,159", "84.")]
)
def test_figures_are_written_as_in_the_visitors_country(
    browser: Browser, measured_page: str, locale: str, n: str, percent: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(f"{measured_page}?tab=review")
    page.wait_for_selector("html[data-mounted]", timeout=SOON)
    page.get_by_role("button", name="About this model").click()
    cells = page.locator(".about td")
    expect(cells.filter(has_text=n).first).to_be_visible(timeout=SOON)
    expect(cells.filter(has_text=percent).first).to_be_visible()
    context.close()


def test_no_tab_goes_sideways_at_twice_and_four_times_the_size(browser: Browser, app: App) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 400}, permissions=["camera"])
    page = context.new_page()
    too_wide = []
    for tab in TABS:
        page.set_viewport_size({"width": 640, "height": 400})  # 1280 pixels at 200 %
        page.goto(f"{app.address}?tab={tab}")
        page.wait_for_selector("html[data-mounted]", timeout=SOON)
        page.locator("[role=tabpanel]:visible .about-fold").wait_for(timeout=SOON)
        if tab == "live":
            page.locator("#consent input").check()
            page.locator("#live-view .start:enabled").wait_for(timeout=SOON)
        for width in (640, 320):  # and at 400 % (WCAG 1.4.10)
            page.set_viewport_size({"width": width, "height": 400})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((tab, width))
    context.close()
    assert too_wide == []
