"""Around every job of the page: it is counted, timed and logged, its files are tidied up, and
whatever goes wrong in it reaches the visitor as one sentence, so that the next request works."""

import errno
import gc
import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import gradio as gr
import torch
from gradio.blocks import BlockFunction

from mmsent.memory import is_out_of_memory
from mmsent.ui.common import picture_input
from mmsent.ui.server.gradio_patches import replace
from mmsent.ui.server.health import EXHAUSTED, FAILED, REFUSED, Health, Job
from mmsent.ui.server.uploads import FULL, Uploads
from mmsent.ui.several import upload as several_input
from mmsent.ui.video import input as video_input

log = logging.getLogger(__name__)

MEMORY: Final = "There is not enough memory for this just now. Please try something smaller, or again in a minute."
WRONG: Final = "Something went wrong on the server, which is not your fault. Please try again; to report it, name job {}."
UNFIT: Final = (
    "The request holds something that can't be used here. Please send what the page asks for."
)
# What to do where a request has something else in place of a file.
UPLOAD_IT: Final = {
    gr.File: several_input.PLEASE_UPLOAD,
    gr.Image: picture_input.PLEASE_UPLOAD,
    gr.Video: video_input.PLEASE_UPLOAD,
}
BUSY: Final = "Many visitors want this just now. Please try again in a minute."
# jobs in front of one model: more would wait too long and take the places of other jobs
WAITING: Final = 12
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def guard(demo: gr.Blocks, health: Health, uploads: Uploads) -> None:
    """For every event and server function that ``demo`` has now."""
    uploads.listed = demo.temp_file_sets
    _refuse_unfit(demo)
    _guard_jobs(demo, health, uploads)
    for block in demo.blocks.values():
        for function in getattr(block, "server_fns", ()):
            replace(block, function.__name__, _counted(function, health))


def refuse_crowds(demo: gr.Blocks) -> None:
    """At most WAITING jobs wait for one model: one that is stuck must not fill the queue that all
    share. To be called after ``demo.queue()``."""
    push = demo._queue.push

    async def bounded(body: Any, request: Any, username: str | None) -> Any:
        function = demo.fns.get(body.fn_index) if body.fn_index is not None else None
        waiting = function and demo._queue.event_queue_per_concurrency_id.get(
            function.concurrency_id
        )
        if waiting and len(waiting.queue) >= WAITING:
            return False, BUSY, "queue_full"
        return await push(body, request, username)

    replace(demo._queue, "push", bounded)


def _refuse_unfit(demo: gr.Blocks) -> None:
    """What Gradio finds wrong with the inputs of a request is the visitor's mistake: no error of
    ours, and none in the log."""
    prepare = demo.preprocess_data

    async def prepared(block_fn: BlockFunction, *inputs: Any, **settings: Any) -> Any:
        try:
            return await prepare(block_fn, *inputs, **settings)
        except gr.Error:
            raise
        except Exception as problem:
            if _is_full(problem) or is_out_of_memory(problem):
                raise
            told = (
                told
                for kind, told in UPLOAD_IT.items()
                if any(isinstance(block, kind) for block in block_fn.inputs)
            )
            raise gr.Error(next(told, UNFIT), print_exception=False) from None

    replace(demo, "preprocess_data", prepared)


def _guard_jobs(demo: gr.Blocks, health: Health, uploads: Uploads) -> None:
    process = demo.process_api

    async def guarded(
        block_fn: BlockFunction | int, inputs: list[Any], **settings: Any
    ) -> dict[str, Any]:
        function = demo.fns[block_fn] if isinstance(block_fn, int) else block_fn
        event = demo._queue.event_ids_to_events.get(settings.get("event_id") or "")
        page = settings.get("session_hash") or (event.session_hash if event else None) or ""
        waited = time.monotonic() - event.enqueue_time if event else 0.0
        public = function.api_visibility == "public"
        with health.job(_task(function), waited) as job, uploads.job(page, public, inputs):
            try:
                answer = await process(function, inputs, **settings)
            except gr.Error:
                job.outcome = REFUSED
                raise
            except Exception as problem:
                raise gr.Error(_tell(problem, job), print_exception=False) from None
            uploads.claim(page, answer.get("data"))
            return answer

    replace(demo, "process_api", guarded)


def _counted(function: Callable[..., Any], health: Health) -> Callable[..., Any]:
    """A server function that is called many times a second: counted, and logged only where it
    fails."""

    @wraps(function)  # with the mark by which Gradio knows it
    def counted(payload: Any) -> Any:
        with health.job(function.__name__, silent=True) as job:
            try:
                return function(payload)
            except Exception as problem:
                return {"error": _tell(problem, job)}

    return counted


def _task(function: BlockFunction) -> str:
    """The queue it shares with others, else its own name."""
    shared = str(function.concurrency_id)
    return str(function.name) if shared.isdigit() else shared


def _tell(problem: Exception, job: Job) -> str:
    """One sentence for the visitor; the log gets what the owner needs."""
    if _is_full(problem):
        job.outcome, sentence = EXHAUSTED, FULL
    elif is_out_of_memory(problem):
        job.outcome, sentence = EXHAUSTED, MEMORY
    else:
        job.outcome, sentence = FAILED, WRONG.format(job.number)
    log.error("job went wrong", exc_info=problem, extra={"facts": {"job": job.number}})
    if job.outcome == EXHAUSTED:
        problem.__traceback__ = None  # its frames hold what took the memory
        gc.collect()
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
    return sentence


def _is_full(problem: BaseException) -> bool:
    return isinstance(problem, OSError) and problem.errno in NO_ROOM
