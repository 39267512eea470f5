"""Who reads faces on the live tab, the visitor's own device or the server. The nets on the device are
made up."""

import re

import gradio as gr
import pytest
from playwright.sync_api import Page, Route, expect

from mmsent.ui.common import assets
from mmsent.ui.face import live_settings
from mmsent.ui.face.sessions import FullError, Session, Sessions
from mmsent.ui.face.tab import FULL
from tests.device_demo import LIVE, MODULE, pause, source, start, updates, wait_for_updates
from tests.device_demo import browser as browser  # a fixture
from tests.device_demo import demo as demo  # a fixture
from tests.device_demo import page as page  # a fixture
from tests.device_demo import window as window  # a fixture


def test_a_device_that_fails_leaves_the_work_to_the_server(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = "throw Object.assign(new Error('No nets came.'), {isSentence: true});"
    monkeypatch.setitem(assets.MODULES, MODULE, source(start=f"{pause(1000)} {fail}"))
    start(page, demo)
    expect(page.locator("#live-view .loading")).to_have_attribute("value", "0.5")
    told, view = page.locator("#live-view .where-told"), page.locator(LIVE)
    expect(told).to_have_text(re.compile("^No nets came. For now the server reads faces. On the"))
    expect(view).to_have_attribute("data-source", "server")
    expect(page.locator("#live-view .loading")).to_be_hidden()
    wait_for_updates(page, 2)


def test_a_slow_device_leaves_the_work_to_the_server_unless_it_was_chosen(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(assets.MODULES, MODULE, source(wait=120))
    start(page, demo)
    told, view = page.locator("#live-view .where-told"), page.locator(LIVE)
    expect(view).to_have_attribute("data-source", "device")
    expect(view).to_have_attribute("data-source", "server")
    expect(told).to_contain_text(re.compile(r"^This device took 1\d\d ms for a picture"))
    page.get_by_role("radio", name="On this device").check()
    expect(view).to_have_attribute("data-source", "device")
    wait_for_updates(page, live_settings.TRIAL_READINGS + 2)
    expect(view).to_have_attribute("data-source", "device")


def test_a_slow_device_that_was_chosen_before_the_start_is_kept(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(assets.MODULES, MODULE, source(wait=120))
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    told = page.locator("#live-view .where-told")
    expect(told).to_contain_text("Should it be too slow, the server takes over")
    page.get_by_role("radio", name="On this device").click()  # it is on already
    expect(told).to_have_text("On this device: no picture and no number leaves your browser.")
    page.locator("#live-view .start").click()
    wait_for_updates(page, live_settings.TRIAL_READINGS + 2)
    expect(page.locator(LIVE)).to_have_attribute("data-source", "device")


def test_without_a_worker_the_server_reads(page: Page, demo: gr.Blocks) -> None:
    page.add_init_script("delete window.Worker")
    start(page, demo)
    expect(page.locator("#live-view .where-told")).to_contain_text("no worker to compute in")
    expect(page.locator(LIVE)).to_have_attribute("data-source", "server")
    wait_for_updates(page, 2)
    page.get_by_role("radio", name="On this device").check()  # then nothing is sent, and it is said
    expect(page.locator("#live-view .message")).to_have_text(
        "This browser gives pages no worker to compute in."
    )
    expect(page.locator(LIVE)).to_have_attribute("data-state", "failed")


def test_a_device_that_fails_later_leaves_the_work_to_the_server(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "if ((self.count = (self.count ?? 0) + 1) > 3) throw new Error('out of bounds');"
    monkeypatch.setitem(assets.MODULES, MODULE, source(read=broken))
    start(page, demo)
    expect(page.locator("#live-view .where-told")).to_contain_text(
        "This device could not go on reading faces. For now the server"
    )
    before = updates(page)
    page.wait_for_function(f"+document.querySelector('{LIVE}').dataset.updates > {before}")


def test_who_unticks_at_once_is_not_overtaken_by_the_answer(page: Page, demo: gr.Blocks) -> None:
    page.goto(demo.local_url)
    box = page.locator("#consent input")
    box.check()
    box.uncheck()
    page.wait_for_timeout(2000)
    expect(box).not_to_be_checked()
    expect(page.locator("#live-view")).to_have_count(0)


def test_a_full_server_has_room_for_devices(
    page: Page, demo: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(sessions: Sessions, owner: str) -> Session:
        raise FullError

    monkeypatch.setattr(Sessions, "open", is_full)
    start(page, demo, choose=True)
    wait_for_updates(page, 2)
    page.get_by_role("radio", name="On the server").click()
    expect(page.locator("#live-view .message")).to_have_text(FULL)
    expect(page.locator(LIVE)).to_have_attribute("data-state", "failed")


def test_nothing_can_be_pressed_before_its_module_listens(page: Page, demo: gr.Blocks) -> None:
    held: list[Route] = []
    page.route("**/face/live.js", lambda route: held.append(route))
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    begin, server = (
        page.locator("#live-view .start"),
        page.get_by_role("radio", name="On the server"),
    )
    expect(begin).to_be_disabled()
    expect(server).to_be_disabled()
    for route in held:
        route.continue_()
    server.check()
    begin.click()
    wait_for_updates(page, 1)
    expect(page.locator(LIVE)).to_have_attribute("data-source", "server")
