"""The live tab that reads faces on the visitor's own device: nothing is sent, and a server that dies
does not matter. The nets on the device are made up; so is the phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, Route, expect

import mmsent
from mmsent.deploy import ROOT
from mmsent.labels import FACE_EMOTIONS
from mmsent.ui.common import assets
from mmsent.ui.face import live_settings
from mmsent.ui.face.sessions import FullError, Session, Sessions
from mmsent.ui.face.tab import FULL
from tests.chromium import CHROMIUM, chromium, portrait, write_film
from tests.served import launched

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}")
SOON: Final = 60_000  # ms
LIVE: Final = "#live-view .live"
MODULE: Final = "live/device.js"
# A source that sees one happy face after so many ms.
SOURCE: Final = """
export const makeSource = ({logits}) => ({
  async start(progress) { console.log("nets loaded"); progress({loaded: 1, total: 2}); %s },
  async read(picture, following) {
    %s
    await new Promise(done => setTimeout(done, %d));
    const points = [[90, 90], [130, 90], [110, 110], [95, 140], [125, 140]];
    return {faces: [{box: [60, 40, 160, 180], points, score: .999, logits, reason: null}], searched: !following};
  },
});
"""
# Whether the picture is so much wider than high.
HAS_SHAPE: Final = """shape => {
  const {width, height} = document.querySelector("#live-view .stage").getBoundingClientRect();
  return Math.abs(width / height - shape) < .02;
}"""
HAPPY: Final = [5.0 * (name == "happy") for name in FACE_EMOTIONS]


def source(wait: int = 5, start: str = "", read: str = "") -> str:
    """``start`` and ``read`` are what else these do first."""
    return SOURCE % (start, read, wait)


def pause(ms: int) -> str:
    return f"await new Promise(done => setTimeout(done, {ms}));"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = write_film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [portrait()], seconds=1)
    with chromium(film) as one:
        yield one


@pytest.fixture(scope="module")
def demo(face_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_settings, "device_config", lambda *_: {"logits": HAPPY})
        patch.setitem(assets.MODULES, MODULE, source())
        face = mmsent.load("face", face_checkpoint)
        with launched("face", face, tmp_path_factory.mktemp("gradio")) as one:
            yield one


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(permissions=["camera"], accept_downloads=True)
    errors: list[str] = []
    page = context.new_page()
    page.set_default_timeout(SOON)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def start(page: Page, demo: gr.Blocks, choose: bool = False) -> None:
    """``choose`` rules out that the device is left where this machine is busy with something else."""
    page.goto(demo.local_url)
    page.locator("#consent input").check()
    if choose:
        page.get_by_role("radio", name="On this device").click()
    page.locator("#live-view .start").click()


def updates(page: Page) -> int:
    return int(page.locator(LIVE).get_attribute("data-updates") or 0)


def wait_for_updates(page: Page, more: int) -> None:
    page.wait_for_function(
        f"+document.querySelector('{LIVE}').dataset.updates >= {updates(page) + more}"
    )


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
