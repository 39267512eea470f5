"""Serves the page until it is told to stop: warms the models up behind the first visitors, tidies
up, and leaves at once."""

import itertools
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import gradio as gr
from starlette.middleware import Middleware

from mmsent.console import replace_unprintable
from mmsent.ui.server.body_limit import BodyLimit
from mmsent.ui.server.gpu import ZERO_GPU
from mmsent.ui.server.health import Health, State
from mmsent.ui.server.logs import log_json_lines
from mmsent.ui.server.own_folder import OwnFolder
from mmsent.ui.server.uploads import Uploads
from mmsent.ui.tabs import TABS

log = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 60
GRACE_SECONDS: Final = 2.0  # for answers that are on their way when the process is told to stop


def serve(
    demo: gr.Blocks, health: Health, uploads: Uploads, folder: OwnFolder, **settings: Any
) -> None:
    """Launches ``demo`` with ``settings`` and does not return: on SIGTERM, SIGINT or Ctrl + C the
    process ends within a few seconds, whatever is being worked on, and ``folder``, which holds all
    of Gradio's files, is deleted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    replace_unprintable()  # Gradio greets with emoji
    try:
        web = {"routes": health.routes(), "middleware": [Middleware(BodyLimit)]}
        demo.launch(prevent_thread_lock=True, app_kwargs=web, **settings)
        log_json_lines()
        threading.Thread(target=warm_up, args=(health,), name="warm up", daemon=True).start()
        for second in itertools.count(1):
            # no longer: the system may give a signal to another thread, which does not wake this
            # one
            time.sleep(1)
            if second % SWEEP_SECONDS == 0:
                _tidy(uploads, folder)
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _leave(demo, folder)


def warm_up(health: Health) -> None:
    """Lets each model answer once. On ZeroGPU those that borrow a GPU are left alone."""
    start = time.perf_counter()
    for task, pipeline in health.pipelines.items():
        if ZERO_GPU and TABS[task].gpu_seconds:
            health.models[task] = State.UNTRIED
            continue
        try:
            TABS[task].warm_up(pipeline)
        except Exception as problem:  # a visitor's job will meet it again and be told
            log.error(
                "a model could not be warmed up", exc_info=problem, extra={"facts": {"task": task}}
            )
            health.models[task] = State.FAILED
        else:
            health.models[task] = State.READY
    facts = {"warmed_up_in": round(time.perf_counter() - start, 2), **health.models}
    log.info("ready" if health.ready else "not ready", extra={"facts": facts})


def _tidy(uploads: Uploads, folder: OwnFolder) -> None:
    """What is too old, here and of runs that died meanwhile."""
    try:
        uploads.sweep(folder.path)
        folder.remove_dead()
    except OSError as problem:  # it is tried again, and the page lives on
        log.error("could not tidy up", exc_info=problem)


def _leave(demo: gr.Blocks, folder: OwnFolder) -> None:
    """Ends the process without waiting for jobs: threads can't be stopped, and their visitors are
    gone."""
    log.info("stopping")
    closing = threading.Thread(target=demo.close, kwargs={"verbose": False}, daemon=True)
    closing.start()
    closing.join(GRACE_SECONDS)
    for children in Path("/proc/self/task").glob("*/children"):  # decoders of clips
        with suppress(OSError):  # the thread has ended by itself
            for child in children.read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
    folder.remove()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
