"""The page whose live tab reads faces on the visitor's own device, with nets that are made up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import mmsent
from mmsent.labels import FACE_EMOTIONS
from mmsent.ui.common import assets
from mmsent.ui.face import live_settings
from tests.chromium import portrait, visiting, with_camera, write_film
from tests.served import launched

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
HAPPY: Final = [5.0 * (name == "happy") for name in FACE_EMOTIONS]


def source(wait: int = 5, start: str = "", read: str = "") -> str:
    """``start`` and ``read`` are what else these do first."""
    return SOURCE % (start, read, wait)


def pause(ms: int) -> str:
    return f"await new Promise(done => setTimeout(done, {ms}));"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = write_film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [portrait()], seconds=1)
    with with_camera(film) as one:
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
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor's own, where modules change from test to test: their addresses are kept."""
    with browser.new_context(accept_downloads=True) as context:
        yield context


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    with visiting(window, "camera") as page:
        page.set_default_timeout(SOON)
        yield page


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
