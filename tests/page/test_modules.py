"""The page's modules of JavaScript: served however the page is launched, kept by browsers, and
missed aloud."""

import ast
import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mmsent.ui.common import assets, downloads
from mmsent.ui.server.modules import AGAIN, FOR_GOOD
from tests.served_modules import HERE, get

SAVE = assets.MODULES["common/save.js"]


@pytest.fixture
def address(review_page: str) -> str:
    return review_page


def test_a_module_is_javascript_and_kept_for_good(address):
    text, headers = get(f"{address}{HERE}common/save.js")
    assert text == SAVE
    assert headers["content-type"].startswith("text/javascript")
    assert headers["cache-control"] == FOR_GOOD


def test_a_page_from_before_a_restart_goes_on(address):
    text, headers = get(f"{address}{assets.ADDRESS}/0123456789ab/common/save.js")
    assert text == SAVE
    assert headers["cache-control"] == AGAIN  # it is not what that version was


@pytest.mark.parametrize(
    "name",
    [
        "common/none.js",
        "common/assets.py",
        "face/../common/assets.py",
        "..%2f..%2f..%2fpyproject.toml",
        "%2e%2e/%2e%2e/requirements.txt",
        "/etc/passwd",
        "",
    ],
)
def test_nothing_else_can_be_had(address, name):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{address}{HERE}{name}")
    assert refused.value.code == 404


def test_a_file_is_made_when_it_is_asked_for_and_kept_for_good(address):
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"\0\xff")
        return made[-1]

    path = downloads.offer("net.onnx", "0123abcd", make)
    assert made == []
    for _ in range(2):
        with urllib.request.urlopen(f"{address}{downloads.ADDRESS}/{path}") as reply:
            assert reply.read() == b"\0\xff"
            assert reply.headers["cache-control"] == FOR_GOOD
            assert reply.headers["content-length"] == "2"
    assert len(made) == 1
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{address}{downloads.ADDRESS}/0123abce/net.onnx")
    assert refused.value.code == 404


def test_each_import_leads_to_a_module():
    for name, text in assets.MODULES.items():
        for line in text.splitlines():
            if line.startswith(("import ", "export {")) and '"' in line:
                path = line.split('"')[1]
                found = (assets.UI / name).parent.joinpath(path).resolve()
                assert found.relative_to(assets.UI.resolve()).as_posix() in assets.MODULES, line


def test_an_unknown_module_is_noticed_where_the_page_is_built():
    with pytest.raises(KeyError):
        assets.mount_script("face/none.js")


def test_what_python_gives_to_scripts_is_json():
    words = {"told": "a 'b' \"c\" </script> \u2028 `${d}`", "none": None, "yes": True}
    script = assets.mount_script("common/verdict.js", words)
    assert f"CONFIG = {json.dumps(words)}," in script


@pytest.mark.parametrize("path", sorted(assets.UI.rglob("*.py")), ids=lambda path: path.name)
def test_no_repr_of_python_stands_for_javascript(path: Path):
    """They look alike for plain strings and lists, and differ for None, True and odd letters."""
    parts = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = [
        node.lineno
        for node in parts
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
    ]
    assert found == []


def test_modules_that_do_not_come_are_told_of_in_one_sentence(visitor: Page, address: str):
    visitor.route(f"**/{assets.ADDRESS}/**", lambda route: route.abort())
    visitor.goto(address)
    told = visitor.locator("#not-loaded")
    expect(told).to_be_visible(timeout=60_000)
    expect(told).to_have_text(assets.NOT_LOADED)
    visitor.get_by_role("tab", name="Review").click()  # whose modules are missing as well
    expect(visitor.locator("#review-text")).to_be_visible()
    assert visitor.locator("[role=alert]", has_text=assets.NOT_LOADED).count() == 1


def test_what_goes_wrong_inside_a_module_stays_an_error(browser, address: str):
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    broken = "export function mount() { throw new Error('inside') }"
    page.route(
        "**/common/page.js",
        lambda route: route.fulfill(body=broken, content_type="text/javascript"),
    )
    page.goto(address)
    expect(page.locator(".masthead")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(500)
    assert [error for error in errors if "inside" in error]
    assert page.locator("#not-loaded").count() == 0
    page.close()
