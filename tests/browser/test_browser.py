"""The page in Chromium, with a film as its camera."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from skimage.data import astronaut

from tests.chromium import no_face, portrait, visit, visiting, with_camera, write_film
from tests.conftest import encode
from tests.served import read_photos_on_the_server

# Keeps every camera track the page ever gets, to see whether it ends them.
KEEP_TRACKS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.tracks = [];
navigator.mediaDevices.getUserMedia = async wish => {
  const stream = await ask(wish);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
REFUSE = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
LIVE = "#live-view .live"
TIMELINE_PAINTED = """() => {
  const canvas = document.querySelector('#live-view .timeline');
  return canvas.width && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0);
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = write_film(
        tmp_path_factory.mktemp("film") / "camera.mjpeg", [portrait(), no_face()], seconds=3
    )
    with with_camera(film) as one:
        yield one


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A fresh visitor; the test fails when the page raised or asked another server."""
    with visiting(window, "camera") as page:
        yield page


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_live_from_consent_to_leaving(app, page):
    before = files(app.temporary)
    page.add_init_script(KEEP_TRACKS)
    page.goto(app.address)
    expect(page.locator("#consent input")).to_be_visible(timeout=60_000)
    assert page.locator("#live-view").count() == 0  # nothing of the camera is there before consent
    page.locator("#consent input").check()
    page.locator("#live-view .start").click()
    expect(page.locator(f"{LIVE}[data-faces='1']")).to_be_attached(timeout=60_000)
    expect(page.locator("#live-view .headline")).to_contain_text("Face 1")
    expect(page.locator("#live-view .window")).to_be_hidden()
    expect(page.locator(f"{LIVE}[data-faces='0']")).to_be_attached(timeout=20_000)
    expect(page.locator("#live-view .message")).to_contain_text("More light")

    with page.expect_download() as download:
        page.locator("#live-view .download").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("seconds,track,x0")
    assert len(lines) > 1
    page.locator("#live-view [data-copy=text]").click()
    expect(page.locator("#live-view .copied")).to_have_text("Copied.")

    token = page.evaluate("window.tracks.length")
    assert token == 1
    page.locator("#consent input").uncheck()
    expect(page.locator("#live-view")).to_have_count(0)
    page.wait_for_function(
        "window.tracks.every(track => track.readyState === 'ended')", timeout=10_000
    )
    assert files(app.temporary) == before


def test_stop_and_start_again(app, page):
    page.add_init_script(KEEP_TRACKS)
    page.goto(app.address)
    page.locator("#consent input").check(timeout=60_000)
    page.locator("#live-view .start").click()
    page.locator("#live-view .stop").click(timeout=30_000)
    assert page.evaluate("window.tracks.every(track => track.readyState === 'ended')")
    expect(page.locator("#live-view .message")).to_contain_text("The camera is off")
    page.locator("#live-view .start").click()
    expect(page.locator(f"{LIVE}[data-faces='1']")).to_be_attached(timeout=30_000)


def test_leaving_the_tab_ends_the_camera(app, page):
    page.add_init_script(KEEP_TRACKS)
    page.goto(app.address)
    page.locator("#consent input").check(timeout=60_000)
    page.locator("#live-view .start").click()
    expect(page.locator(f"{LIVE}[data-state='on']")).to_be_attached(timeout=30_000)
    page.get_by_role("tab", name="Face in a photo").click()
    page.wait_for_function(
        "window.tracks.length && window.tracks.every(track => track.readyState === 'ended')"
    )
    page.get_by_role("tab", name="Live face").click()
    page.wait_for_function(TIMELINE_PAINTED, timeout=10_000)


def test_two_visitors_at_once(app, browser):
    errors: list[str] = []
    pages = [visit(browser, app.address, errors, "server") for _ in range(2)]
    for page in pages:
        page.wait_for_function(
            f"+document.querySelector('{LIVE}').dataset.updates > 10", timeout=60_000
        )
    for page in pages:
        page.context.close()
    assert errors == []


def test_a_refused_camera_is_one_clear_sentence(app, page):
    page.add_init_script(REFUSE)
    page.goto(app.address)
    page.locator("#consent input").check(timeout=60_000)
    page.locator("#live-view .start").click()
    expect(page.locator("#live-view .message")).to_contain_text("did not allow the camera")
    expect(page.locator("#live-view .start")).to_be_enabled()


def open_photo(page: Page, address: str, name: str, content: bytes) -> None:
    page.goto(address)
    page.get_by_role("tab", name="Face in a photo").click(timeout=60_000)
    read_photos_on_the_server(page)
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.set_input_files("#photo-input input[type=file]", file)  # type: ignore[arg-type]


def test_photo_from_upload_to_download(app, page, two_faces):
    open_photo(page, app.address, "two.jpg", encode(two_faces))
    expect(page.locator("#photo-view .spot")).to_have_count(2, timeout=60_000)
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 1")
    page.locator("#photo-view .spot[data-face='1']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 2", timeout=30_000)
    expect(page.locator("#photo-detail .heat")).to_be_visible()
    expect(page.locator("#photo-view .names [aria-pressed=true]")).to_contain_text("2 ·")
    saved = {}
    for kind in ("json", "png"):
        with page.expect_download() as download:
            page.locator(f"#photo-save [data-save={kind}]").click()
        saved[kind] = Path(download.value.path()).read_bytes()
    assert len(json.loads(saved["json"])["faces"]) == 2
    assert saved["png"].startswith(b"\x89PNG")


def peak_memory(app) -> float:
    """The most memory in MB that the app has held so far, as Linux counts it."""
    status = Path("/proc", app.log.with_suffix(".pid").read_text(), "status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def test_a_crowd_of_two_hundred(app, page, two_faces):
    side, wide, high = 56, 20, 10
    before = peak_memory(app)
    tile = Image.fromarray(astronaut()).crop((140, 10, 300, 170)).resize((side, side))
    open_photo(page, app.address, "crowd.jpg", encode(np.tile(np.asarray(tile), (high, wide, 1))))
    expect(page.locator("#photo-view .spot")).to_have_count(wide * high, timeout=120_000)
    with page.expect_download() as download:
        page.locator("#photo-save [data-save=json]").click()
    faces = json.loads(Path(download.value.path()).read_bytes())["faces"]
    middles = [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in (face["box"] for face in faces)]
    # one face on every tile
    assert len({(x // side, y // side) for x, y in middles}) == wide * high
    page.locator(f"#photo-view .names [data-face='{wide * high - 1}']").click()
    expect(page.locator("#photo-detail h3")).to_contain_text(f"Face {wide * high}", timeout=30_000)
    # 820 measured; the detector takes 512 candidates at a time, not all 6,000
    assert peak_memory(app) - before < 1500
    open_photo(page, app.address, "two.jpg", encode(two_faces))  # and the app lives on
    expect(page.locator("#photo-view .spot")).to_have_count(2, timeout=60_000)


def test_an_example_photo_is_read(app, page):
    page.goto(app.address)
    page.get_by_role("tab", name="Face in a photo").click(timeout=60_000)
    page.get_by_role("button", name="Astronaut").click()
    expect(page.locator("#photo-view .spot")).to_have_count(1, timeout=60_000)


def test_photo_that_is_none(app, page):
    open_photo(page, app.address, "text.jpg", b"this is no picture")
    expect(page.locator("#photo-view .message")).to_contain_text("not a picture", timeout=30_000)


def test_nothing_is_wider_than_a_phone(app, browser, two_faces):
    page = browser.new_context(
        viewport={"width": 390, "height": 844}, permissions=["camera"]
    ).new_page()
    open_photo(page, app.address, "two.jpg", encode(two_faces))
    expect(page.locator("#photo-view .spot")).to_have_count(2, timeout=60_000)
    expect(page.locator("#photo-view .frame")).to_be_in_viewport()
    page.locator("#photo-view .names [data-face='1']").click()
    expect(page.locator("#photo-detail h3")).to_contain_text("Face 2", timeout=30_000)
    expect(page.locator("#photo-detail .bars")).to_be_in_viewport(ratio=0.95)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= 390
    page.get_by_role("tab", name="Live face").click()
    page.locator("#consent input").check()
    expect(page.locator("#live-view .start")).to_be_visible()
    assert page.evaluate(width) <= 390
    page.context.close()
