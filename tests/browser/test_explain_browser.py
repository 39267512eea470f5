"""Reasons that take a while on this machine, in Chromium: the answer comes first, a button asks for
them, in every tab alike. The pipelines are made up."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Route, expect

from mmsent.ui.common.explain import CANCELLED, WORKING
from tests.meme_fake import FakeMeme
from tests.review_fake import RELEASED, SLOW, FakeReview
from tests.served import launched_with, visit
from tests.video_fake import TEDIOUS, FakeVideo, write_clip

SOON = 30_000  # ms
LATE = 700  # ms in which reasons would have come that nobody wants
SECONDS = 6.4  # that they take, as the pipelines say
NOTE = "#{}-room .explain [role=status]"  # beside both buttons of a tab


class Tab(NamedTuple):
    """``text`` selects where words are written, ``tedious`` are some whose reasons come when they are
    released, or never; ``reasons`` selects these, and ``said`` is in them."""

    name: str
    text: str
    tedious: str
    reasons: str
    said: str


TABS = {
    "review": Tab(
        "Review", "#review-text textarea", f"awful {SLOW}", "#review-evidence .evidence", "awful"
    ),
    "meme": Tab("Meme", "#meme-text textarea", f"awful {SLOW}", "#meme-reasons .evidence", "awful"),
    "video": Tab("Clip", "#video-transcript textarea", TEDIOUS, "#video-verdict .reasons", "job"),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    slow = {"review": FakeReview(SECONDS), "meme": FakeMeme(SECONDS), "video": FakeVideo(SECONDS)}
    with launched_with(slow, tmp_path_factory.mktemp("gradio")) as demo:
        yield demo.local_url


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.webm", seconds=1)


@pytest.fixture(params=TABS)
def tab(request: pytest.FixtureRequest) -> Iterator[str]:
    RELEASED.clear()
    yield request.param
    RELEASED.set()


@pytest.fixture
def page(tab: str, address: str, clip: Path, visitor: Page) -> Page:
    """A fresh visitor on the tab; in that of clips with one."""
    visit(visitor, address, TABS[tab].name)
    if tab == "video":
        visitor.set_input_files("#video-clip input[type=file]", clip)
        expect(visitor.locator("#video-clip video")).to_be_visible(timeout=SOON)
    return visitor


def ask(page: Page, tab: str, text: str) -> None:
    page.locator(TABS[tab].text).fill(text)
    page.locator(f"#{tab}-run").click()
    expect(page.locator(f"#{tab}-verdict h3")).to_be_visible(timeout=SOON)
    # until the answer is there, that to what was asked before is old
    expect(page.locator(f"#{tab}-explain")).to_be_visible(timeout=SOON)
    expect(page.locator(f"#{tab}-explain")).to_have_text("Explain (about 6 s)")
    expect(page.locator(TABS[tab].reasons)).to_have_count(0)


def test_the_answer_comes_first_and_the_keyboard_asks_and_cancels(page: Page, tab: str) -> None:
    explain, cancel = page.locator(f"#{tab}-explain"), page.locator(f"#{tab}-explain-cancel")
    verdict, reasons = page.locator(f"#{tab}-verdict h3"), page.locator(TABS[tab].reasons)
    note = page.locator(NOTE.format(tab))
    ask(page, tab, TABS[tab].tedious)
    expect(note).to_have_text("With this model the reasons take a while on this machine.")
    expect(cancel).to_be_hidden()
    explain.focus()
    page.keyboard.press("Enter")
    expect(note).to_have_text(WORKING, timeout=SOON)
    expect(cancel).to_be_focused()
    expect(explain).to_be_hidden()
    page.keyboard.press("Enter")
    expect(note).to_have_text(CANCELLED, timeout=SOON)
    expect(explain).to_be_focused()
    RELEASED.set()
    page.wait_for_timeout(LATE)
    expect(reasons).to_have_count(0)
    expect(verdict).to_be_visible()
    ask(page, tab, "I got the awful job!")
    explain.focus()
    page.keyboard.press("Enter")
    expect(reasons).to_contain_text(TABS[tab].said, timeout=SOON)
    expect(reasons).to_be_focused()
    expect(explain).to_be_hidden()
    expect(cancel).to_be_hidden()
    expect(note).to_be_empty()
    expect(verdict).to_be_visible()


def test_what_was_changed_meanwhile_gets_no_reasons(page: Page, tab: str) -> None:
    explain, reasons = page.locator(f"#{tab}-explain"), page.locator(TABS[tab].reasons)
    ask(page, tab, TABS[tab].tedious)
    explain.click()
    expect(page.locator(f"#{tab}-explain-cancel")).to_be_visible(timeout=SOON)
    page.locator(TABS[tab].text).focus()
    page.keyboard.insert_text(" pasted")  # one event of an input, and no key
    expect(page.locator(f"#{tab}-room .explain")).to_be_hidden()
    # the server has heard of it; reasons that left it before were still to the old text
    expect(page.locator(NOTE.format(tab))).to_have_text(CANCELLED, timeout=SOON)
    RELEASED.set()
    page.wait_for_timeout(LATE)
    expect(reasons).to_have_count(0)
    expect(page.locator(f"#{tab}-room .stale p")).to_be_visible()
    ask(page, tab, "Something new.")
    expect(explain).to_be_visible()


def test_what_is_asked_while_reasons_come_stands(page: Page, tab: str) -> None:
    explain, reasons = page.locator(f"#{tab}-explain"), page.locator(TABS[tab].reasons)
    ask(page, tab, TABS[tab].tedious)
    explain.click()
    expect(page.locator(f"#{tab}-explain-cancel")).to_be_visible(timeout=SOON)
    page.locator(f"#{tab}-run").click()  # the same once more, which marks nothing as old
    expect(explain).to_be_visible(timeout=SOON)
    RELEASED.set()
    page.wait_for_timeout(LATE)
    expect(reasons).to_have_count(0)
    expect(explain).to_be_visible()


@pytest.mark.parametrize("tab", ["review"], indirect=True)
def test_a_cancel_that_comes_late_is_not_of_the_next_explanation(page: Page, tab: str) -> None:
    explain, reasons = page.locator(f"#{tab}-explain"), page.locator(TABS[tab].reasons)
    ask(page, tab, "Something old.")
    held: list[Route] = []  # the first that is sent: what a change presses
    page.route("**/run/**", lambda route: route.continue_() if held else held.append(route))
    page.locator(TABS[tab].text).fill(TABS[tab].tedious)
    expect(page.locator(f"#{tab}-room .stale p")).to_be_visible()
    page.locator(f"#{tab}-run").click()
    expect(explain).to_be_visible(timeout=SOON)
    explain.click()
    expect(page.locator(NOTE.format(tab))).to_have_text(WORKING, timeout=SOON)
    held[0].continue_()
    page.wait_for_timeout(LATE)
    RELEASED.set()
    expect(reasons).to_contain_text(TABS[tab].said, timeout=SOON)
