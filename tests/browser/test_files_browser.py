"""Files of every kind that is read here, brought to the page in Chromium, whatever the browser
makes of their names."""

import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mmsent.media import ANIMATED, IMAGE_SUFFIXES, MULTIPLE_IMAGES, MULTIPLE_PAGES
from tests.heic import write_heic
from tests.served import visit

GREY = np.full((40, 60, 3), 128, np.uint8)


@pytest.fixture
def page(review_page: str, visitor: Page) -> Page:
    """A fresh visitor on the review tab."""
    visit(visitor, review_page, "Review")
    return visitor


def write(path: Path) -> Path:
    """A picture of the kind that its name says, with a second one in it; JPEG where there is no
    ending."""
    first, second = Image.fromarray(GREY), Image.fromarray(GREY + 9)
    if path.suffix == ".HEIC":
        path.write_bytes(write_heic([GREY, GREY]))
    elif path.suffix:
        first.save(path, save_all=True, append_images=[second])
    else:
        first.save(path, "MPO", save_all=True, append_images=[second])
    return path


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("a.gif", ANIMATED),
        ("a.tif", MULTIPLE_PAGES),
        ("IMG_1.HEIC", MULTIPLE_IMAGES),
        ("photo", MULTIPLE_IMAGES),
    ],
)
def test_the_page_takes_a_picture_of_any_name_and_tells_what_else_is_in_it(
    page, tmp_path, name, note
):
    page.set_input_files("#review-photo input[type=file]", write(tmp_path / name))
    expect(page.locator("#review-photo img")).to_have_count(1, timeout=30_000)
    page.locator("#review-text textarea").fill("good")
    page.locator("#review-run").click()
    expect(page.locator("#review-verdict .note").first).to_have_text(note, timeout=30_000)


def test_a_picture_may_be_dropped(page, tmp_path):
    content = base64.b64encode(write(tmp_path / "IMG_1.HEIC").read_bytes()).decode()
    page.locator("#review-photo .upload-container, #review-photo button").first.evaluate(
        """(place, content) => {
          const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0)), dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "IMG_1.HEIC"));
          place.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer}));
        }""",
        content,
    )
    expect(page.locator("#review-photo img")).to_have_count(1, timeout=30_000)


def test_the_dialog_offers_all_endings_and_no_others_get_in(page, tmp_path):
    with page.expect_file_chooser() as chooser:
        page.locator(
            "#review-photo button[aria-label*='drop' i], #review-photo .upload-container"
        ).first.click()
    offered = chooser.value.element.evaluate("input => input.accept").split(", ")
    assert set(offered) == {"image/*", *IMAGE_SUFFIXES}
    (tmp_path / "words.txt").write_text("words")
    chooser.value.set_files(tmp_path / "words.txt")
    expect(page.get_by_text("“words.txt” is not")).to_be_visible()
