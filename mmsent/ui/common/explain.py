"""Reasons that take a while on this machine: the answer comes without them, and a button under it
asks for them, which another one cancels. One implementation for every tab.

Whatever changes the input or asks for something newer presses that one as well (stale.py), so that
no reasons come to an input that is gone. What is pressed says which explanation the page showed
then, as the server may hear of it only when the next one has begun.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from mmsent.cancel import Cancelled
from mmsent.media import MediaError
from mmsent.ui.common import assets, render
from mmsent.ui.common.questions import Questions
from mmsent.ui.common.stops import Stops

LIMIT: Final = 1.0  # seconds that reasons may take, from which on they are worked out on request
KEEP_SECONDS: Final = 1800  # that an answer is kept whose reasons may be asked for
SLOW: Final = "With this model the reasons take a while on this machine."
ASK: Final = "Explain (about {:.0f} s)"
WORKING: Final = "The reasons are being worked out …"
CANCELLED: Final = "Cancelled: the reasons were not worked out."
FORGOTTEN: Final = "The numbers of this answer have been deleted. Please analyse it again."

Changes = dict[Any, Any]  # component -> what it shows next


class Explain:
    """The row of both buttons under the answer of ``task``, and the sentence beside them; to be made
    where it stands. ``reasons`` selects where what is asked for appears: there the keyboard goes on
    once the buttons are gone."""

    def __init__(self, task: str, reasons: str) -> None:
        with gr.Row(elem_classes="explain"):
            self.note = gr.HTML(
                "",
                html_template='<div role="status">${value}</div>',  # made here, of our own sentences
                js_on_load=assets.mount_script("common/explain.js", {"reasons": reasons}),
                min_width=160,
            )
            self.ask = gr.Button(visible=False, min_width=160, elem_id=f"{task}-explain")
            # always in the page, so that it can be pressed by a script
            self.cancel = gr.Button(
                "Cancel",
                visible="hidden",
                min_width=100,
                elem_id=f"{task}-explain-cancel",
                elem_classes="explain-cancel",
            )
        self.parts = [self.note, self.ask, self.cancel]
        self.nothing = self._shown()
        self._stops = Stops()
        self._numbers = count(1)
        self._working: dict[str, Markup] = {}  # page -> the sentence on its last explanation

    def offered(self, seconds: float) -> Changes:
        """What asks for reasons that take ``seconds``; nothing where they are within the LIMIT."""
        if not is_slow(seconds):
            return self.nothing
        return self._shown(SLOW) | {self.ask: gr.Button(ASK.format(seconds), visible=True)}

    def wire(
        self,
        demo: gr.Blocks,
        questions: Questions,
        explained: Callable[..., Changes],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        **wiring: Any,
    ) -> None:
        """``explained(cancelled, *inputs)`` is asked for what ``outputs`` show with reasons. It raises
        MediaError, and Cancelled once ``cancelled()`` is true."""
        unchanged: Changes = {self.note: gr.skip()}

        def begin(request: gr.Request) -> Changes:
            self._stops.begin(request)
            told = Markup('<p data-number="{}">{}</p>').format(next(self._numbers), WORKING)
            self._working[request.session_hash or ""] = told
            return self.nothing | {self.note: told, self.cancel: gr.Button(visible=True)}

        def answer(request: gr.Request, *given: Any) -> Changes:
            is_last, is_stopped = questions.begin(request), self._stops.asked(request)

            def is_unwanted() -> bool:
                return is_stopped() or not is_last()

            try:
                told = explained(is_unwanted, *given) | self.nothing
            except Cancelled:
                return unchanged
            except MediaError as problem:
                told = self._shown(str(problem), problem=True)
            if is_unwanted():
                return unchanged
            self._stops.end(request)
            return told

        def cancel(seen: str | None, request: gr.Request) -> Changes:
            is_last = seen == self._working.get(request.session_hash or "")
            if not is_last or not self._stops.ask(request):  # nothing of it is under way
                return unchanged
            return self._shown(CANCELLED) | {self.ask: gr.Button(visible=True)}

        def failed(request: gr.Request) -> Changes:
            self._stops.end(request)
            return self._shown(render.FAILED, problem=True) | {self.ask: gr.Button(visible=True)}

        quick: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "queue": False,
        }
        begun = self.ask.click(begin, None, self.parts, **quick)
        done: Dependency = begun.then(
            answer,
            list(inputs),
            [*outputs, *self.parts],
            **{"api_visibility": "private", "show_progress": "hidden"} | wiring,
        )
        done.failure(failed, None, self.parts, **quick)
        self.cancel.click(cancel, self.note, self.parts, **quick)

        def leave(request: gr.Request) -> None:
            self._stops.leave(request)
            self._working.pop(request.session_hash or "", None)

        demo.unload(leave)

    def _shown(self, told: str = "", problem: bool = False) -> Changes:
        """The sentence alone, without buttons."""
        note = render.message(told, problem) if problem else Markup("<p>{}</p>").format(told)
        return {
            self.note: note if told else "",
            self.ask: gr.Button(visible=False),
            self.cancel: gr.Button(visible="hidden"),
        }


def is_slow(seconds: float) -> bool:
    """Whether reasons that take ``seconds`` have to be asked for."""
    return seconds >= LIMIT
