"""The fold “Several at once” of a tab, and its endpoint."""

import shutil
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, cast

import gradio as gr
from markupsafe import Markup

from mmsent.media import MediaError
from mmsent.tasks import TASKS, Pipeline
from mmsent.ui.common import assets, render
from mmsent.ui.common.html import NOTHING
from mmsent.ui.common.stops import Stops
from mmsent.ui.server.mcp_server import TABLE
from mmsent.ui.server.uploads import result_folder
from mmsent.ui.several.limits import MAX_WORK_API, limits_told
from mmsent.ui.several.upload import Sent, files_input, rows_of
from mmsent.ui.several.view import progress_told, scored_html, scored_told
from mmsent.ui.several.work import Lent, Scored, score_into

TITLE: Final = "Several at once: {} in, a table out"
WHAT: Final = {
    "face": "photos",
    "meme": "memes, or a table of them,",
    "review": "a table of reviews",
    "video": "clips",
}
COLUMNS: Final = {
    "face": "Photos stand for themselves, or a table names them in the column “image_path”.",
    "meme": "Pictures stand for themselves, or a table names them in the column “image_path”, with "
    "their words in “text” (read from the picture where there is no such column).",
    "review": "A table has the column “text”, and may name photos in “image_path”. A .txt file is "
    "one review.",
    "video": "Clips stand for themselves, or a table names them in the column “video_path”, with "
    "what is said in “text”.",
}
TABLES: Final = (
    "Tables are CSV, TSV or JSON, and are sent together with the files that they name: these are "
    "found by their names alone, and nothing else is opened."
)
WORDS: Final = Markup("<p>{}</p>")
KEPT: Final = (
    "The server reads them: files and table are sent to it, and deleted there within the hour. Use "
    "only what everybody in it has agreed to."
)
SAVE: Final = "Save the table"
SAVE_PART: Final = "Save what was done"
FORMATS: Final = (
    ("Table (CSV)", "csv"),
    ("All that is known (JSON lines), which takes longer", "jsonl"),
)
# tables, of all pages, and of all requests to the endpoints: neither waits for the other, and the
# models' own places stay free for single questions
AT_ONCE: Final = 1
FILE_NAME: Final = "mmsent-{}.{}"


def several_fold(demo: gr.Blocks, task: str, pipeline: Pipeline, tab: str) -> None:
    """Adds the fold to the tab of the id ``tab``, around the call."""
    lent = cast(Pipeline, Lent(task, pipeline))
    with gr.Accordion(
        TITLE.format(WHAT[task]), open=False, elem_id=f"{tab}-several", elem_classes="several"
    ):
        gr.HTML(WORDS.format(f"{COLUMNS[task]} {TABLES}"), elem_classes="small")
        files = files_input(label="Your files", height=150, elem_id=f"{tab}-several-files")
        kind = gr.Radio(
            list(FORMATS), value="csv", label="What you get", elem_id=f"{tab}-several-kind"
        )
        with gr.Row():
            run = gr.Button(
                "Make the table",
                variant="primary",
                scale=3,
                min_width=160,
                elem_id=f"{tab}-several-run",
            )
            cancel = gr.Button(
                "Cancel", interactive=False, scale=1, min_width=100, elem_id=f"{tab}-several-cancel"
            )
        ready = gr.DownloadButton(SAVE, visible=False, elem_id=f"{tab}-several-ready")
        told = gr.HTML(
            NOTHING,
            css_template=assets.read("several/several.css"),
            apply_default_css=False,
            elem_id=f"{tab}-several-told",
        )
        gr.HTML(WORDS.format(f"{limits_told(TASKS[task])} {KEPT}"), elem_classes="small")
    _wire(demo, task, lent, files, kind, run, cancel, told, ready)
    _endpoint(task, lent, files, kind)


def _wire(
    demo: gr.Blocks,
    task: str,
    pipeline: Pipeline,
    files: gr.File,
    kind: gr.Radio,
    run: gr.Button,
    cancel: gr.Button,
    told: gr.HTML,
    ready: gr.DownloadButton,
) -> None:
    stops = Stops()

    def begin(request: gr.Request) -> tuple[Any, ...]:
        stops.begin(request)
        return *_busy(True), render.message(""), gr.DownloadButton(SAVE, visible=False)

    def make(
        sent: list[Sent],
        ending: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (this is how Gradio knows that it is wanted)
    ) -> Iterator[tuple[Any, gr.DownloadButton]]:
        def report(scored: Scored) -> None:
            progress((scored.begun - 1, scored.total), desc=progress_told(scored))

        folder = result_folder()
        out = folder / FILE_NAME.format(task, ending)
        try:
            rows, left_out = rows_of(TASKS[task], sent)
            scored = score_into(out, task, pipeline, rows, report, stops.asked(request))
        except MediaError as problem:
            shutil.rmtree(folder, ignore_errors=True)
            yield render.message(str(problem), problem=True), gr.DownloadButton(visible=False)
        except Exception:  # a fault of ours, which the guard tells; what is done is not lost
            if out.exists():
                yield gr.skip(), gr.DownloadButton(SAVE_PART, value=str(out), visible=True)
            raise
        else:
            yield scored_html(scored, left_out), gr.DownloadButton(value=str(out), visible=True)

    def stop(request: gr.Request) -> gr.Button:
        stops.ask(request)
        return gr.Button("Cancelling…", interactive=False)

    quick: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "hidden",
        "queue": False,
    }
    begun = run.click(begin, None, [run, cancel, told, ready], **quick)
    done = begun.then(
        make,
        [files, kind],
        [told, ready],
        api_visibility="private",
        show_progress_on=told,
        concurrency_limit=AT_ONCE,
        concurrency_id="several",
    )
    done.failure(partial(render.message, render.FAILED, problem=True), None, told, **quick)
    for ended in (done.success, done.failure):  # ``then`` is not called after what was handed out
        ended(partial(_busy, False), None, [run, cancel], **quick)
    cancel.click(stop, None, cancel, **quick)
    demo.unload(stops.leave)


def _busy(working: bool) -> tuple[gr.Button, gr.Button]:
    """Of the buttons that begin and cancel one can be pressed."""
    return gr.Button(interactive=not working), gr.Button("Cancel", interactive=working)


def _endpoint(task: str, pipeline: Pipeline, files: gr.File, kind: gr.Radio) -> None:
    """The public API of the fold: files in, JSON with the table out."""
    answer = gr.JSON(visible=False, label="The table as text, and how many rows it has")

    def predict(files: list[Sent], kind: str = "csv") -> dict[str, Any]:
        """
        Scores several files, or the rows of a table that names them, and makes a table of results.

        Parameters:
            files: The files, a table (CSV, TSV or JSON) among them or none; the table names others by their file names.
            kind: "csv", or "jsonl" for all that is known, reasons included, which takes longer.
        Returns:
            {"table": the text of the file that the command line writes, "told": a sentence on it, "total": rows of the input,
            "done": those in the table, "noted": those with notes, "failed": those that could not be read, "left_out":
            sentences on files that no row names}.
        """
        folder = result_folder()
        out = folder / FILE_NAME.format(task, kind)
        try:
            rows, left_out = rows_of(TASKS[task], files)
            scored = score_into(
                out, task, pipeline, rows, lambda _: None, lambda: False, MAX_WORK_API
            )
            table = out.read_bytes().decode()
        except MediaError as problem:
            raise gr.Error(str(problem), print_exception=False) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        counts = {"total": scored.total, "done": scored.done, "noted": scored.noted}
        return {
            "table": table,
            "told": scored_told(scored),
            **counts,
            "failed": scored.failed,
            "left_out": left_out,
        }

    gr.Button(visible=False).click(
        predict,
        [files, kind],
        answer,
        api_name=f"{task}{TABLE}",
        concurrency_limit=AT_ONCE,
        concurrency_id="several_api",
    )
