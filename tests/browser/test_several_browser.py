"""“Several at once” in Chromium: files in, a table on the page and in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import ALL_RULES, STILL, found
from tests.review_fake import FAULT, RELEASED, SLOW, FakeReview
from tests.served import serving, visit

FOLD = "#review-several"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the page, and the folder of its uploads."""
    folder = tmp_path_factory.mktemp("gradio")
    with serving("review", FakeReview(), folder) as address:
        yield address, folder


@pytest.fixture
def page(served: tuple[str, Path], visitor: Page) -> Page:
    """A visitor at the open fold of the review tab."""
    visit(visitor, served[0], "Review")
    visitor.locator(f"{FOLD} > button").press("Enter")
    expect(visitor.locator(f"{FOLD}-run")).to_be_visible(timeout=30_000)
    return visitor


@pytest.fixture
def released() -> Iterator[None]:
    """Slow rows wait until the test lets them go, and none after it."""
    RELEASED.clear()
    yield
    RELEASED.set()


def add(page: Page, *files: Path) -> None:
    page.set_input_files(f"{FOLD}-files input[type=file]", files)
    expect(page.locator(f"{FOLD}-files")).to_contain_text(files[-1].suffix, timeout=30_000)


def saved(page: Page) -> tuple[str, str]:
    """The name and the text of the table."""
    with page.expect_download() as download:
        page.locator(f"{FOLD}-ready").click(timeout=30_000)
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return download.value.suggested_filename, text


def test_a_table_with_its_photos(page: Page, grey_photo: Path, tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text(
        f"text,image_path\nawful soup,{grey_photo.name}\n<b>lovely,\nx,gone.jpg\n"
        + "cold bread,\n" * 30
    )
    page.set_viewport_size({"width": 390, "height": 800})
    add(page, table, grey_photo)
    page.locator(f"{FOLD}-run").press("Enter")
    told = page.locator(f"{FOLD}-told")
    expect(told.get_by_role("status")).to_have_text(
        "All 33 rows are in the table, 31 with notes, 1 that could not be read.", timeout=30_000
    )
    expect(told.locator("tbody tr")).to_have_count(20)
    expect(told).to_contain_text("the first 20 of 33 rows")
    expect(told.locator("tbody tr").nth(1)).to_contain_text("<b>lovely")
    expect(told.locator("tbody tr").nth(2)).to_contain_text("No file “gone.jpg” came")
    page.add_style_tag(content=STILL)
    page.evaluate(
        "document.querySelector('footer').remove()"
    )  # Gradio's; the app has a shorter one
    assert found(page, ALL_RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name, text = saved(page)
    assert name == "mmsent-review.csv"
    assert text.splitlines()[0].startswith('"input","text","sentiment"')
    assert text.count("\n") == 34


def test_cancelling_keeps_what_is_done(page: Page, tmp_path: Path, released: None) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text(f"text\ngood\n{SLOW}\ngood\ngood\n")
    add(page, table)
    page.get_by_label("All that is known").check()
    page.locator(f"{FOLD}-run").click()
    expect(page.locator(f"{FOLD}-told")).to_contain_text("2 of 4", timeout=30_000)
    page.locator(f"{FOLD}-cancel").click()
    expect(page.locator(f"{FOLD}-cancel")).to_have_text("Cancelling…")
    RELEASED.set()
    expect(page.locator(f"{FOLD}-told").get_by_role("status")).to_have_text(
        "Cancelled. 2 of 4 rows are in the table, 2 with notes.", timeout=30_000
    )
    name, text = saved(page)
    assert (name, text.count("\n")) == ("mmsent-review.jsonl", 2)
    expect(page.locator(f"{FOLD}-run")).to_be_enabled()


def test_a_fault_of_ours_loses_nothing_that_is_done(page: Page, tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text(f"text\ngood\n{FAULT}\ngood\n")
    add(page, table)
    page.get_by_label("All that is known").check()
    page.locator(f"{FOLD}-run").click()
    expect(page.locator(f"{FOLD}-ready")).to_have_text("Save what was done", timeout=30_000)
    assert saved(page)[1].count("\n") == 1
    expect(page.locator(f"{FOLD}-told").get_by_role("alert")).to_contain_text("did not work")
    expect(page.locator(f"{FOLD}-run")).to_be_enabled(timeout=30_000)


def test_a_button_deletes_files_and_table(
    page: Page, served: tuple[str, Path], grey_photo: Path
) -> None:
    add(page, grey_photo)
    page.locator(f"{FOLD}-run").click()
    assert saved(page)[1].count("\n") == 2
    names = {path.name for path in served[1].rglob("*") if path.is_file()}
    assert {grey_photo.name, "mmsent-review.csv"} <= names
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#delete-ask").click()
    expect(page.locator("#deleted")).to_contain_text("are deleted", timeout=30_000)
    left = {path.name for path in served[1].rglob("*") if path.is_file()}
    assert not {grey_photo.name, "mmsent-review.csv"} & left


def test_what_can_t_be_read_is_one_sentence(page: Page) -> None:
    page.locator(f"{FOLD}-run").click()
    expect(page.locator(f"{FOLD}-told").get_by_role("alert")).to_contain_text("no files yet")
    expect(page.locator(f"{FOLD}-ready")).to_be_hidden()
