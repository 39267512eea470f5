"""The live tab that reads on the visitor's own device sends nothing, and a server that dies does not
matter."""

from pathlib import Path
from typing import Final

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect

from mmsent.deploy import ROOT
from mmsent.ui.common import assets
from tests.device_demo import LIVE, MODULE, SOON, pause, source, start, updates, wait_for_updates
from tests.device_demo import browser as browser  # a fixture
from tests.device_demo import demo as demo  # a fixture
from tests.device_demo import page as page  # a fixture
from tests.device_demo import window as window  # a fixture

# Whether the picture is so much wider than high.
HAS_SHAPE: Final = """shape => {
  const {width, height} = document.querySelector("#live-view .stage").getBoundingClientRect();
  return Math.abs(width / height - shape) < .02;
}"""


def test_nothing_is_sent_from_the_choice_of_the_device_on_and_the_last_choice_counts(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(assets.MODULES, MODULE, source(start=pause(1500)))
    loaded: list[str] = []
    page.on("console", lambda message: loaded.append(message.text))
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    on_device, on_server, view = (
        page.get_by_role("radio", name="On this device"),
        page.get_by_role("radio", name="On the server"),
        page.locator(LIVE),
    )
    on_server.click()
    page.locator("#live-view .start").click()
    wait_for_updates(page, 2)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    on_device.click()
    page.wait_for_timeout(200)  # what was on its way
    del sent[:]
    page.wait_for_timeout(800)
    assert [url for url in sent if "component_server" in url] == []
    on_server.click()  # before the nets are there
    page.wait_for_timeout(1500)
    wait_for_updates(page, 2)
    expect(view).to_have_attribute("data-source", "server")
    on_device.click()
    expect(view).to_have_attribute("data-source", "device")
    page.locator("#live-view .stop").click()
    before = loaded.count("nets loaded")
    page.locator("#live-view .start").click()
    wait_for_updates(page, 2)
    assert loaded.count("nets loaded") == before > 0


def test_a_phone(browser: Browser, demo: gr.Blocks) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(SOON)
    page.add_init_script((ROOT / "tests/phone.js").read_text(encoding="utf-8"))
    page.add_init_script("phone.allow(false)")
    start(page, demo, choose=True)
    message, view = page.locator("#live-view .message"), page.locator(LIVE)
    expect(message).to_contain_text("did not allow the camera")
    page.evaluate("phone.allow(true)")  # and no second click
    expect(view).to_have_attribute("data-state", "on")
    wait_for_updates(page, 2)
    assert page.evaluate("phone.awake") == 1

    page.wait_for_function(HAS_SHAPE, arg=480 / 640)
    page.evaluate("Object.assign(phone, {width: 640, height: 480})")  # turned on its side
    page.wait_for_function(HAS_SHAPE, arg=640 / 480)
    wait_for_updates(page, 2)

    turn, mirror = page.locator("#live-view .turn"), page.locator("#live-view .mirror")
    expect(mirror).to_be_checked()
    turn.click()
    expect(mirror).not_to_be_checked()
    turn.click()
    expect(mirror).to_be_checked()
    assert page.evaluate("phone.asked")[-3:] == ["user", "environment", "user"]

    page.evaluate("phone.hide(true)")
    page.wait_for_timeout(400)
    before = updates(page)
    page.wait_for_timeout(400)
    assert updates(page) == before
    page.evaluate("phone.hide(false)")
    wait_for_updates(page, 2)

    page.evaluate("phone.unplug()")
    expect(message).to_have_text("The camera was disconnected. It starts again when it is back.")
    assert page.evaluate("phone.awake") == 0
    page.evaluate("phone.plug()")
    expect(view).to_have_attribute("data-state", "on")
    wait_for_updates(page, 2)
    assert page.evaluate("phone.awake") == 1
    expect(turn).to_be_hidden()  # one camera is left
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_nothing_is_sent_and_the_server_may_die(page: Page, demo: gr.Blocks) -> None:
    """Last, since no server is left."""
    start(page, demo, choose=True)
    view = page.locator(LIVE)
    expect(view).to_have_attribute("data-source", "device")
    wait_for_updates(page, 5)
    expect(view).to_have_attribute("data-label", "happy")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.on("websocket", lambda socket: sent.append(socket.url))
    page.wait_for_timeout(2000)
    wait_for_updates(page, 5)
    assert sent == []

    server = demo.server
    server.should_exit = server.force_exit = True
    server.thread.join(20)
    assert not server.thread.is_alive()
    page.wait_for_timeout(2500)
    wait_for_updates(page, 10)
    expect(page.get_by_text("Connection Lost")).to_have_count(0)
    with page.expect_download() as download:
        page.locator("#live-view .download").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("seconds,track,x0")
    assert len(lines) > 5
    assert [url for url in sent if not url.startswith("blob:")] == []
    for _ in range(2):  # the view stays, since no answer comes
        page.locator("#consent input").uncheck()
        expect(view).to_have_attribute("data-state", "off")
        page.locator("#consent input").check()
        page.locator("#live-view .start").click()
        expect(view).to_have_attribute("data-state", "on")
    page.locator("#consent input").uncheck()
    expect(view).to_have_attribute("data-state", "off")
    assert page.evaluate("document.querySelector('#live-view video').srcObject") is None
