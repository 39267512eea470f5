"""The clip tab: a video with its sound, and what is said in it. Wiring only; what is shown is made
in view.py."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import gradio as gr
from markupsafe import Markup

from mmsent.cancel import Cancelled
from mmsent.media import MediaError
from mmsent.pipelines.video import VideoPipeline
from mmsent.text import replace_lone_surrogates
from mmsent.transcripts import parse_transcript
from mmsent.ui.common import assets, render
from mmsent.ui.common.about import about_fold, identity_html
from mmsent.ui.common.explain import Changes, is_slow
from mmsent.ui.common.questions import Questions
from mmsent.ui.common.stale import ends_reasons, goes_stale, is_fresh_after
from mmsent.ui.common.stops import Stops
from mmsent.ui.several.fold import several_fold
from mmsent.ui.video.about import video_about_html
from mmsent.ui.video.changes import busy, failed, shown
from mmsent.ui.video.endpoint import CLIPS_AT_ONCE, add_endpoint
from mmsent.ui.video.input import RECORD, UPLOAD
from mmsent.ui.video.parts import Parts, layout
from mmsent.ui.video.reasons import CANCELLED as REASONS_CANCELLED
from mmsent.ui.video.reasons import PENDING
from mmsent.ui.video.session import (
    FORGOTTEN,
    Kept,
    annotated,
    estimate_html,
    watched,
)
from mmsent.ui.video.view import EMPTY

SWITCHES_AT_ONCE: Final = 2
ROOM: Final = "video-room"  # what is marked as stale

EXAMPLE: Final = "made_clip.mp4"  # in ui/examples
PRESS: Final = "() => document.querySelector('#video-run').click()"

CANCELLED: Final = "Cancelled. Press “Analyse” to begin anew."
MADE: Final = Markup('<p role="status">The annotated video is ready and is being saved.</p>')
# it is in the page a moment after the answer that made it visible
SAVE: Final = "() => setTimeout(() => document.querySelector('#video-ready')?.click(), 200)"
WORKING: Final = render.message("")  # under the progress, which Gradio lays over what is there


def video_tab(demo: gr.Blocks, video: VideoPipeline) -> None:
    """Adds the tab of the clip model to the ``gr.Tabs`` of ``demo`` around the call."""
    with gr.Tab("Clip", id="video", elem_id=ROOM):
        gr.HTML("<h2>Clip</h2>", elem_classes="unseen")
        parts = layout(video.modalities)
        _wire(demo, video, parts)
        add_endpoint(video, parts)
        several_fold(demo, "video", video, "video")
        about_fold(identity_html("video", video) + video_about_html(video.metrics, video.folder))


def _wire(demo: gr.Blocks, video: VideoPipeline, parts: Parts) -> None:
    stops, questions = Stops(), Questions()
    unchanged: Changes = {parts.film_note: gr.skip()}

    def read(
        path: str | None,
        text: str | None,
        write_down: bool,
        chosen: list[str],
        before: Kept | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (this is how Gradio knows that it is wanted)
    ) -> Iterator[Changes]:
        """The verdict as soon as it is there, and again with what each word did, unless that has to
        be asked for."""
        said, same = replace_lone_surrogates(text), before is not None and before.path == path
        now = before if same else None
        is_last, cancelled = questions.begin(request), stops.asked(request)
        try:
            parse_transcript(said)  # what is wrong with it is told at once
            stage = partial(_report, progress)
            now = watched(video, path, write_down and not said.strip(), now, stage, cancelled)
            now = now.judged(video, said, chosen)
            if cancelled():
                raise Cancelled
        except Cancelled:
            yield failed(parts, CANCELLED, same) if is_last() else unchanged
            return
        except MediaError as problem:
            # a mended transcript is quick
            told = failed(parts, str(problem), same, problem=True) | {parts.kept: now}
            yield told if is_last() else unchanged
            return
        heard: Changes = {} if said.strip() else {parts.words: now.verdict.transcript}
        is_last = questions.begin(request)  # from now on a switch asks something newer
        for told in answers_to(now, said, chosen, lambda: cancelled() or not is_last()):
            yield told | heard if is_last() else unchanged
            heard = {}

    def answers_to(
        now: Kept, said: str, chosen: list[str], cancelled: Callable[[], bool]
    ) -> Iterator[Changes]:
        """The answer, and again with what each word did, unless that has to be asked for."""
        seconds = video.reasons_seconds(now.verdict)
        if is_slow(seconds):
            yield shown(parts, now) | parts.explain.offered(seconds)
            return
        yield shown(parts, now, PENDING)
        try:
            yield explained(cancelled, said, chosen, now)
        except Cancelled:
            yield shown(parts, now, REASONS_CANCELLED)

    def explained(
        cancelled: Callable[[], bool], text: str | None, chosen: list[str], now: Kept | None
    ) -> Changes:
        if now is None:
            raise MediaError(FORGOTTEN)
        return shown(parts, now.explained(video, replace_lone_surrogates(text), chosen, cancelled))

    def switch(
        text: str | None, chosen: list[str], before: Kept | None, request: gr.Request
    ) -> Iterator[Changes]:
        said, is_last = replace_lone_surrogates(text), questions.begin(request)
        try:
            if before is None:
                raise MediaError(FORGOTTEN)
            now = before.judged(video, said, chosen)
        except MediaError as problem:
            told = failed(parts, str(problem), same=True, problem=True)
            yield told if is_last() else unchanged
            return
        for told in answers_to(now, said, chosen, lambda: not is_last()):
            yield told if is_last() else unchanged

    def draw(
        now: Kept | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Changes:
        try:
            made = annotated(now, partial(_report, progress, "Drawing"), stops.asked(request))
        except Cancelled:
            return {parts.film_note: Markup("<p>{}</p>").format(CANCELLED)}
        except MediaError as problem:
            return {parts.film_note: render.message(str(problem), problem=True)}
        return {parts.ready: gr.DownloadButton(value=made, visible="hidden"), parts.film_note: MADE}

    def beginning(place: gr.HTML) -> Callable[[gr.Request], Changes]:
        def begin(request: gr.Request) -> Changes:
            stops.begin(request)
            return busy(parts, True) | {place: WORKING}

        return begin

    def stop(request: gr.Request) -> gr.Button:
        stops.ask(request)
        return gr.Button("Cancelling…", interactive=False)

    def forget(request: gr.Request) -> Changes:
        stops.ask(request)
        questions.begin(request)
        return failed(parts, EMPTY, same=False) | {parts.kept: None}

    quick: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    slow: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": CLIPS_AT_ONCE,
        "concurrency_id": "video",
    }
    buttons = [parts.run, parts.make, parts.cancel]
    told = [
        parts.verdict,
        parts.estimate,
        parts.view,
        parts.counts,
        parts.ready,
        parts.film_note,
        parts.kept,
    ]
    answer = [*told, *parts.explain.parts]
    given = [parts.clip, parts.words, parts.recognise, parts.counts, parts.kept]
    other = [parts.clip.upload, parts.clip.stop_recording, parts.sound.upload]
    goes_stale(ROOM, other, [parts.run.click, parts.words.submit])
    ends_reasons(ROOM, [parts.counts.input, parts.clip.clear])
    for triggers, work, inputs, outputs, place in (
        ([parts.run.click, parts.words.submit], read, given, [*answer, parts.words], parts.verdict),
        ([parts.make.click], draw, [parts.kept], [parts.ready, parts.film_note], parts.film_note),
    ):  # the buttons rest while it works, and come back whatever happens
        begun = gr.on(triggers, beginning(place), None, [*buttons, place], queue=False, **quick)
        done = begun.then(work, inputs, outputs, show_progress_on=place, **slow)
        is_fresh_after(ROOM, [done])
        done.failure(
            partial(render.message, render.FAILED, problem=True), None, place, queue=False, **quick
        )
        done.then(partial(busy, parts, False), None, buttons, queue=False, **quick)
        if work is draw:
            done.success(None, js=SAVE)
    waiting = [parts.words, parts.counts, parts.kept]
    judged: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": SWITCHES_AT_ONCE,
        "trigger_mode": "always_last",
    }
    parts.counts.input(
        switch,
        waiting,
        answer,
        show_progress_on=parts.verdict,
        **judged,
    )
    parts.explain.wire(
        demo, questions, explained, waiting, told, concurrency_limit=SWITCHES_AT_ONCE
    )
    parts.cancel.click(stop, None, parts.cancel, queue=False, **quick)
    parts.clip.clear(forget, None, answer, queue=False, **quick)
    demo.unload(stops.leave)
    demo.unload(questions.leave)
    parts.clip.change(partial(estimate_html, video), parts.clip, parts.estimate, **quick)
    parts.sound.upload(lambda path: path, parts.sound, parts.clip, **quick)
    filled = parts.example.click(
        lambda: (str(assets.EXAMPLES / EXAMPLE), ""), None, [parts.clip, parts.words], **quick
    )
    filled.then(None, js=PRESS)  # it is then analysed like any other
    parts.agreed.input(
        lambda yes: gr.Video(sources=RECORD if yes else UPLOAD), parts.agreed, parts.clip, **quick
    )


def _report(progress: gr.Progress, stage: str, done: float) -> None:
    progress(done, desc=stage)
