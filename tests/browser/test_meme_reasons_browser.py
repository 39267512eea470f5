"""What spoke for an answer to a meme, in Chromium: words, places and lines light up without the server."""

import pytest
from playwright.sync_api import Page, expect

from tests.meme_tab import ASPECTS, reread, send
from tests.meme_tab import page as page  # a fixture
from tests.served import hot_places


def test_an_aspect_shows_its_own_words_and_places_without_the_server(page, grey_photo):
    send(page, grey_photo)
    place, frame = page.locator(".heat").bounding_box(), page.locator(".photo").bounding_box()
    assert place == pytest.approx(frame, abs=1)
    assert frame["width"] == pytest.approx(3 * frame["height"], rel=0.02)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_text("as people rated memes").click()
    for index, name in enumerate(ASPECTS):
        # the whole card chooses
        page.locator(".card:not(.said)").nth(index).click(position={"x": 3, "y": 3})
        expect(page.get_by_role("radio", name=name)).to_be_checked()
        assert hot_places(page, "#meme-reasons") == [index]
        assert page.locator(".words:visible").count() == 1
    assert page.locator(".heat").evaluate("heat => heat.style.opacity") == "0.6"
    page.get_by_role("radio", name="Humour").check()
    expect(page.locator(".legend:visible")).to_contain_text("very funny")
    awful = page.get_by_role("button", name="awful, pulls away from very funny, −0.4")
    awful.click()
    expect(awful).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chosen")).to_have_text("“awful” pulls away from very funny, −0.4.")
    page.get_by_role("radio", name="Offence").check()  # the word stays chosen
    expect(page.locator(".chosen")).to_have_text("“awful” pulls toward very offensive, +1.2.")
    page.locator("#meme-reasons input[type=range]").fill("25")
    assert page.locator(".heat").evaluate("heat => heat.style.opacity") == "0.25"
    assert [url for url in asked if not url.startswith("data:")] == []


def test_where_the_sentence_says_that_no_place_pulls_the_map_is_clear(page, grey_photo):
    painted = "heat => heat.getContext('2d').getImageData(0, 0, heat.width, heat.height).data.some(value => value)"
    send(page, grey_photo)
    assert page.locator(".heat").evaluate(painted)
    reread(page, "dull")
    expect(page.locator(".seen")).to_contain_text(
        "No place of the picture pulls toward “not harmful”", timeout=30_000
    )
    assert not page.locator(".heat").evaluate(painted)


def test_the_keyboard_reaches_aspects_and_words(page, grey_photo):
    send(page, grey_photo)
    page.get_by_text("as people rated memes").click()
    page.get_by_role("radio", name="Overall sentiment").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Humour")).to_be_checked()
    assert hot_places(page, "#meme-reasons") == [2]
    page.locator(".words:visible .word").first.focus()
    for key, index in (
        ("Enter", "0"),
        ("End", "3"),
        ("ArrowRight", "3"),
        ("ArrowLeft", "2"),
        ("Home", "0"),
    ):
        page.keyboard.press(key)
        assert page.locator(".why").get_attribute("data-chosen") == index, key
        assert page.evaluate("document.activeElement.dataset.word") == index
    assert page.locator('.words:visible .word[tabindex="0"]').count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".why").get_attribute("data-chosen") == "all"
    expect(page.locator(".chosen")).to_contain_text("Choose a word")


def lit(page: Page) -> list[str | None]:
    return [box.get_attribute("data-line") for box in page.locator(".box.lit").all()]


def test_a_line_shows_its_box_by_pointer_and_keyboard(page, grey_photo):
    send(page, grey_photo)
    assert lit(page) == []
    page.locator(".line").nth(1).hover()
    assert lit(page) == ["1"]
    box, frame = page.locator(".box.lit").bounding_box(), page.locator(".photo").bounding_box()
    scale = frame["width"] / 600
    assert box["x"] - frame["x"] == pytest.approx(180 * scale, abs=1)
    assert box["height"] == pytest.approx(40 * scale, abs=1)
    page.locator("#meme-verdict h3").hover()
    assert lit(page) == []
    page.locator(".line").first.focus()
    assert lit(page) == ["0"]
    page.locator(".line").nth(1).hover()
    assert lit(page) == ["1"]
    page.locator(".reading h3").hover()
    assert lit(page) == ["0"]  # the keyboard is still there
    page.keyboard.press("Tab")
    assert lit(page) == ["1"]
