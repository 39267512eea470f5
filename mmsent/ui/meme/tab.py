"""The meme tab: a picture whose caption is read, and can be changed. Wiring only; what is shown is
made in view, cards and reasons."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import gradio as gr
from PIL import Image

from mmsent.media import MediaError, open_image
from mmsent.pipelines.encoders import MAX_CHARACTERS
from mmsent.pipelines.meme import MemePipeline
from mmsent.results import MemeResult
from mmsent.runtime import MAX_CONCURRENT
from mmsent.text import replace_lone_surrogates
from mmsent.ui.common import assets, render
from mmsent.ui.common.about import about_fold, identity_html
from mmsent.ui.common.example_button import example_button, examples_row
from mmsent.ui.common.explain import FORGOTTEN, KEEP_SECONDS, Changes, Explain, is_slow
from mmsent.ui.common.picture_input import picture_input
from mmsent.ui.common.questions import Questions
from mmsent.ui.common.reason_sentence import REASONS_COME
from mmsent.ui.common.stale import ends_without_input, goes_stale, is_fresh_after, stale_note
from mmsent.ui.meme.about import meme_about_html
from mmsent.ui.meme.figures import figures_of, word_figures_of
from mmsent.ui.meme.reasons import reasons_html, reasons_view
from mmsent.ui.meme.view import EMPTY, verdict_html, verdict_view
from mmsent.ui.server.gpu import on_gpu
from mmsent.ui.several.fold import several_fold


class Example(NamedTuple):
    key: str  # in the address
    name: str
    picture: str  # in ui/examples


EXAMPLES: Final = (
    Example("broccoli", "Broccoli", "meme_cat.jpg"),
    Example("cup", "First cup", "meme_coffee.jpg"),
    Example("high", "Aim high", "meme_astronaut.jpg"),
)
ROOM: Final = "meme-room"  # what is marked as stale
RUN: Final = "Analyse with this text"


def meme_tab(demo: gr.Blocks, meme: MemePipeline) -> None:
    """Adds the tab of the meme model to the ``gr.Tabs`` of ``demo`` around the call."""
    with gr.Tab("Meme", id="meme", elem_id=ROOM):
        gr.HTML("<h2>Meme</h2>", elem_classes="unseen")
        _meme(demo, meme)
        several_fold(demo, "meme", meme, "meme")
        about_fold(
            identity_html("meme", meme) + meme_about_html(meme.metrics, meme.folder, meme.sources)
        )


def _meme(demo: gr.Blocks, meme: MemePipeline) -> None:
    with gr.Row(equal_height=False, elem_classes="room"):
        with gr.Column(scale=2, min_width=300):
            picture = picture_input(
                label="Your meme",
                sources=["upload", "clipboard"],
                height=240,
                elem_id="meme-picture",
            )
            with examples_row():
                buttons = [
                    example_button("meme", example.key, example.name, example.picture)
                    for example in EXAMPLES
                ]
            text = gr.Textbox(
                label="The text on it",
                placeholder="It is read from the picture.",
                info="Read wrongly? Change it and analyse again; empty means that there is none. "
                f"At most {MAX_CHARACTERS:,} characters. Ctrl + Enter analyses, too.",
                lines=3,
                max_lines=3,
                elem_id="meme-text",
            )
            run = gr.Button(RUN, variant="primary", elem_id="meme-run")
            back = gr.Button("Read the text from the picture again", size="sm", elem_id="meme-back")
            gr.HTML(
                "<p>Picture and text are used once. The picture is deleted from the server within "
                "the hour.</p>",
                elem_classes="small",
            )
        with gr.Column(scale=3, min_width=300):
            stale_note(RUN)
            verdict = verdict_view()
            explain = Explain("meme", "#meme-reasons .evidence")
            reasons = reasons_view()
            # the answer whose reasons have to be asked for
            kept = gr.State(None, time_to_live=KEEP_SECONDS)
    figures = figures_of(meme.metrics, meme.sources)
    word_figures = word_figures_of(meme.metrics)

    predict, explained_at_once = on_gpu("meme", meme.predict), on_gpu("meme", meme.explain)

    questions = Questions()

    def answers_to(source: str | bytes | None, words: str | None) -> Iterator[Changes]:
        """The verdict, and the text where it is read from the picture, since ``words`` are None; then
        the reasons, unless these have to be asked for."""
        filled: Changes = {text: ""} if words is None else {}
        try:
            result = predict(source, words, reasons=False)
            filled = {text: result.text} if words is None else {}
            said = filled | {verdict: verdict_html(result, figures, word_figures)}
            filled = {}  # whoever writes while the reasons come is not interrupted
            seconds = meme.reasons_seconds(result)
            if is_slow(seconds):
                yield said | shown(result, source) | explain.offered(seconds) | {kept: result}
                return
            yield said | nothing | {reasons: REASONS_COME}
            yield shown(explained_at_once(result, source), source)
        except MediaError as problem:
            message = render.message(str(problem), problem=True)
            yield filled | nothing | {verdict: message}

    def shown(result: MemeResult, source: str | bytes | None) -> Changes:
        pixels = None if source is None else open_image(source)
        return {reasons: reasons_html(result, pixels, figures, word_figures)}

    def explained(
        cancelled: Callable[[], bool], result: MemeResult | None, source: str | bytes | None
    ) -> Changes:
        if result is None:
            raise MediaError(FORGOTTEN)
        # not on a borrowed GPU, where nobody has to ask
        return shown(meme.explain(result, source, cancelled), source) | {kept: None}

    def read(
        source: str | bytes | None, words: str | None, request: gr.Request
    ) -> Iterator[Changes]:
        """Nothing once something newer is asked."""
        is_last = questions.begin(request)
        for told in answers_to(source, words):
            if not is_last():
                yield unchanged
                return
            yield told

    def fresh(source: str | bytes | None, request: gr.Request) -> Iterator[Changes]:
        if source is None:  # the text stays: it may be read without a picture
            questions.begin(request)
            yield empty
        else:
            yield from read(source, None, request)

    def again(
        source: str | bytes | None, words: str | None, request: gr.Request
    ) -> Iterator[Changes]:
        yield from read(source, replace_lone_surrogates(words), request)

    unchanged: Changes = {verdict: gr.skip()}
    nothing = explain.nothing | {reasons: "", kept: None}
    empty = nothing | {verdict: render.message(EMPTY)}
    failed = nothing | {verdict: render.message(render.FAILED, problem=True)}
    demo.unload(questions.leave)
    answer = [verdict, reasons, kept, *explain.parts]
    queued: dict[str, Any] = {"concurrency_limit": MAX_CONCURRENT, "concurrency_id": "meme"}
    wiring = queued | {
        "api_visibility": "private",
        "show_progress_on": verdict,
        "trigger_mode": "always_last",
    }
    anew, mended = [picture.change, back.click], [run.click, text.submit]
    goes_stale(ROOM, (), anew + mended)  # a new picture is read at once
    answers = [
        gr.on(anew, fresh, picture, [text, *answer], **wiring),
        gr.on(mended, again, [picture, text], answer, **wiring),
    ]
    explain.wire(demo, questions, explained, [kept, picture], [reasons, kept], **queued)
    ends_without_input(text, picture, empty, questions)
    is_fresh_after(ROOM, answers)
    for one in answers:
        one.failure(lambda: failed, None, answer, queue=False, api_visibility="private")
    # the new picture is then read like any other
    for button, example in zip(buttons, EXAMPLES, strict=True):
        button.click(
            partial(Image.open, assets.EXAMPLES / example.picture),
            None,
            picture,
            api_visibility="private",
            show_progress_on=verdict,
        ).failure(lambda: failed, None, answer, queue=False, api_visibility="private")
    _endpoint(predict, picture, text)


def _endpoint(read: Callable[..., MemeResult], picture: gr.Image, text: gr.Textbox) -> None:
    """The public API of this tab: a picture file and a text in, JSON out."""
    answer = gr.JSON(
        visible=False,
        label="Its aspects, what the words say, faces, the lines read, and what drove each",
    )

    def predict(image: str | bytes | None, text: str | None = None) -> dict[str, Any]:
        """
        Reads a meme from its picture and the text on it: harm, what the words say, the faces in it,
        and the sentiment, humour, sarcasm, offence and motivation that people would see.

        Parameters:
            image: A picture file (JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF; at most 40 MB and 64 megapixels), or None.
            text: The text on it; None to have it read from the picture, "" where it has none.
        Returns:
            {"text", "aspects": {"harmful", "sentiment", "humour", "sarcasm", "offensive", "motivational"} and "words":
            {"offence", "irony", "sentiment", "emotion", "fine_emotion"}: each {"top", "confidence", "unsure", "probs"}; all of
            "aspects" but "harmful" stand outside as well; "faces": [{"box", "detection", "emotions", ...}, ...], "lines":
            [{"text", "box": [x0, y0, x1, y1], "confidence"}, ...], "tokens": the words as the model got them,
            "attributions": {aspect: one number a word}, "phrases": {aspect: [{"start", "end", "attribution"}, ...]},
            "shares": {aspect: {"text", "image"}}, "picture_pull": {aspect: rows * columns numbers}, "grid": [rows,
            columns], "size": [width, height], "notes"}. All are log-odds of the aspect's "top": less those of the text read
            again without the word, or without the place; shares are how far text or picture moves them from those of an
            empty input (Shapley values). "word_pull", the same as "attributions", goes in the next version.
        """
        try:
            return read(image, None if text is None else replace_lone_surrogates(text)).to_dict()
        except MediaError as problem:
            raise gr.Error(str(problem), print_exception=False) from None

    predict.__name__ = "meme"  # so is the MCP tool called
    gr.Button(visible=False).click(
        predict,
        [picture, text],
        answer,
        api_name="meme",
        concurrency_limit=MAX_CONCURRENT,
        concurrency_id="meme",
    )
