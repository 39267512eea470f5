"""The page's modules of JavaScript: served however the page is launched, kept by browsers, and
missed aloud."""

import ast
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from mmsent.hub import CheckpointError
from mmsent.ui.common import assets, downloads
from mmsent.ui.demo import build_demo
from mmsent.ui.server.modules import AGAIN, FOR_GOOD
from tests.review_fake import FakeReview
from tests.served import serving, visit

HERE = f"{assets.ADDRESS}/{assets.VERSION}/"
IMPORT = re.compile(r'^(?:import|export) [^"]*"(\.[^"]+)";', re.MULTILINE)
SAVE = assets.MODULES["common/save.js"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("review", FakeReview(), tmp_path_factory.mktemp("gradio")) as one:
        yield one


def with_imports(name: str) -> set[str]:
    """A module and all that it imports."""
    found = {name}
    for path in IMPORT.findall(assets.MODULES[name]):
        whole = (assets.UI / name).parent.joinpath(path).resolve()
        found |= with_imports(whole.relative_to(assets.UI.resolve()).as_posix())
    return found


def get(address: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(address) as reply:
        return reply.read().decode(), dict(reply.headers)


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


@contextmanager
def uvicorn_with(app: object) -> Iterator[str]:
    """The address of ``app`` on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = server.force_exit = True  # visitors’ streams would keep it
    thread.join(20)


class Proxy:
    """Hands what lies under /under/it to ``app`` without that path, as servers in front do."""

    def __init__(self, app: object) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["path"].startswith("/under/it/"):
            forwarded = [
                (b"x-forwarded-host", dict(scope["headers"])[b"host"]),
                (b"x-forwarded-proto", b"http"),
            ]
            path = scope["path"].removeprefix("/under/it")
            inner = {"path": path, "raw_path": path.encode()}
            await self.app(
                scope | inner | {"headers": [*scope["headers"], *forwarded]}, receive, send
            )
        else:
            await PlainTextResponse("nothing here", 404)(scope, receive, send)


def mounted(path: str, root_path: str | None = None) -> FastAPI:
    def load(task: str) -> FakeReview:
        if task != "review":
            raise CheckpointError(f"There is no checkpoint for “{task}”.")
        return FakeReview()

    return gr.mount_gradio_app(FastAPI(), build_demo(load), path, root_path=root_path)


@pytest.mark.parametrize(
    ("app", "path"),
    [
        (lambda: mounted("/inside"), "inside/"),
        (lambda: Proxy(mounted("/", root_path="/under/it")), "under/it/"),
    ],
    ids=["mounted", "behind a proxy"],
)
def test_the_page_works_below_a_path(
    visitor: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app, path
):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with uvicorn_with(app()) as address:
        asked: list[str] = []
        visitor.on("request", lambda request: asked.append(request.url))
        visit(visitor, address + path, "Review")
        visitor.locator("#review-text textarea").fill("The soup was awful")
        visitor.keyboard.press("Control+Enter")  # verdict.js
        visitor.locator("#review-evidence .word", has_text="awful").click(timeout=60_000)
        expect(visitor.locator("#review-evidence .chosen")).to_contain_text("pulls toward negative")
        modules = {url for url in asked if assets.ADDRESS in url}
        assert {url.removeprefix(f"{address}{path}{HERE}") for url in modules} == with_imports(
            "common/page.js"
        )


def test_the_page_works_inside_of_another_page(visitor: Page, address: str):
    begin = re.search(r'src="\./(assets/index-[^"]+)"', get(address)[0])
    host = (
        f'<!doctype html><gradio-app src="{address.rstrip("/")}"></gradio-app>'
        f'<script type="module" src="{address}{begin[1]}"></script>'
    )
    with uvicorn_with(HTMLResponse(host)) as outside:
        visit(visitor, f"{outside}blog/post.html", "Review")
        visitor.locator("#review-text textarea").fill("The soup was awful")
        visitor.keyboard.press("Control+Enter")
        expect(visitor.locator("#review-evidence .word").first).to_be_visible(timeout=60_000)
        assert visitor.locator("#not-loaded").count() == 0


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
