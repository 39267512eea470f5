"""Every tab by keyboard alone: the tab, an input, the button, and what can be chosen in the answer.

Nothing here clicks or sets a focus. Every stop on the way must show where the focus is and have a
name to be read out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from mmsent.media import Picture
from tests.chromium import portrait, visiting, with_camera, write_film
from tests.conftest import App, encode
from tests.video_fake import write_clip

SOON: Final = 60_000  # ms
STOPS: Final = 60  # more than any tab has
# Of the element in focus, if any: its HTML, whether it or the card around it has a ring, what it
# is, what it says, and whether it is the one that is looked for.
FOCUS: Final = """target => {
  const here = document.querySelector(':focus'); // none inside a player's own controls
  if (!here) return null;
  let ring = false;
  for (let one = here, i = 0; one && i < 4; one = one.parentElement, i++) {
    const {outlineStyle, outlineWidth} = getComputedStyle(one);
    ring ||= outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  }
  const {outerHTML, tagName: kind, innerText: text} = here;
  return {html: outerHTML.slice(0, 200), ring, kind, text, there: here === target};
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its camera sees two faces."""
    pair = np.hstack([portrait()[:, 120:440]] * 2)
    with with_camera(
        write_film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [pair], seconds=1)
    ) as one:
        yield one


@pytest.fixture
def page(app: App, window: BrowserContext) -> Iterator[Page]:
    """A fresh visitor who has not touched anything; the test fails when the page raised or asked
    another server."""
    with visiting(window, "camera") as page:
        page.set_default_timeout(SOON)
        # from now on the browser shows none of its own, which a test could not answer
        page.on("filechooser", lambda _: None)
        page.goto(app.address)
        expect(page.locator("#consent input")).to_be_visible(timeout=SOON)
        yield page


def reach(page: Page, target: Locator, *keys: str) -> None:
    """Tab after Tab until ``target`` has the focus, then ``keys``."""
    expect(target).to_be_visible(timeout=SOON)
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        here = target.evaluate(FOCUS)
        if here is None:  # past the last stop: the next Tab begins anew
            continue
        assert here["ring"], f"no ring around {here['html']}"
        # the snapshot has a fold's text without its role
        named = (
            here["text"].strip()
            if here["kind"] == "SUMMARY"
            else '"' in page.locator(":focus").aria_snapshot()
        )
        assert here["kind"] == "VIDEO" or named, f"no name for {here['html']}"
        if here["there"]:
            break
    else:
        pytest.fail(f"Tab does not reach {target}")
    for key in keys:
        page.keyboard.press(key)


def open_tab(page: Page, name: str) -> None:
    tab = page.get_by_role("tab", name=name)
    reach(page, tab, "Enter")
    expect(tab).to_have_attribute("aria-selected", "true", timeout=SOON)


def upload(page: Page, kind: str, name: str, content: bytes) -> None:
    """``kind`` is "image" or "video"."""
    reach(page, page.get_by_role("button", name=f"{kind} file here to upload"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(
        {"name": name, "mimeType": f"{kind}/{Path(name).suffix[1:]}", "buffer": content}
    )


def choose_photo(page: Page, name: str, content: bytes) -> None:
    """For this device to read."""
    reach(page, page.get_by_label("Your photo, read on this device"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": content})


def download(page: Page, button: Locator) -> str:
    reach(page, button)
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    return saved.value.suggested_filename


def test_live(page: Page) -> None:
    view = page.locator("#live-view")
    reach(page, page.locator("#consent input"), "Space")
    reach(page, view.locator(".start"), "Enter")
    expect(view.locator(".live[data-faces='2']")).to_be_attached(timeout=SOON)
    expect(view.locator(".stop")).to_be_focused()
    second = view.locator(".faces button").nth(1)
    reach(page, second, "Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    reach(page, view.get_by_role("slider", name="Smoothing"), "ArrowRight")
    expect(view.locator(".smoothing-value")).to_have_text("0.6 s")
    reach(page, view.get_by_role("slider", name="Sensitivity"), "ArrowLeft")
    expect(view.get_by_role("slider", name="Sensitivity")).to_have_attribute(
        "aria-valuetext", "45 %"
    )
    assert download(page, view.locator(".download")) == "face-session.csv"
    reach(page, view.locator(".stop"), "Enter")
    expect(view.locator(".start")).to_be_focused()


def test_photo(page: Page, two_faces: Picture) -> None:
    open_tab(page, "Face in a photo")
    choose_photo(page, "two.jpeg", encode(two_faces))
    reach(page, page.locator("#photo-view .spot[data-face='1']"), "Enter")
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 2", timeout=SOON)
    reach(page, page.locator("#photo-view .names [data-face='0']"), "Space")
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 1", timeout=SOON)
    reach(page, page.get_by_role("slider", name="Strength of the heat map"), "End")
    assert page.locator("#photo-detail .heat").evaluate("heat => heat.style.opacity") == "1"
    assert download(page, page.locator("#photo-save [data-save=json]")) == "faces.json"


def test_review(page: Page) -> None:
    open_tab(page, "Review")
    reach(page, page.locator("#review-text textarea"))
    page.keyboard.type("The bag is great")
    reach(page, page.locator("#review-run"), "Enter")
    words = page.locator("#review-evidence .word")
    expect(words).to_have_count(4, timeout=SOON)
    reach(page, words.first, "ArrowRight", "ArrowRight")
    expect(words.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(words.nth(2)).to_be_focused()
    reach(page, page.get_by_role("button", name="All words"), "Enter")
    expect(words.nth(2)).to_have_attribute("aria-pressed", "false")
    assert download(page, page.locator("#review-evidence [data-save=json]")) == "review.json"


def test_meme(page: Page) -> None:
    open_tab(page, "Meme")
    reach(page, page.get_by_role("button", name="Broccoli"), "Enter")
    reach(page, page.locator(".people summary"), "Enter")
    reach(page, page.get_by_role("radio", name="Harm"))
    page.get_by_role("radio", name="Overall sentiment").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Humour")).to_be_checked()
    reach(page, page.locator(".words:visible .word").first, "Enter")
    expect(page.locator(".words:visible .word").first).to_have_attribute("aria-pressed", "true")
    reach(page, page.locator("#meme-reasons .line").first)
    expect(page.locator("#meme-reasons .box.lit")).to_have_count(1)
    assert download(page, page.locator("#meme-reasons [data-save=png]")) == "meme.png"


def test_clip(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Clip")
    clip = write_clip(tmp_path / "clip.webm")
    upload(page, "video", "clip.webm", clip.read_bytes())
    expect(page.locator("#video-clip video")).to_be_visible(timeout=SOON)
    reach(page, page.locator("#video-transcript textarea"))
    page.keyboard.type("I love it so much. And I hate to go.")
    reach(page, page.locator("#video-run"), "Enter")
    moments = page.locator(".moments button")
    expect(moments).to_have_count(2, timeout=2 * SOON)
    reach(page, page.locator("#video-counts").get_by_label("Voice"), "Space")
    expect(page.locator(".band", has_text="Voice")).to_have_count(0, timeout=SOON)
    plot = page.get_by_role("slider", name="Timeline")
    reach(page, plot, "End")
    expect(plot).to_have_attribute("aria-valuenow", "6.0")
    reach(page, moments.last, "ArrowUp")
    expect(moments.first).to_be_focused()
    reach(page, page.locator(".tile").nth(1), "Enter")
    assert download(page, page.locator("#video-clip-view [data-save=csv]")) == "clip.csv"


def test_delete_my_data_leaves_an_empty_page(app: App, page: Page, two_faces: Picture) -> None:
    reach(page, page.locator("#consent input"), "Space")
    expect(page.locator("#live-view")).to_be_visible(timeout=SOON)
    open_tab(page, "Face in a photo")
    reach(page, page.locator("#photo-own [value=device]"), "ArrowDown")
    expect(page.locator("#photo-own [value=server]")).to_be_checked()
    upload(page, "image", "diary.jpeg", encode(two_faces))
    expect(page.locator("#photo-detail h3")).to_be_visible(timeout=SOON)
    assert len(list(app.temporary.rglob("diary*"))) == 1
    page.evaluate("window.visit = 1")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    reach(page, page.get_by_role("button", name="Delete my data now"), "Enter")
    assert "all numbers of this visit" in asked[0]
    expect(page.locator("#deleted")).not_to_contain_text("deleted")
    expect(page.locator("#photo-detail h3")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("all numbers are deleted", timeout=SOON)
    page.wait_for_function("window.visit === undefined")
    expect(page.locator("#consent input")).not_to_be_checked(timeout=SOON)
    expect(page.locator("#live-view")).to_have_count(0)
    open_tab(page, "Face in a photo")
    expect(page.locator("#photo-view .message")).to_contain_text("Your picture will appear here")
    expect(page.locator("#photo-input img")).to_have_count(0)
    assert list(app.temporary.rglob("diary*")) == []
