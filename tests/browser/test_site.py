"""The static site from a plain web server, in a folder of it, with what that was asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mmsent.media import Picture
from mmsent.site_folder import write_site
from mmsent.ui.site import build
from tests.browser.test_accessibility import STILL
from tests.browser.test_accessibility import check as check_accessibility
from tests.browser.test_keyboard import download, reach
from tests.chromium import asked_elsewhere, portrait, with_camera, write_film
from tests.conftest import encode
from tests.site_case import site as built
from tests.site_server import SiteServer, serving_site

SOON: Final = 60_000  # ms
LIVE: Final = "#live-view .live"
# as a static Space does
ADDED: Final = b"<script>window.huggingface = {variables: {A: '1'}};</script>"
REACH_OUT: Final = """new Promise(done => {
  addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
  fetch("http://127.0.0.1:1/").then(() => done("sent"), () => {});
})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = write_film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [portrait()], seconds=1)
    with with_camera(film) as one:
        yield one


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    with serving_site(built(), tmp_path) as one:
        yield one


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Nothing raises in a page of theirs, and nothing asks another server."""
    with browser.new_context(permissions=["camera"], accept_downloads=True) as context:
        errors: list[str] = []
        elsewhere = asked_elsewhere(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.set_default_timeout(SOON)
        yield context
        assert errors == elsewhere == []


def enter(context: BrowserContext, address: str, is_kept: bool = True) -> Page:
    """The page, mounted, and, with ``is_kept``, all of it on the device."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-mounted]")
    if is_kept:
        expect(page.locator("#kept")).to_contain_text("kept on your device", timeout=SOON)
    return page


def start(page: Page) -> None:
    page.locator("#consent input").check()
    page.locator("#live-view .start").click()
    page.wait_for_selector(f"{LIVE}[data-faces='1']")


def start_by_keyboard(page: Page) -> None:
    """And moves a slider."""
    view = page.locator("#live-view")
    reach(page, page.locator("#consent input"), "Space")
    reach(page, view.locator(".start"), "Enter")
    page.wait_for_selector(f"{LIVE}[data-faces='1']")
    expect(view.locator(".stop")).to_be_focused()
    reach(page, view.get_by_role("slider", name="Smoothing"), "ArrowRight")
    expect(view.locator(".smoothing-value")).to_have_text("0.6 s")


def wait_for_updates(page: Page, more: int) -> None:
    """So many further readings."""
    view = page.locator(LIVE)
    least = int(view.get_attribute("data-updates") or 0) + more
    for _ in range(600):
        if int(view.get_attribute("data-updates") or 0) >= least:
            return
        page.wait_for_timeout(50)
    pytest.fail("no more readings")


def test_a_first_visit_a_second_one_and_one_without_a_connection(
    server: SiteServer, visitor: BrowserContext
) -> None:
    page = enter(visitor, server.address)
    expect(page.locator("#live-example .bars li")).to_have_count(7)
    expect(page.locator("#live-view")).to_have_count(0)
    assert page.evaluate(REACH_OUT) == "connect-src"  # forbidden, whoever tries
    page.close()
    first = server.asked()
    assert {status for _, status in first} <= {200, 304}
    assert server.sent(first) <= 12_000_000
    assert len([name for name, _ in first if name.startswith("files/")]) == 6  # each once

    page = enter(visitor, f"{server.address}?tab=live")
    start_by_keyboard(page)
    assert {name for name, _ in server.asked()} <= {"sw.js"}
    expect(page.locator(LIVE)).to_have_attribute("data-source", "device")
    told = page.locator("#live-view .where-told")
    expect(told).to_have_text("On this device: no picture and no number leaves your browser.")
    expect(page.locator("#live-view .where input").first).to_be_hidden()
    reach(page, page.locator(".about-fold summary"), "Enter")
    expect(page.locator(".about")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.on("websocket", lambda socket: sent.append(socket.url))
    wait_for_updates(page, 10)
    page.wait_for_timeout(2000)
    assert [url for url in sent if not url.startswith("blob:")] == []
    assert {name for name, _ in server.asked()} <= {"sw.js"}
    assert download(page, page.locator("#live-view .download")) == "face-session.csv"
    page.locator("#consent input").uncheck()
    expect(page.locator("#live-view")).to_have_count(0)
    expect(page.locator("#live-example")).to_be_visible()
    page.close()

    server.stop()
    page = enter(visitor, f"{server.address}index.html?tab=live")
    start(page)
    wait_for_updates(page, 3)
    page.goto(f"{server.address}?tab=photo&example=astronaut")
    expect(page.locator("#photo-detail .heat")).to_be_visible(timeout=SOON)


def test_a_newer_version_comes_by_itself_and_leaves_nothing_of_the_old_one(
    server: SiteServer, visitor: BrowserContext
) -> None:
    used = enter(visitor, server.address)
    used.locator("#tabs").click()
    page = built()["index.html"].rpartition(b"<!-- mmsent ")[0]
    page = page.replace(b"</footer>", b"<p id=newer>Newer.</p></footer>")
    marked = build._marked(page.decode()).encode()
    large = {name: built()[name] for name in built() if name.startswith(("files/", "modules/"))}
    worker = build._worker({**large, "./": page}).encode()
    write_site({**built(), "index.html": marked, "sw.js": worker}, server.out)
    (server.out / "index.html").write_bytes(marked.replace(b"<head>", b"<head>" + ADDED))
    server.asked()
    used.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
    used.wait_for_timeout(1500)
    assert used.evaluate("navigator.serviceWorker.getRegistration().then(one => !!one.waiting)")
    expect(used.locator("#newer")).to_have_count(0)  # it is not taken away
    expect(used.locator("#kept")).to_contain_text("Load the page again when you are done")
    opened = visitor.new_page()
    opened.goto(server.address)
    expect(opened.locator("#kept")).to_contain_text("Close its other tabs")
    assert len(used.evaluate("caches.keys()")) == 2  # nor what it may still ask for
    used.close()

    for _ in range(10):  # the browser may take a moment to let go of the closed one
        opened.reload(wait_until="commit")  # it may load itself again before it is loaded
        opened.wait_for_selector("html[data-mounted]")
        opened.wait_for_timeout(2000)
        if opened.locator("#newer").count():
            break
    expect(opened.locator("#newer")).to_be_visible(timeout=SOON)
    expect(opened.locator("#kept")).to_contain_text("kept on your device", timeout=SOON)
    fetched = {name for name, _ in server.asked()}
    assert [name for name in fetched if name.startswith("files/")] == []
    assert len(opened.evaluate("caches.keys()")) == 1
    server.stop()
    opened.reload()
    expect(opened.locator("#newer")).to_be_visible()
    assert opened.evaluate("window.huggingface.variables")["A"] == "1"


def test_a_site_that_is_taken_down_leaves_its_address_to_others(
    server: SiteServer, visitor: BrowserContext
) -> None:
    enter(visitor, server.address).close()
    (server.out / "sw.js").unlink()
    (server.out / "index.html").write_text("<p id=other>Another app.</p>")
    page = visitor.new_page()
    page.goto(server.address)
    expect(page.locator("#other")).to_be_visible(timeout=SOON)
    assert page.evaluate("caches.keys()") == []
    registered = "navigator.serviceWorker.getRegistrations().then(all => all.length)"
    assert page.evaluate(registered) == 0


def test_a_photo_is_read_by_keyboard_alone_and_nothing_is_sent(
    server: SiteServer, visitor: BrowserContext, two_faces: Picture
) -> None:
    page = enter(visitor, server.address)
    page.on("filechooser", lambda _: None)  # the browser shows none of its own
    reach(page, page.get_by_role("tab", name="Face in a photo"), "Enter")
    expect(page.locator("#photo-view .message")).to_contain_text("Your picture will appear here")
    expect(page.locator("#photo-own .where input").first).to_be_hidden()
    reach(page, page.locator("#photo-own input[type=file]"))
    server.asked()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    photo = {"name": "two.jpg", "mimeType": "image/jpeg", "buffer": encode(two_faces)}
    chooser.value.set_files(photo)  # type: ignore[arg-type]
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 1", timeout=SOON)
    reach(page, page.locator("#photo-view .names [data-face='1']"), "Space")
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 2", timeout=SOON)
    expect(page.locator("#photo-detail .heat")).to_be_visible(timeout=SOON)
    assert download(page, page.locator("#photo-save [data-save=json]")) == "faces.json"
    asked = {url.removeprefix(server.address) for url in sent if not url.startswith("blob:")}
    assert [
        url for url in asked if not url.startswith(("modules/", "files/"))
    ] == []  # its own parts
    assert {name for name, _ in server.asked()} <= {"sw.js"}


def test_axe_finds_nothing(server: SiteServer, browser: Browser) -> None:
    with browser.new_context(permissions=["camera"], bypass_csp=True) as context:
        page = enter(context, server.address, is_kept=False)
        page.add_style_tag(content=STILL)
        page.locator(".about-fold summary").click()
        check_accessibility(page)
        start(page)
        page.locator("#live-view .where-told").wait_for()
        check_accessibility(page)
        page.locator("#photo-tab").click()
        check_accessibility(page)
        page.locator("#photo-example-astronaut").click()
        expect(page.locator("#photo-detail .heat")).to_be_visible(timeout=SOON)
        check_accessibility(page)
        page.set_viewport_size({"width": 390, "height": 844})
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide)
