"""Puts the page together: masthead, one or more tabs a model, and what every visitor should
know."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import gradio as gr
from markupsafe import Markup

import mmsent
from mmsent.hub import CheckpointError, NoCheckpointError
from mmsent.tasks import Pipeline
from mmsent.ui.common.notice import FOLDED
from mmsent.ui.common.picture_input import page_script, refuse_addresses
from mmsent.ui.masthead import ALIASES, TITLE, masthead_html
from mmsent.ui.server.document import serve_document
from mmsent.ui.server.guard import guard
from mmsent.ui.server.health import Health, State
from mmsent.ui.server.modules import serve_modules
from mmsent.ui.server.paths import without_paths
from mmsent.ui.server.uploads import Uploads, adapt_uploads
from mmsent.ui.tabs import TABS

log = logging.getLogger(__name__)

CACHE_SECONDS: Final = (600, 1800)  # every ten minutes, uploads older than half an hour are deleted

CARD: Final = Markup('<p class="notice-card" role="alert">{}</p>')

DELETED: Final = "Your uploads, their answers and all numbers are deleted. The page starts afresh."
# so long is the sentence shown
START_AFRESH: Final = "() => setTimeout(() => location.replace(location.pathname), 2500)"
DELETE_QUESTION: Final = "Delete your uploads, their answers and all numbers of this visit now?"
DELETE_SCRIPT: Final = f"() => {{ if (confirm({json.dumps(DELETE_QUESTION)})) document.querySelector('#delete-now').click(); }}"


class TabBuildError(Exception):
    """A task's tabs could not be made."""


def build_demo(
    load: Callable[[str], Pipeline] = mmsent.load,
    health: Health | None = None,
    uploads: Uploads | None = None,
) -> gr.Blocks:
    """The whole page. ``load(task)`` gives a pipeline; where that or its tabs fail, the task's tab
    says so in one sentence and the rest works. ``health`` is told which models are there, and of
    every job; ``uploads`` of every file."""
    refuse_addresses()
    adapt_uploads()
    serve_modules()
    serve_document()
    health, uploads = health or Health(), uploads or Uploads()
    problems: dict[str, str] = {}
    for task in TABS:
        health.models[task] = State.LOADING
        try:
            health.pipelines[task] = load(task)
        except CheckpointError as problem:
            log.warning("no model for “%s”: %s", task, problem)
            problems[task] = without_paths(str(problem), task)
            health.models[task] = (
                State.MISSING if isinstance(problem, NoCheckpointError) else State.FAILED
            )
        except Exception as problem:
            problems[task] = _damaged(task, problem)
            health.models[task] = State.FAILED
    while True:
        try:
            demo = _page(health, uploads, problems)
        except TabBuildError as problem:  # once more without it: half a tab can't be taken back
            task = str(problem)
            del health.pipelines[task]
            problems[task] = _damaged(task, problem.__cause__)
            health.models[task] = State.FAILED
        else:
            return demo


def _damaged(task: str, problem: BaseException | None) -> str:
    log.error("a model can't be used", exc_info=problem, extra={"facts": {"task": task}})
    return (
        f"The checkpoint for “{task}” is damaged, incomplete or not for this version of mmsent; "
        "please fetch it again, or "
        f"train one with “python -m train.{task}”."
    )


def _page(health: Health, uploads: Uploads, problems: Mapping[str, str]) -> gr.Blocks:
    """Raises TabBuildError, with the task, where its tabs can't be made."""
    with gr.Blocks(
        title=f"mmsent: {TITLE[0].lower()}{TITLE[1:]}",
        analytics_enabled=False,
        delete_cache=CACHE_SECONDS,
    ) as demo:
        gr.HTML(masthead_html(), js_on_load=page_script(ALIASES))
        with gr.Tabs(overflow_behavior="wrap"):  # a phone shows every tab, rather than "…"
            for task, tabs in TABS.items():
                if task in problems:
                    with gr.Tab(tabs.name, id=task):
                        gr.HTML(CARD.format(problems[task]))
                    continue
                try:
                    tabs.add(demo, health.pipelines[task])
                except Exception as problem:
                    raise TabBuildError(task) from problem
        with gr.Row(elem_classes="closing"):
            gr.HTML(FOLDED, elem_classes="small")
            _deletion(demo, uploads)
    guard(demo, health, uploads)
    return demo


def _deletion(demo: gr.Blocks, uploads: Uploads) -> None:
    """A visitor's files and numbers go when the page is closed, and when its button is pressed."""
    kinds = gr.Image | gr.Video | gr.File
    inputs = [block for block in demo.blocks.values() if isinstance(block, kinds)]
    quick: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}

    def leave(request: gr.Request) -> None:
        uploads.drop(request.session_hash or "")
        demo.state_holder.session_data.pop(request.session_hash or "", None)

    def delete(request: gr.Request, *_: object) -> Markup:
        for event in list(demo.fns.values()):
            # what closing the page does
            if event.fn and any(name == "unload" for _, name in event.targets):
                event.fn(request)
        # gr.Info is mute outside the queue
        return CARD.format(DELETED)

    demo.unload(leave)
    for block in inputs:  # so that it is known whose a file is, also where it is never used
        block.change(lambda _: None, block, None, **quick)
    gr.Button("Delete my data now", size="sm", elem_id="delete-ask").click(
        None, js=DELETE_SCRIPT, api_visibility="private"
    )
    button = gr.Button("Delete", visible="hidden", elem_id="delete-now")
    told = gr.HTML("", elem_id="deleted")
    button.click(delete, inputs, told, **quick).then(
        None, None, None, js=START_AFRESH, api_visibility="private"
    )
