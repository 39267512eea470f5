"""The tests of the browser's code, tests/js/*.test.js, run in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from mmsent.deploy import ROOT
from mmsent.ui.common import assets
from tests import live_scenarios

TESTS = ROOT / "tests/js"
FILES = sorted(path.name for path in TESTS.glob("*.test.js"))
# modules that Python makes when they are asked for
MADE = {"live_expected.js": live_scenarios.module, "live_page.js": live_scenarios.page}
ADDRESS = "http://127.0.0.1/"  # nobody listens: what is asked for is answered here
RUN = """async name => {
  await import(`/tests/${name}`);
  const {results} = await import("/tests/check.js");
  return results();
}"""


def answer(route: Route) -> None:
    name = route.request.url.removeprefix(ADDRESS)
    if make := MADE.get(name.removeprefix("tests/")):
        text = make()
    elif name.startswith("tests/"):
        text = Path(TESTS, name.removeprefix("tests/")).read_text(encoding="utf-8")
    else:
        text = assets.MODULES.get(name, "<!doctype html><body></body>")
    kind = "text/javascript" if name.endswith(".js") else "text/html"
    route.fulfill(body=text, content_type=f"{kind}; charset=utf-8")


@pytest.mark.parametrize("name", FILES)
def test_of_the_browsers_code(visitor: Page, name: str):
    visitor.route(f"{ADDRESS}**", answer)
    visitor.goto(ADDRESS)
    results = visitor.evaluate(RUN, name)
    assert results
    assert {told: problem for told, problem in results if problem} == {}
