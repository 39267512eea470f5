"""The review tab: a text, a photo, or both. Wiring only; what is shown is made in view.py and
words.py."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import gradio as gr
from PIL import Image

from mmsent.media import MediaError, open_image
from mmsent.pipelines.encoders import MAX_CHARACTERS
from mmsent.pipelines.review import ReviewPipeline
from mmsent.results import ReviewResult
from mmsent.runtime import MAX_CONCURRENT
from mmsent.text import replace_lone_surrogates
from mmsent.ui.common import assets, render
from mmsent.ui.common.about import about_fold, identity_html
from mmsent.ui.common.example_button import example_button, examples_row
from mmsent.ui.common.explain import Changes, Explain, is_slow
from mmsent.ui.common.picture_input import picture_input
from mmsent.ui.common.questions import Questions
from mmsent.ui.common.reason_sentence import REASONS_COME
from mmsent.ui.common.stale import ends_without_input, goes_stale, is_fresh_after, stale_note
from mmsent.ui.review.about import review_about_html
from mmsent.ui.review.view import EMPTY, trust, verdict_html, verdict_view
from mmsent.ui.review.words import evidence_html, evidence_view
from mmsent.ui.server.gpu import on_gpu
from mmsent.ui.several.fold import several_fold


class Example(NamedTuple):
    key: str  # in the address
    name: str
    text: str
    photo: str | None = None  # in ui/examples


EXAMPLES: Final = (
    Example(
        "coffee",
        "Coffee, with photo",
        "The coffee came hot, the foam was perfect and they remembered my name. Lovely little "
        "place, I’ll be back!",
        "coffee.jpg",
    ),
    Example(
        "jacket", "Late jacket", "Delivery took three weeks. The jacket is warm and fits well."
    ),
    Example(
        "mat",
        "Cat mat, with photo",
        "This scratching mat fell apart after two days and it smells awful. A complete waste of "
        "money.",
        "chelsea.jpg",
    ),
    # of which the model is not sure
    Example("soup", "Soup and service", "Loved the soup, hated the service."),
)
ROOM: Final = "review-room"  # what is marked as stale


def review_tab(demo: gr.Blocks, review: ReviewPipeline) -> None:
    """Adds the tab of the review model to the ``gr.Tabs`` of ``demo`` around the call."""
    with gr.Tab("Review", id="review", elem_id=ROOM):
        gr.HTML("<h2>Review</h2>", elem_classes="unseen")
        _review(demo, review)
        several_fold(demo, "review", review, "review")
        about_fold(
            identity_html("review", review) + review_about_html(review.metrics, review.folder)
        )


def _review(demo: gr.Blocks, review: ReviewPipeline) -> None:
    with gr.Row(equal_height=False, elem_classes="room"):
        with gr.Column(scale=2, min_width=300):
            text = gr.Textbox(
                label="Your review",
                placeholder="What was it like?",
                info=f"At most {MAX_CHARACTERS:,} characters. Ctrl + Enter analyses it.",
                lines=5,
                max_lines=5,
                elem_id="review-text",
            )
            picture = picture_input(
                label="Your photo (optional)",
                sources=["upload", "clipboard"],
                height=170,
                elem_id="review-photo",
            )
            run = gr.Button("Analyse", variant="primary", elem_id="review-run")
            with examples_row():
                buttons = [
                    example_button("review", example.key, example.name, example.photo)
                    for example in EXAMPLES
                ]
            gr.HTML(
                "<p>Text and photo are used once. A photo is deleted from the server within the "
                "hour.</p>",
                elem_classes="small",
            )
        with gr.Column(scale=3, min_width=300):
            stale_note("Analyse")
            verdict = verdict_view()
            explain = Explain("review", "#review-evidence .evidence")
            evidence = evidence_view()

    predict = on_gpu("review", review.predict)
    trusted = trust(review.metrics)

    questions = Questions()
    demo.unload(questions.leave)
    unchanged: Changes = {verdict: gr.skip()}

    def read(
        words: str | None, source: str | bytes | None, request: gr.Request
    ) -> Iterator[Changes]:
        """The verdict at once, and again with its reasons, which take ten times as long. Nothing
        once something newer is asked."""
        is_last = questions.begin(request)
        for told in answers_to(replace_lone_surrogates(words), source):
            if not is_last():
                yield unchanged
                return
            yield told

    def answers_to(words: str, source: str | bytes | None) -> Iterator[Changes]:
        try:
            # source is the file, which tells what else is in it
            result = predict(words, source, reasons=False)
            said: Changes = {verdict: verdict_html(result, trusted)}
            seconds = review.reasons_seconds(words)
            if is_slow(seconds):
                yield said | {evidence: ""} | explain.offered(seconds)
                return
            yield said | {evidence: REASONS_COME} | explain.nothing
            yield shown(predict(words, source), source)
        except MediaError as problem:
            message = render.message(str(problem), problem=True)
            yield {verdict: message, evidence: ""} | explain.nothing

    def explained(
        cancelled: Callable[[], bool], words: str | None, source: str | bytes | None
    ) -> Changes:
        # not on a borrowed GPU, where nobody has to ask
        text = replace_lone_surrogates(words)
        return shown(review.predict(text, source, cancelled=cancelled), source)

    def shown(result: ReviewResult, source: str | bytes | None) -> Changes:
        pixels = None if source is None else open_image(source)
        return {verdict: verdict_html(result, trusted), evidence: evidence_html(result, pixels)}

    def shows(example: Example) -> Callable[[gr.Request], Iterator[Changes]]:
        photo = str(assets.EXAMPLES / example.photo) if example.photo else None

        def show(request: gr.Request) -> Iterator[Changes]:
            filled: Changes = {text: example.text, picture: photo and Image.open(photo)}
            for told in read(example.text, photo, request):
                yield told if told is unchanged else filled | told
                filled = {}  # who writes while the reasons come is not interrupted

        return show

    answer = [verdict, evidence, *explain.parts]
    queued: dict[str, Any] = {"concurrency_limit": MAX_CONCURRENT, "concurrency_id": "review"}
    wiring = queued | {"api_visibility": "private", "show_progress_on": verdict}
    asked = [run.click, text.submit]
    goes_stale(
        ROOM, [picture.upload, picture.clear], [*asked, *(button.click for button in buttons)]
    )
    answers = [gr.on(asked, read, [text, picture], answer, trigger_mode="always_last", **wiring)]
    for button, example in zip(buttons, EXAMPLES, strict=True):
        answers.append(button.click(shows(example), None, [text, picture, *answer], **wiring))
    explain.wire(demo, questions, explained, [text, picture], [verdict, evidence], **queued)
    nothing: Changes = {evidence: ""} | explain.nothing
    empty = nothing | {verdict: render.message(EMPTY)}
    failed = nothing | {verdict: render.message(render.FAILED, problem=True)}
    ends_without_input(text, picture, empty, questions)
    is_fresh_after(ROOM, answers)
    for one in answers:
        one.failure(lambda: failed, None, answer, queue=False, api_visibility="private")
    _endpoint(predict, text, picture)


def _endpoint(read: Callable[..., ReviewResult], text: gr.Textbox, picture: gr.Image) -> None:
    """The public API of this tab: a text and a picture file in, JSON out."""
    answer = gr.JSON(
        visible=False,
        label="The sentiment, what every word did to it, and where in the photo each looked",
    )

    def predict(text: str | None, image: str | bytes | None = None) -> dict[str, Any]:
        """
        Reads the sentiment (negative, neutral or positive) of a review: a text, a photo, or both
        together.

        Parameters:
            text: The review; "" for a photo alone.
            image: A picture file (JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF; at most 40 MB and 64 megapixels), or None.
        Returns:
            {"text", "sentiment": {"top", "confidence", "unsure", "probs"}, "words": [{"word", "span": [start, end],
            "attribution", "pull"}, ...], "phrases": [{"start", "end", "attribution"}, ...], "shares": {"text", "image"},
            "attention": one row of rows * columns numbers for each word, "grid": [rows, columns], "image_weight",
            "contributions": {"text", "image"}, "conflict", "notes"}. Spans count Unicode characters, phrases words; an
            attribution is the log-odds of "top" less those of the text read again without the word, a share how far text or
            photo moves them from those of an empty input (Shapley values). "pull", the same as "attribution", goes in the
            next version.
        """
        try:
            return read(replace_lone_surrogates(text), image).to_dict()
        except MediaError as problem:
            raise gr.Error(str(problem), print_exception=False) from None

    predict.__name__ = "review"  # so is the MCP tool called
    gr.Button(visible=False).click(
        predict,
        [text, picture],
        answer,
        api_name="review",
        concurrency_limit=MAX_CONCURRENT,
        concurrency_id="review",
    )
