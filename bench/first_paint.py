"""How long a visitor looks at an empty window: from the request to the first contentful paint, and
to tabs that can be pressed.

python -m bench.first_paint            starts the app, waits until every model has answered once, then visits it 15 times
python -m bench.first_paint --n 5

Every visit has a browser context of its own, so nothing is cached. Server and browser share the
machine.
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from mmsent.console import manual_parser
from tests.chromium import CHROMIUM, running_app
from tests.visitor import wait_until_ready

VISITS: Final = 15
TARGET: Final = 2.0  # seconds
PAINTED: Final = """() => new Promise(done => new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime / 1000);
}).observe({type: 'paint', buffered: true}))"""


def visit(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds from the start of the navigation to the first contentful paint, and to the tabs."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.get_by_role("tab").first.wait_for(timeout=60_000)
    usable = page.evaluate("performance.now() / 1000")
    painted = page.evaluate(PAINTED)
    context.close()
    return painted, usable


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
        sync_playwright() as playwright,
    ):
        wait_until_ready(address)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        paints, tabs = zip(*(visit(browser, address) for _ in range(visits)), strict=True)
        browser.close()
    report("first contentful paint", paints, f"(target {TARGET:.0f} s)")
    report("tabs can be pressed", tabs)


if __name__ == "__main__":
    main()
