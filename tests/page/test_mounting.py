"""The page works below a path, behind a proxy and inside of another page."""

import re
import socket
import threading
import time
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
from mmsent.ui.common import assets
from mmsent.ui.demo import build_demo
from tests.review_fake import FakeReview
from tests.served import visit
from tests.served_modules import HERE, get, with_imports


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


def test_the_page_works_inside_of_another_page(visitor: Page, review_page: str):
    begin = re.search(r'src="\./(assets/index-[^"]+)"', get(review_page)[0])
    host = (
        f'<!doctype html><gradio-app src="{review_page.rstrip("/")}"></gradio-app>'
        f'<script type="module" src="{review_page}{begin[1]}"></script>'
    )
    with uvicorn_with(HTMLResponse(host)) as outside:
        visit(visitor, f"{outside}blog/post.html", "Review")
        visitor.locator("#review-text textarea").fill("The soup was awful")
        visitor.keyboard.press("Control+Enter")
        expect(visitor.locator("#review-evidence .word").first).to_be_visible(timeout=60_000)
        assert visitor.locator("#not-loaded").count() == 0
