"""A visitor with a camera and a microphone on the clip tab."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import CAMERA, launched, visiting
from tests.served import visit
from tests.video_fake import FakeVideo

SOON = 60_000  # ms


class Served(NamedTuple):
    address: str
    video: FakeVideo
    uploads: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Unlike the other tabs' it has a camera and a microphone."""
    with launched(*CAMERA) as one:
        yield one


@pytest.fixture
def page(window: BrowserContext, served: Served) -> Iterator[Page]:
    """A fresh visitor with a camera, on the clip tab; the test fails when the page raised or asked
    another server."""
    with visiting(window, "camera", "microphone") as page:
        visit(page, served.address, "Clip")
        yield page


def choose(page: Page, clip: Path) -> None:
    page.set_input_files("#video-clip input[type=file]", clip)
    expect(page.locator("#video-clip video")).to_be_visible(timeout=SOON)


def analyse(page: Page, clip: Path) -> None:
    choose(page, clip)
    page.locator("#video-run").click()
    expect(page.locator(".moments button")).to_have_count(3, timeout=SOON)
    page.wait_for_function("document.querySelector('.player').readyState > 1", timeout=SOON)
