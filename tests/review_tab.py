"""A visitor on the review tab."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.served import visit


@pytest.fixture
def page(review_page: str, visitor: Page) -> Page:
    """A fresh visitor on the review tab."""
    visit(visitor, review_page, "Review")
    return visitor


def send(page: Page, text: str, photo: Path | None = None) -> None:
    page.locator("#review-text textarea").fill(text)
    if photo:
        page.set_input_files("#review-photo input[type=file]", photo)
        expect(page.locator("#review-photo img")).to_be_visible()
    page.locator("#review-run").click()
