"""What the tests of several tabs share: the page in front of a made-up pipeline, odd requests, and
a look at a heat map."""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Page

from mmsent.hub import CheckpointError
from mmsent.ui.common.theme import CSS, theme
from mmsent.ui.demo import build_demo


@contextmanager
def serving(task: str, pipeline: Any, temporary: Path) -> Iterator[str]:
    """The page with ``pipeline`` for ``task`` and without any checkpoint, its uploads in
    ``temporary``; yields its address."""
    with launched(task, pipeline, temporary) as demo:
        yield demo.local_url


@contextmanager
def launched(task: str, pipeline: Any, temporary: Path) -> Iterator[gr.Blocks]:
    """The same, with what serves it."""
    with launched_with({task: pipeline}, temporary) as demo:
        yield demo


@contextmanager
def launched_with(pipelines: Mapping[str, Any], temporary: Path) -> Iterator[gr.Blocks]:
    """The same with several ``pipelines``, by task."""

    def load(asked: str) -> Any:
        if asked not in pipelines:
            raise CheckpointError(f"There is no checkpoint for “{asked}” <here>.")
        return pipelines[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GRADIO_TEMP_DIR", str(temporary))
        demo = build_demo(load)
        demo.launch(
            prevent_thread_lock=True,
            quiet=True,
            theme=theme(),
            css=CSS,
            run_history=False,
        )
        yield demo
        demo.close()


def post(address: str, endpoint: str, *data: Any) -> str:
    """What an endpoint answers to a request no client of ours would send."""
    url = f"{address}gradio_api/call/{endpoint}"
    request = urllib.request.Request(
        url, json.dumps({"data": data}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as reply:
        event = json.load(reply)["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=60) as reply:
        return reply.read().decode()


def visit(page: Page, address: str, tab: str) -> None:
    """Opens the page's ``tab`` once the page's own modules are at work: until then Gradio refuses
    a file whose type the browser doesn't know."""
    page.goto(address)
    page.wait_for_selector("html[data-mounted]", timeout=60_000)
    page.get_by_role("tab", name=tab).click(timeout=60_000)
    # Gradio fills the tab in the next frame, and closes again what is opened before
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def read_photos_on_the_server(page: Page) -> None:
    """In the photo tab: from now on its input is Gradio's."""
    page.locator("#photo-own [value=server]").check(timeout=60_000)


def hot_places(page: Page, evidence: str) -> list[int]:
    """The numbers of the places, in two rows of three, that the heat map inside the element
    ``evidence`` paints strongly."""
    return [place for place, alpha in enumerate(painted(page, evidence, 2, 3)) if alpha > 200]


def painted(page: Page, evidence: str, rows: int, columns: int) -> list[int]:
    """How strongly, 0 to 255, the heat map inside the element ``evidence`` paints the middle of each
    place, row by row; one that is still to come is awaited."""
    return page.locator(f"{evidence} .heat").evaluate(
        """async (canvas, [rows, columns]) => {
          await new Promise(requestAnimationFrame);  // it is painted once it is in the page
          const g = canvas.getContext('2d'), found = [];
          for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
            const x = Math.round((column + .5) * canvas.width / columns), y = Math.round((row + .5) * canvas.height / rows);
            found.push(g.getImageData(x, y, 1, 1).data[3]);
          }
          return found;
        }""",
        [rows, columns],
    )
