"""How long a visitor looks at an empty window: from the request to the first contentful paint, to
tabs that can be pressed, and to the answered example; what comes over the wire until then, and how
much moves meanwhile (cumulative layout shift).

python -m bench.first_paint            starts the app, waits until every model has answered once, then visits it 15 times
python -m bench.first_paint --n 5

Every visit has a browser context of its own, so nothing is cached. Server and browser share the
machine.
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser

from mmsent.console import manual_parser
from tests.chromium import CHROMIUM, SHIFTS, launched, running_app
from tests.visitor import wait_until_ready

VISITS: Final = 15
TARGET: Final = 2.0  # seconds
MOST_SHIFT: Final = 0.05
MOST_BYTES: Final = 1_500_000
TABS: Final = ("photo", "review", "meme", "clip")
WIDE, HIGH = 1280, 800
SETTLED: Final = 1000  # ms in which what comes late has come
PAINTED: Final = """() => new Promise(done => new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime / 1000);
}).observe({type: 'paint', buffered: true}))"""


class Visit(NamedTuple):
    """Seconds since the start of the navigation, bytes over the wire, and what moved (0..1)."""

    painted: float
    usable: float
    answered: float
    size: int
    shifted: float


def visit(browser: Browser, address: str, tab: str = "") -> Visit:
    """Of the first screen, whose example is answered, or of a tab, which has none."""
    context = browser.new_context(viewport={"width": WIDE, "height": HIGH})
    page = context.new_page()
    page.add_init_script(SHIFTS)
    sizes: list[int] = []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{address}?tab={tab}" if tab else address, wait_until="commit")
    page.get_by_role("tab").first.wait_for(timeout=60_000)
    usable = page.evaluate("performance.now() / 1000")
    if not tab:
        page.locator("#live-example .bars").wait_for(timeout=60_000)
    answered = page.evaluate("performance.now() / 1000")
    page.wait_for_timeout(SETTLED)
    painted, shifted = page.evaluate(PAINTED), page.evaluate("shifted")
    context.close()
    return Visit(painted, usable, answered, round(sum(sizes)), shifted)


def report(name: str, seconds: Sequence[float], target: str = "") -> None:
    median, worst = statistics.median(seconds), max(seconds)
    print(
        f"{name:24} n {len(seconds)}   median {median:.2f} s   slowest {worst:.2f} s   {target}".rstrip()
    )


def main() -> None:
    parser = manual_parser("python -m bench.first_paint", __doc__)
    parser.add_argument("--n", type=int, default=VISITS, help="visits")
    visits = parser.parse_args().n
    with (
        tempfile.TemporaryDirectory() as name,
        running_app(Path(name)) as (address, _),
        launched(program=CHROMIUM) as browser,
    ):
        wait_until_ready(address)
        made = [visit(browser, address) for _ in range(visits)]
        of_tabs = {tab: visit(browser, address, tab).shifted for tab in TABS}
    report("first contentful paint", [one.painted for one in made], f"(target {TARGET:.0f} s)")
    report("tabs can be pressed", [one.usable for one in made])
    report("example answered", [one.answered for one in made])
    print(f"bytes over the wire      {max(one.size for one in made):,} (at most {MOST_BYTES:,})")
    shifts = {"first screen": max(one.shifted for one in made), **of_tabs}
    told = ", ".join(f"{place} {shift:.3f}" for place, shift in shifts.items())
    print(f"layout shift             {told} (at most {MOST_SHIFT})")


if __name__ == "__main__":
    main()
