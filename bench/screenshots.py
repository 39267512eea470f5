"""Pictures of the page for the README, made from the running app with its own examples, so that they
never go stale.

python -m bench.screenshots            writes docs/screenshot.png, docs/screenshots/*.jpg and docs/tour.webp
python -m bench.screenshots --out DIR  writes them all into DIR

The camera of the live picture is a film made from a public-domain portrait.
"""

import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page

from mmsent.console import manual_parser
from tests.chromium import CHROMIUM, ROOT, portrait, running_app, with_camera, write_film
from tests.visitor import wait_until_ready

WIDE, HIGH = 1280, 800
SOON: Final = 120_000  # ms
TOUR_SIZE: Final = (960, 600)
TOUR_STEP: Final = 1800  # ms
TOUR_BYTES: Final = 600_000  # at most: it is the first thing that a reader of the README loads
Act = Callable[[Page], None]


def live(page: Page) -> None:
    page.locator("#consent input").check()
    page.locator("#live-view .start").click()
    page.wait_for_function("+document.querySelector('#live-view .live').dataset.updates > 40")


def review(page: Page) -> None:
    page.locator("#review-example-coffee").click()
    page.locator("#review-evidence .word").first.wait_for()


def word(page: Page) -> None:
    page.locator("#review-evidence .word", has_text="Lovely").click()


def meme(page: Page) -> None:
    page.locator("#meme-example-broccoli").click()
    page.locator("#meme-reasons .word").first.wait_for()


def clip(page: Page) -> None:
    page.locator("#video-example-portrait").click()
    page.locator(".tile.drawn").first.wait_for()


def later(page: Page) -> None:
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")


class Shot(NamedTuple):
    """What a visitor does in a tab, what is then at the top, and what else the tour shows of it."""

    act: Act
    top: str
    then: tuple[Act, ...] = ()


SHOTS: Final = {  # by tab in the address
    "live": Shot(live, ".gradio-container"),
    "review": Shot(review, ".gradio-container", (word,)),
    "meme": Shot(meme, ".gradio-container"),
    "clip": Shot(clip, "#video-verdict", (later,)),
}


def first_screen(browser: Browser, address: str) -> bytes:
    page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
    page.set_default_timeout(SOON)
    page.goto(address)
    page.wait_for_selector("html[data-mounted]")
    page.locator("#live-example .bars").wait_for()
    picture = page.screenshot()
    page.close()
    return picture


def of_tab(browser: Browser, address: str, tab: str) -> list[bytes]:
    """The picture of a tab, and what else the tour shows of it, as PNG."""
    context = browser.new_context(
        viewport={"width": WIDE, "height": HIGH}, permissions=["camera"], reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(SOON)
    page.goto(f"{address}?tab={tab}")
    page.wait_for_selector("html[data-mounted]")
    shot, pictures = SHOTS[tab], []
    for act in (shot.act, *shot.then):
        act(page)
        page.locator(shot.top).evaluate("element => element.scrollIntoView()")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)  # what fades in is there
        pictures.append(page.screenshot())
    context.close()
    return pictures


def write_tour(pictures: Sequence[bytes], path: Path) -> None:
    """An animated WebP that shows the pictures (PNG) one after the other; raises ValueError where
    it is too large."""
    frames = [
        Image.open(io.BytesIO(one)).convert("RGB").resize(TOUR_SIZE, Image.Resampling.LANCZOS)
        for one in pictures
    ]
    first, *others = frames
    first.save(
        path, save_all=True, append_images=others, duration=TOUR_STEP, loop=0, quality=70, method=6
    )
    if path.stat().st_size > TOUR_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes; allowed are {TOUR_BYTES:,}")


def main() -> None:
    parser = manual_parser("python -m bench.screenshots", __doc__)
    parser.add_argument("--out", type=Path, default=None, help="folder; without it docs/")
    out = parser.parse_args().out
    first, others = (out, out) if out else (ROOT / "docs", ROOT / "docs" / "screenshots")
    others.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        film = write_film(Path(name) / "camera.mjpeg", [portrait()])
        with running_app(Path(name)) as (address, _), with_camera(film, CHROMIUM) as browser:
            wait_until_ready(address)
            tour = [first_screen(browser, address)]
            (first / "screenshot.png").write_bytes(tour[0])
            for tab in SHOTS:
                pictures = of_tab(browser, address, tab)
                shown = Image.open(io.BytesIO(pictures[0])).convert("RGB")
                shown.save(others / f"{tab}.jpg", quality=82)
                tour += pictures
                print(others / f"{tab}.jpg")
    write_tour(tour, first / "tour.webp")
    print(first / "tour.webp")


if __name__ == "__main__":
    main()
