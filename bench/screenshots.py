"""Pictures of the page for the README, made from the running app with its own examples, so that they
never go stale.

python -m bench.screenshots            writes docs/screenshot.png and docs/screenshots/*.jpg
python -m bench.screenshots --out DIR  writes them all into DIR

The camera of the live picture is a film made from a public-domain portrait.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from mmsent.console import manual_parser
from tests.chromium import ROOT, chromium, portrait, running_app, write_film
from tests.visitor import wait_until_ready

WIDE, HIGH = 1280, 800
SOON: Final = 120_000  # ms


def live(page: Page) -> None:
    page.locator("#consent input").check()
    page.locator("#live-view .start").click()
    page.wait_for_function("+document.querySelector('#live-view .live').dataset.updates > 40")


def review(page: Page) -> None:
    page.get_by_role("button", name="Coffee").click()
    page.locator("#review-evidence .word").first.wait_for()


def meme(page: Page) -> None:
    page.get_by_role("button", name="Broccoli").click()
    page.locator("#meme-reasons .word").first.wait_for()


def clip(page: Page) -> None:
    page.locator("#video-example-portrait").click()
    page.locator(".tile.drawn").first.wait_for()


# tab in the address -> what a visitor does there, and what is then at the top
SHOTS: Final[dict[str, tuple[Callable[[Page], None], str]]] = {
    "live": (live, "#consent"),
    "review": (review, "#review-verdict"),
    "meme": (meme, "#meme-verdict"),
    "clip": (clip, "#video-verdict"),
}


def first_screen(browser: Browser, address: str, path: Path) -> None:
    page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
    page.set_default_timeout(SOON)
    page.goto(address)
    page.locator("#live-example [aria-busy=false]").wait_for()
    page.screenshot(path=path)
    page.close()


def main() -> None:
    parser = manual_parser("python -m bench.screenshots", __doc__)
    parser.add_argument("--out", type=Path, default=None, help="folder; without it docs/")
    out = parser.parse_args().out
    first, others = (out, out) if out else (ROOT / "docs", ROOT / "docs" / "screenshots")
    others.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        film = write_film(Path(name) / "camera.mjpeg", [portrait()])
        with running_app(Path(name)) as (address, _), chromium(film) as browser:
            wait_until_ready(address)
            first_screen(browser, address, first / "screenshot.png")
            for tab, (act, top) in SHOTS.items():
                context = browser.new_context(
                    viewport={"width": WIDE, "height": HIGH}, permissions=["camera"]
                )
                page = context.new_page()
                page.set_default_timeout(SOON)
                page.goto(f"{address}?tab={tab}")
                page.wait_for_selector("[role=tab][aria-selected=true]")
                act(page)
                page.locator(top).evaluate("element => element.scrollIntoView()")
                page.wait_for_timeout(500)  # what fades in is there
                page.screenshot(path=others / f"{tab}.jpg", type="jpeg", quality=82)
                context.close()
                print(others / f"{tab}.jpg")


if __name__ == "__main__":
    main()
