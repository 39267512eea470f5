"""What the browser measurements and the browser tests share: the app as its own process, Chromium,
and a film for its camera.

A camera film is made here from a public-domain portrait. Every frame of it carries the number of
its scene as black and white blocks in the top left corner, so that a page can tell from the video
itself what its camera shows.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from skimage.data import astronaut

from mmsent.media import Picture

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")  # as visitors have it; what is measured, is measured in it
# The same engine without the parts of a window, a Debian package of its own: a visit takes half the
# processor time. The tests' browser, where it is.
HEADLESS_SHELL = Path("/usr/bin/chromium-headless-shell")
TEST_BROWSER = HEADLESS_SHELL if HEADLESS_SHELL.exists() else CHROMIUM
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
FPS = 30  # at which Chromium plays a camera film
# Adds up what moves in a page without the visitor's doing, as window.shifted (web.dev/articles/cls).
SHIFTS = """window.shifted = 0; new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({type: 'layout-shift', buffered: true});"""
BITS, BLOCK = 6, 10  # of the scene number: at most 64 scenes, blocks of 10x10 pixels


def portrait() -> Picture:
    """A face in a camera picture, RGB (480, 640, 3): Eileen Collins, photographed by NASA (public
    domain)."""
    return np.asarray(Image.fromarray(astronaut()).crop((40, 0, 400, 270)).resize((640, 480)))


def no_face() -> Picture:
    """The lower half of the same photo, RGB (480, 640, 3): a space suit and a flag."""
    return np.asarray(Image.fromarray(astronaut()).crop((40, 242, 400, 512)).resize((640, 480)))


def write_film(path: Path, scenes: Sequence[Picture], seconds: float = 2.0) -> Path:
    """A Motion JPEG film (640x480) with sensor noise that shows each scene for ``seconds``;
    Chromium plays it in a loop.

    Scenes are RGB uint8 (480, 640, 3); beyond the first 2**BITS their numbers begin again. Returns
    ``path``.
    """
    rng = np.random.default_rng(0)
    with path.open("wb") as film:
        for number, scene in enumerate(scenes):
            for _ in range(round(seconds * FPS)):
                noisy: NDArray[np.float64] = scene + rng.normal(0, 4, scene.shape)
                for bit in range(BITS):
                    noisy[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 if number >> bit & 1 else 0
                Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(film, "JPEG", quality=90)
    return path


@contextmanager
def running_app(folder: Path, seconds: float = 180) -> Iterator[tuple[str, Path]]:
    """The app on a free port with ``folder`` as its only temporary folder; yields its address and
    its log.

    The file app.pid beside the log holds its process number. Raises RuntimeError, with the log,
    when the app ends or stays silent for so many ``seconds`` instead of answering.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    temporary, log = folder / "tmp", folder / "app.log"
    temporary.mkdir()
    settings = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(temporary / "gradio"),
        "TMPDIR": str(temporary),
    }
    with log.open("w") as out:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, stdout=out, stderr=out, env=os.environ | settings
        )
    log.with_suffix(".pid").write_text(str(app.pid))
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(address, app, log, seconds)
        yield address, log
    finally:
        app.terminate()
        app.wait(20)


def _wait_for(address: str, app: subprocess.Popen, log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and app.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the app did not start:\n{log.read_text()}")


@contextmanager
def launched(*flags: str, program: Path = TEST_BROWSER) -> Iterator[Browser]:
    """Headless Chromium, the tests' or another ``program`` of its kind."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program), args=["--no-sandbox", *flags]
        )
        yield browser
        browser.close()


def with_camera(film: Path, program: Path = TEST_BROWSER) -> AbstractContextManager[Browser]:
    """Likewise with ``film`` as its camera."""
    return launched(*CAMERA, f"--use-file-for-fake-video-capture={film}", program=program)


def asked_elsewhere(context: BrowserContext) -> list[str]:
    """Fills up with the addresses of other machines that a page in ``context`` asks for
    anything."""
    found: list[str] = []

    def look(request: Request) -> None:
        if _is_elsewhere(request.url):
            found.append(request.url)

    context.on("request", look)
    return found


def _is_elsewhere(url: str) -> bool:
    return url.startswith(("http", "ws")) and urlsplit(url).hostname != "127.0.0.1"


@contextmanager
def visiting(context: BrowserContext, *permissions: str) -> Iterator[Page]:
    """A fresh visitor's empty page, of which nothing is left in ``context`` afterwards but the
    files that addresses name, so that the next visit need not fetch and compile them again. Raises
    AssertionError when anything in it raised, or asked another machine for anything."""
    if permissions:  # none at all would be a refusal
        context.grant_permissions(list(permissions))
    errors: list[str] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context.on("request", note)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
    finally:
        context.remove_listener("request", note)
        _forget(context, {"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in asked})
    assert errors == [url for url in asked if _is_elsewhere(url)] == []


def _forget(context: BrowserContext, origins: Iterable[str]) -> None:
    for page in context.pages:
        page.close()
    context.set_offline(False)
    context.clear_permissions()
    context.clear_cookies()
    blank = context.new_page()
    session = context.new_cdp_session(blank)
    for origin in origins:
        if origin.startswith("http"):
            told = {"origin": origin, "storageTypes": "all"}
            session.send("Storage.clearDataForOrigin", told)
    blank.close()


def agree(
    browser: Browser | BrowserContext, address: str, errors: list[str], source: str | None = None
) -> Page:
    """A new visitor who has agreed to the camera; exceptions in the page are added to ``errors``.
    ``source`` is where faces are to be read, "device" or "server"; None: as the page has it."""
    if isinstance(browser, Browser):
        browser = browser.new_context(
            viewport={"width": 1280, "height": 900}, permissions=["camera"]
        )
    page = browser.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.locator("#consent input").check(timeout=60_000)
    if source:
        page.locator(f"#live-view .where [value={source}]").click(timeout=30_000)
    return page


def visit(
    browser: Browser | BrowserContext, address: str, errors: list[str], source: str | None = None
) -> Page:
    """A visitor as of ``agree`` who has started the camera.

    Raises playwright's TimeoutError when the camera is not on within half a minute of the click.
    """
    page = agree(browser, address, errors, source)
    page.locator("#live-view .start").click(timeout=30_000)
    page.wait_for_selector("#live-view .live[data-state=on]", timeout=30_000)
    return page
