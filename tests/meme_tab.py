"""A visitor on the meme tab."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.served import visit

ASPECTS = ("Harm", "Overall sentiment", "Humour", "Sarcasm", "Offence", "Motivation")


@pytest.fixture
def page(meme_page: str, visitor: Page) -> Page:
    """A fresh visitor on the meme tab."""
    visit(visitor, meme_page, "Meme")
    return visitor


def send(page: Page, picture: Path) -> None:
    page.set_input_files("#meme-picture input[type=file]", picture)
    expect(page.locator("#meme-reasons .why")).to_be_attached(timeout=30_000)


def reread(page: Page, text: str) -> None:
    page.locator("#meme-text textarea").fill(text)
    page.locator("#meme-run").click()
