"""Answers on memes that come late, in Chromium: what was asked or cleared meanwhile stands, and what
was written meanwhile stays. The pipeline is made up; its reasons wait to be released."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from mmsent.ui.meme import tab
from tests import meme_fake
from tests.meme_fake import CAPTION, FakeMeme
from tests.review_fake import RELEASED, SLOW
from tests.served import serving, visit

SOON = 30_000  # ms
LATE = 700  # ms in which what is late would have come
EMPTY = "The verdict will appear here"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a machine with so many cores that two memes are answered at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tab, "MAX_CONCURRENT", 2)
        with serving("meme", FakeMeme(), tmp_path_factory.mktemp("gradio")) as address:
            yield address


@pytest.fixture
def page(address: str, visitor: Page) -> Iterator[Page]:
    """A fresh visitor on the meme tab."""
    RELEASED.clear()
    visit(visitor, address, "Meme")
    yield visitor
    RELEASED.set()


@pytest.fixture
def text(page: Page) -> Locator:
    return page.locator("#meme-text textarea")


def wait_for_verdict(page: Page) -> None:
    expect(page.locator("#meme-verdict h3")).to_be_visible(timeout=SOON)
    expect(page.locator("#meme-reasons")).to_contain_text("being worked out", timeout=SOON)


def test_reasons_that_were_asked_before_do_not_replace_newer_ones(page, text, grey_photo):
    page.set_input_files("#meme-picture input[type=file]", grey_photo)
    expect(page.locator("#meme-reasons .why")).to_be_attached(timeout=SOON)
    text.fill(f"dull {SLOW}")
    page.locator("#meme-run").click()
    wait_for_verdict(page)
    page.locator("#meme-back").click()
    expect(page.locator("#meme-reasons .line")).to_have_count(2, timeout=SOON)
    expect(text).to_have_value(CAPTION)
    RELEASED.set()
    page.wait_for_timeout(LATE)
    expect(page.locator("#meme-reasons .line")).to_have_count(2)
    expect(page.locator("#meme-reasons .words").first).not_to_contain_text(SLOW)
    expect(text).to_have_value(CAPTION)


def test_what_is_written_while_the_reasons_come_stays(page, text, grey_photo, monkeypatch):
    monkeypatch.setattr(meme_fake, "CAPTION", f"it came {SLOW}")
    page.set_input_files("#meme-picture input[type=file]", grey_photo)
    expect(text).to_have_value(f"it came {SLOW}", timeout=SOON)
    wait_for_verdict(page)
    text.fill("what it really says")
    RELEASED.set()
    expect(page.locator("#meme-reasons .why")).to_be_attached(timeout=SOON)
    page.wait_for_timeout(LATE)
    expect(text).to_have_value("what it really says")
    expect(page.locator("#meme-room .stale p")).to_be_visible()


def test_reasons_of_what_was_cleared_do_not_come_back(page, text):
    verdict = page.locator("#meme-verdict")
    text.fill(f"it came {SLOW}")
    page.locator("#meme-run").click()
    wait_for_verdict(page)
    text.fill("")
    text.blur()
    expect(verdict).to_contain_text(EMPTY, timeout=SOON)
    RELEASED.set()
    page.wait_for_timeout(LATE)
    expect(verdict).to_contain_text(EMPTY)
    expect(page.locator("#meme-reasons .why")).to_have_count(0)
