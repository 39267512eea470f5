"""A shared window as the live picture: read on the visitor's own device, or not at all."""

from typing import Final

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from tests.device_demo import LIVE, wait_for_updates
from tests.device_demo import browser as browser  # a fixture
from tests.device_demo import demo as demo  # a fixture
from tests.device_demo import page as page  # a fixture
from tests.device_demo import window as window  # a fixture

# A window that is drawn, in place of the browser's own dialog.
SHARED: Final = """
  window.asked = [];
  const canvas = Object.assign(document.createElement("canvas"), {width: 640, height: 360}), g = canvas.getContext("2d");
  setInterval(() => { g.fillStyle = `rgb(90, ${Date.now() % 256}, 90)`; g.fillRect(0, 0, 640, 360); }, 50);
  navigator.mediaDevices.getDisplayMedia = async wish => {
    asked.push(wish);
    if (window.isRefused) throw new DOMException("no", "NotAllowedError");
    return window.shared = canvas.captureStream(20);
  };
"""
ENDED_BY_BROWSER: Final = (
    "() => { const [track] = shared.getTracks(); track.stop(); track.onended(); }"
)


@pytest.fixture
def live(page: Page, demo: gr.Blocks) -> Page:
    """A visitor who has agreed to the camera."""
    page.add_init_script(SHARED)
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    expect(page.locator("#live-view .window")).to_be_enabled()
    return page


def agree(page: Page) -> None:
    page.get_by_label("window or browser tab that I share").check()


def test_a_window_is_read_on_the_device_until_the_browser_ends_it(live: Page) -> None:
    button, message = live.locator("#live-view .window"), live.locator("#live-view .message")
    button.click()
    expect(message).to_have_text("Tick the box of consent for the window first.")
    assert live.evaluate("asked.length") == 0
    agree(live)
    sent: list[str] = []
    live.on("request", lambda request: sent.append(request.url))
    button.press("Enter")
    wait_for_updates(live, 3)
    expect(live.locator(LIVE)).to_have_attribute("data-label", "happy")
    expect(live.locator("#live-view .mirror")).not_to_be_checked()
    expect(live.get_by_role("button", name="Stop sharing")).to_be_focused()
    expect(button).to_be_hidden()
    assert live.locator("#live-view video").get_attribute("aria-label") == (
        "The window that you share"
    )
    assert live.evaluate("asked[0].audio") is False
    assert [url for url in sent if "component_server" in url] == []
    live.evaluate(ENDED_BY_BROWSER)
    expect(message).to_have_text("The window is not shared any more.")
    expect(live.locator(LIVE)).to_have_attribute("data-state", "off")
    expect(live.get_by_role("button", name="Start camera")).to_be_focused()
    live.wait_for_timeout(600)  # nothing starts by itself
    expect(live.locator(LIVE)).to_have_attribute("data-state", "off")
    live.get_by_role("button", name="Start camera").click()  # the mirror comes back with the camera
    wait_for_updates(live, 2)
    expect(live.locator("#live-view .mirror")).to_be_checked()
    expect(live.get_by_role("button", name="Stop camera")).to_be_visible()


def test_a_window_never_goes_to_the_server(live: Page) -> None:
    sent: list[str] = []
    live.on("request", lambda request: sent.append(request.url))
    button, message = live.locator("#live-view .window"), live.locator("#live-view .message")
    on_device, on_server = (
        live.get_by_role("radio", name=f"On {where}") for where in ("this device", "the server")
    )
    agree(live)
    on_server.click()
    button.click()
    expect(message).to_contain_text("read on this device only")
    assert live.evaluate("asked.length") == 0
    on_device.click()
    button.click()
    wait_for_updates(live, 2)
    on_server.click()
    expect(message).to_contain_text("read on this device only")
    expect(live.locator(LIVE)).to_have_attribute("data-state", "failed")
    assert live.evaluate("shared.getTracks()[0].readyState") == "ended"
    live.wait_for_timeout(500)
    assert [url for url in sent if "component_server" in url] == []


def test_consent_that_is_taken_back_ends_it(live: Page) -> None:
    agree(live)
    live.locator("#live-view .window").click()
    wait_for_updates(live, 2)
    live.get_by_label("window or browser tab that I share").uncheck()
    expect(live.locator(LIVE)).to_have_attribute("data-state", "off")
    assert live.evaluate("shared.getTracks()[0].readyState") == "ended"


def test_whoever_shares_nothing_is_told(live: Page) -> None:
    agree(live)
    live.evaluate("window.isRefused = true")
    live.locator("#live-view .window").click()
    expect(live.locator("#live-view .message")).to_contain_text("No window was shared.")
    live.evaluate("window.isRefused = false")
    live.locator("#live-view .window").click()
    wait_for_updates(live, 2)


def test_a_browser_that_can_t_share_offers_nothing(page: Page, demo: gr.Blocks) -> None:
    page.add_init_script("delete MediaDevices.prototype.getDisplayMedia")
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    expect(page.locator("#live-view .start")).to_be_enabled()
    expect(page.locator("#live-view .window")).to_be_hidden()
    expect(page.locator("#live-view .share")).to_be_hidden()
