"""Pictures of every state of every tab, for whoever changes how the page looks: empty, loading,
answered, not sure, nothing found, refused, busy and offline; of the live tab before consent, off,
asking, on trial, no face, lost camera and failed.

python -m bench.states                      writes runs/states/TAB-STATE-LOOK.png, about 100 pictures
python -m bench.states --only review meme   these tabs alone
python -m bench.states --address http://127.0.0.1:7860/    of a page that runs already
python -m bench.states --out DIR

The looks are a desktop in light, a phone in dark, and a page at 200 %.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize

from bench import states_live
from mmsent.console import manual_parser
from tests.chromium import CHROMIUM, ROOT, no_face, portrait, running_app, with_camera, write_film
from tests.clip_media import silent
from tests.conftest import encode
from tests.served import read_photos_on_the_server
from tests.visitor import wait_until_ready

SOON: Final = 120_000  # ms
LIVE: Final = "live"
BUSY: Final = '{"detail": "Many visitors want this just now. Please try again in a minute."}'
Act = Callable[[Page], None]


class Look(NamedTuple):
    width: int
    height: int
    scheme: str


LOOKS: Final = {
    "desktop": Look(1280, 800, "light"),
    "phone": Look(390, 844, "dark"),
    "zoomed": Look(640, 400, "light"),  # 1280 pixels at 200 %
}


class Tab(NamedTuple):
    """How a visitor asks: ``example`` is the id of a button, ``place`` selects the answer, and
    ``states`` tells what else may be given, or done, instead."""

    example: str
    place: str
    states: Mapping[str, Act]


def text(words: str) -> Act:
    def act(page: Page) -> None:
        page.locator("#review-text textarea").fill(words)
        page.locator("#review-run").click()

    return act


def picture(place: str, content: bytes) -> Act:
    file = {"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": content}
    return lambda page: page.set_input_files(f"{place} input[type=file]", file)  # type: ignore[arg-type]


def clip(path: Path) -> Act:
    def act(page: Page) -> None:
        page.set_input_files("#video-clip input[type=file]", path)
        page.locator("#video-clip video").wait_for()
        page.locator("#video-run").click()

    return act


def tabs(folder: Path) -> dict[str, Tab]:
    """What is asked in each tab; ``folder`` gets a clip."""
    wall, damaged = encode(np.full((300, 400, 3), 127, np.uint8)), b"no picture"
    return {
        "photo": Tab(
            "photo-example-astronaut",
            "#photo-view :is(.frame, [role=alert])",
            {
                "nothing-found": picture("#photo-input", encode(no_face())),
                "refused": picture("#photo-input", damaged),
            },
        ),
        "review": Tab(
            "review-example-coffee",
            "#review-verdict :is(h3, [role=alert])",
            {
                "not-sure": lambda page: page.locator("#review-example-soup").click(),
                "right-to-left": text("كانت القهوة ساخنة. Lovely place!"),
                "refused": lambda page: page.locator("#review-run").click(),
            },
        ),
        "meme": Tab(
            "meme-example-broccoli",
            "#meme-verdict :is(h3, [role=alert])",
            {
                "nothing-found": picture("#meme-picture", wall),
                "refused": picture("#meme-picture", damaged),
            },
        ),
        "clip": Tab(
            "video-example-portrait",
            "#video-verdict :is(h3, [role=alert])",
            {
                "nothing-found": clip(silent(folder / "grey.mp4")),
                "refused": lambda page: page.locator("#video-run").click(),
            },
        ),
    }


def visitor(browser: Browser, look: str) -> Page:
    width, height, scheme = LOOKS[look]
    size: ViewportSize = {"width": width, "height": height}
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(SOON)
    return page


def keep(page: Page, name: str, state: str, look: str, out: Path) -> None:
    """A picture of the whole page; tells where it goes sideways."""
    page.wait_for_timeout(600)  # what fades in is there
    page.screenshot(path=out / f"{name}-{state}-{look}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    told = "" if wide <= LOOKS[look].width else f"{wide} px wide"
    print(f"{name:8}{state:16}{look:9}{told}".rstrip())


def shoot_live(browser: Browser, address: str, look: str, out: Path) -> None:
    """Every state of the live tab in one look, each on a page of its own."""
    for state, act in states_live.STATES.items():
        page = visitor(browser, look)
        page.goto(f"{address}?tab=live")
        page.wait_for_selector("html[data-mounted]")
        act(page)
        keep(page, LIVE, state, look, out)
        page.unroute_all(behavior="ignoreErrors")
        page.context.close()


def shoot(browser: Browser, address: str, name: str, tab: Tab, look: str, out: Path) -> None:
    """Every state of one other tab in one look; one after the other on the same page."""
    page = visitor(browser, look)
    context = page.context
    kept = partial(keep, page, name, look=look, out=out)

    def enter() -> None:
        page.goto(f"{address}?tab={name}")
        page.locator(f"#{tab.example}").wait_for()
        if name == "photo":  # on the device nothing is queued, busy or offline
            read_photos_on_the_server(page)

    join = "**/gradio_api/queue/join*"
    enter()
    kept("empty")
    page.route(join, lambda route: None)
    page.locator(f"#{tab.example}").click()
    page.wait_for_function("document.querySelector('.progress-text, .wrap.default, .wrap.full')")
    kept("loading")
    page.unroute(join)  # which lets what was held go on
    page.locator(tab.place).first.wait_for()
    page.locator(".export:visible").first.wait_for()
    kept("answered")
    context.set_offline(True)
    kept("offline")
    context.set_offline(False)
    enter()
    page.route(join, lambda route: route.fulfill(status=503, body=BUSY))
    page.locator(f"#{tab.example}").click()
    kept("busy")
    page.unroute(join)
    for state, act in tab.states.items():
        enter()
        act(page)
        page.locator(tab.place).first.wait_for()
        kept(state)
    context.close()


def main() -> None:
    parser = manual_parser("python -m bench.states", __doc__)
    parser.add_argument("--only", nargs="+", metavar="TAB", help="live, photo, review, meme, clip")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "states", help="folder")
    parser.add_argument("--address", default=None, help="of a page that runs already")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        film = write_film(
            Path(name) / "camera.mjpeg", [portrait(), no_face()], states_live.SCENE_SECONDS
        )
        every = tabs(Path(name))
        if unknown := set(args.only or ()) - {LIVE, *every}:
            parser.error(f"no such tab: {', '.join(sorted(unknown))}")
        running = nullcontext((args.address, None)) if args.address else running_app(Path(name))
        with running as (address, _), with_camera(film, CHROMIUM) as browser:
            wait_until_ready(address)
            for tab in args.only or (LIVE, *every):
                for look in LOOKS:
                    if tab == LIVE:
                        shoot_live(browser, address, look, args.out)
                    else:
                        shoot(browser, address, tab, every[tab], look, args.out)


if __name__ == "__main__":
    main()
