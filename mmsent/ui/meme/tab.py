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
            reasons = reasons_view()
    figures = figures_of(meme.metrics, meme.sources)
    word_figures = word_figures_of(meme.metrics)

    predict, explain = on_gpu("meme", meme.predict), on_gpu("meme", meme.explain)

    questions = Questions()

    def read(
        source: str | bytes | None, words: str | None, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        """The text and the verdict at once, and again with the reasons; ``words`` None: as read
        from the picture. Nothing once something newer is asked."""
        is_last = questions.begin(request)
        text: Any = words or ""
        try:
            result = predict(source, words, reasons=False)
            verdict = verdict_html(result, figures, word_figures)
            yield (result.text, verdict, REASONS_COME) if is_last() else unchanged
            text = gr.skip()  # whoever writes while the reasons come is not interrupted
            pixels = None if source is None else open_image(source)
            why = reasons_html(explain(result, source), pixels, figures, word_figures)
        except MediaError as problem:
            sentence = render.message(str(problem), problem=True)
            yield (text, sentence, "") if is_last() else unchanged
            return
        yield (gr.skip(), verdict, why) if is_last() else unchanged

    def fresh(source: str | bytes | None, request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        if source is None:  # the text stays: it may be read without a picture
            questions.begin(request)
            yield gr.skip(), render.message(EMPTY), ""
        else:
            yield from read(source, None, request)

    def again(
        source: str | bytes | None, words: str | None, request: gr.Request
    ) -> Iterator[tuple[Any, Any]]:
        for _, told, why in read(source, replace_lone_surrogates(words), request):
            yield told, why

    unchanged = gr.skip(), gr.skip(), gr.skip()
    failure = partial(render.message, render.FAILED, problem=True)
    demo.unload(questions.leave)
    answer = [verdict, reasons]
    wiring: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": MAX_CONCURRENT,
        "concurrency_id": "meme",
        "show_progress_on": verdict,
        "trigger_mode": "always_last",
    }
    anew, mended = [picture.change, back.click], [run.click, text.submit]
    goes_stale(ROOM, (), anew + mended)  # a new picture is read at once
    answers = [
        gr.on(anew, fresh, picture, [text, *answer], **wiring),
        gr.on(mended, again, [picture, text], answer, **wiring),
    ]
    ends_without_input(text, picture, answer, EMPTY, questions)
    is_fresh_after(ROOM, answers)
    for one in answers:
        one.failure(failure, None, reasons, queue=False, api_visibility="private")
    # the new picture is then read like any other
    for button, example in zip(buttons, EXAMPLES, strict=True):
        button.click(
            partial(Image.open, assets.EXAMPLES / example.picture),
            None,
            picture,
            api_visibility="private",
        )
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
