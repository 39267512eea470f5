"""The meme tab in Chromium, in front of a pipeline that needs no checkpoint."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from mmsent.labels import MEME_ASPECTS, MEME_WORDS
from mmsent.media import ANIMATED
from mmsent.ui.meme.tab import EXAMPLES
from tests.conftest import encode
from tests.meme_fake import CAPTION, LIMIT, as_json, meme
from tests.meme_tab import page as page  # a fixture
from tests.meme_tab import reread, send
from tests.review_fake import NASTY
from tests.served import hot_places, visit


def test_a_picture_is_read_at_once_and_its_text_can_be_changed(page, grey_photo):
    send(page, grey_photo)
    expect(page.locator("#meme-text textarea")).to_have_value(CAPTION)
    expect(page.locator("#meme-verdict h3")).to_contain_text("nothing suggests harm (60 %)")
    expect(page.locator("#meme-verdict")).to_contain_text("Content warning")
    expect(page.locator(".line")).to_have_count(2)
    reread(page, "so funny")
    expect(page.locator("#meme-verdict h3")).not_to_contain_text("offensive", timeout=30_000)
    assert "Content warning" not in page.locator("#meme-verdict").inner_text()
    expect(page.locator("#meme-text textarea")).to_have_value("so funny")
    expect(page.locator(".line")).to_have_count(0)
    page.locator("#meme-back").click()
    expect(page.locator("#meme-text textarea")).to_have_value(CAPTION, timeout=30_000)
    expect(page.locator(".line")).to_have_count(2)


def test_a_new_picture_is_read_afresh(page, grey_photo):
    send(page, grey_photo)
    for _ in range(2):  # the same example once more is a new picture, too
        page.locator("#meme-text textarea").fill("of the old picture")
        page.get_by_role("button", name=EXAMPLES[0].name).click()
        expect(page.locator("#meme-text textarea")).to_have_value(CAPTION, timeout=30_000)
        expect(page.locator("#meme-picture img")).to_be_visible()


def test_downloads_hold_what_is_shown(page, grey_photo):
    send(page, grey_photo)
    page.get_by_text("as people rated memes").click()
    page.get_by_role("radio", name="Humour").check()
    saved = {}
    for kind in ("json", "png"):
        with page.expect_download() as download:
            page.locator(f"#meme-reasons [data-save={kind}]").click()
        saved[kind] = Path(download.value.path())
    assert json.loads(saved["json"].read_text(encoding="utf-8")) == as_json(meme())
    # the picture, 600 x 200, fills the lower end of the answer
    picture = Image.open(saved["png"]).convert("RGB")
    part = picture.crop((48, picture.height - 48 - 368, 1152, picture.height - 48))
    warm, against = (np.ptp(part.resize((600, 200)).getpixel(at)) for at in ((500, 50), (500, 150)))
    assert (warm > 60, against < 8) == (True, True)  # what pulls away stays clear


def test_a_missing_side_is_named_and_nothing_at_all_is_a_sentence(page, grey_photo, tmp_path):
    page.locator("#meme-run").click()
    expect(page.locator("#meme-verdict [role=alert]")).to_contain_text(
        "add a picture, a text", timeout=30_000
    )
    reread(page, "so funny")
    expect(page.locator("#meme-verdict")).to_contain_text("There is no picture", timeout=30_000)
    expect(page.locator("#meme-reasons")).to_contain_text("No picture was given")
    black = tmp_path / "black.png"
    black.write_bytes(encode(np.zeros((200, 600, 3), np.uint8), "PNG"))
    send(page, black)
    expect(page.locator("#meme-verdict")).to_contain_text("No text was found", timeout=30_000)
    expect(page.locator("#meme-text textarea")).to_have_value("")
    assert hot_places(page, "#meme-reasons") == [0]
    reread(page, "word " * 10_000)
    expect(page.locator("#meme-verdict [role=alert]")).to_contain_text(
        f"at most {LIMIT:,}", timeout=30_000
    )
    assert page.locator(".why").count() == 0
    (tmp_path / "text.jpg").write_bytes(b"this is no picture")
    page.set_input_files("#meme-picture input[type=file]", tmp_path / "text.jpg")
    expect(page.locator("#meme-verdict [role=alert]")).to_contain_text(
        "not a picture", timeout=30_000
    )


def test_without_its_picture_the_text_stays(page, grey_photo):
    send(page, grey_photo)
    page.locator("#meme-picture button[aria-label='Clear']").or_(
        page.get_by_label("Remove Image")
    ).first.click()
    expect(page.locator("#meme-verdict")).to_contain_text(
        "The verdict will appear here", timeout=30_000
    )
    expect(page.locator("#meme-text textarea")).to_have_value(CAPTION)
    page.locator("#meme-text textarea").press("Control+Enter")
    expect(page.locator("#meme-verdict")).to_contain_text("There is no picture", timeout=30_000)


def test_a_moving_picture_says_that_one_frame_was_read(page, tmp_path):
    first, *rest = [Image.new("RGB", (60, 40), (80 * i + 40, 0, 0)) for i in range(3)]
    first.save(tmp_path / "moving.gif", save_all=True, append_images=rest)
    send(page, tmp_path / "moving.gif")
    expect(page.locator("#meme-verdict .note")).to_have_text(ANIMATED)


def test_nothing_in_a_text_is_run(page, grey_photo):
    send(page, grey_photo)
    reread(page, NASTY)
    expect(page.locator(".line")).to_have_count(0, timeout=30_000)
    assert page.evaluate("window.hacked") is None


def test_the_answer_outlives_a_change_of_tabs(page, grey_photo):
    send(page, grey_photo)
    page.get_by_role("tab", name="Review").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no checkpoint for “review” <here>.")
    page.get_by_role("tab", name="Meme").click()
    page.get_by_text("as people rated memes").click()
    page.get_by_role("radio", name="Humour").check()
    assert hot_places(page, "#meme-reasons") == [2]
    page.locator("#meme-text textarea").fill("so funny")
    page.locator("#meme-text textarea").press("Control+Enter")
    expect(page.locator(".line")).to_have_count(0, timeout=30_000)
    # the aspect stays with the next answer
    expect(page.get_by_role("radio", name="Humour")).to_be_checked()
    assert hot_places(page, "#meme-reasons") == [2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_all(browser, meme_page, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    visit(page, meme_page, "Meme")
    page.get_by_role("button", name=EXAMPLES[0].name).click()
    expect(page.locator("#meme-verdict h3")).to_be_in_viewport(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("as people rated memes").click()
    for index in (0, 4):  # of those to choose one is open at a time
        page.locator(".card:not(.said)").nth(index).click()
        expect(page.locator(".card:not(.said) .bars:visible")).to_have_count(1)
        chosen = page.locator(".card:not(.said)").nth(index)
        expect(chosen.locator(".bars")).to_be_visible()
        expect(chosen.locator(".floor span")).to_be_visible()
    expect(page.locator(".mark")).to_have_count(len(MEME_ASPECTS) + len(MEME_WORDS))
    reread(page, "word " * 600 + "w" * 500)
    expect(page.locator("#meme-reasons")).to_contain_text("the other 201 too", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_an_answer_to_another_text_is_marked_until_the_next_one(page, grey_photo):
    note = page.locator("#meme-room .stale p")
    send(page, grey_photo)
    expect(note).to_be_hidden()
    page.locator("#meme-text textarea").fill("so funny")
    expect(note).to_have_text(
        "The input has changed: press “Analyse with this text” for a new answer."
    )
    page.locator("#meme-run").click()
    expect(note).to_be_hidden(timeout=30_000)
    page.locator("#meme-text textarea").fill("something else")
    expect(note).to_be_visible()
    page.locator("#meme-back").click()
    expect(note).to_be_hidden(timeout=30_000)
