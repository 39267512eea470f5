"""The states of the live tab for bench.states, which pictures them: each is brought about in a page
of its own whose browser has a film as its camera, with a face for a while and then without one."""

from collections.abc import Callable, Mapping
from typing import Final

from playwright.sync_api import Page

from mmsent.ui.common import downloads

SCENE_SECONDS: Final = 12.0  # of the film, with a face and without one
MESSAGE: Final = "#live-view .message"
SEEN: Final = "#live-view .live[data-faces='1']"
# What the browser answers when it is asked for the camera.
SILENT: Final = "() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}) }"
REFUSED: Final = """() => { navigator.mediaDevices.getUserMedia =
  () => Promise.reject(new DOMException("", "NotAllowedError")) }"""
UNPLUG: Final = """() => document.querySelector("#live-view video").srcObject.getVideoTracks()[0]
  .dispatchEvent(new Event("ended"))"""
Act = Callable[[Page], None]


def agree(page: Page) -> None:
    page.locator("#consent input").check()
    page.locator("#live-view .start:enabled").wait_for()


def start(page: Page) -> None:
    agree(page)
    page.locator("#live-view .start").click()


def asking(page: Page) -> None:
    agree(page)
    page.evaluate(SILENT)
    page.locator("#live-view .start").click()


def on_trial(page: Page) -> None:
    """Its nets do not come."""
    page.route(f"**/{downloads.ADDRESS}/**", lambda _: None)
    start(page)
    page.locator(MESSAGE, has_text="on its way").wait_for()


def answered(page: Page) -> None:
    start(page)
    page.locator(SEEN).wait_for()


def no_face(page: Page) -> None:
    start(page)
    page.locator(MESSAGE, has_text="No face found").wait_for()


def lost(page: Page) -> None:
    answered(page)
    page.evaluate(UNPLUG)
    page.locator(MESSAGE, has_text="disconnected").wait_for()


def failed(page: Page) -> None:
    agree(page)
    page.evaluate(REFUSED)
    page.locator("#live-view .start").click()
    page.locator(MESSAGE, has_text="did not allow").wait_for()


# In the order in which a visitor meets them.
STATES: Final[Mapping[str, Act]] = {
    "before-consent": lambda page: page.locator("#live-example .bars").wait_for(),
    "off": agree,
    "asking": asking,
    "on-trial": on_trial,
    "answered": answered,
    "no-face": no_face,
    "lost-camera": lost,
    "failed": failed,
}
