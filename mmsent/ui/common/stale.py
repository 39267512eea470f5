"""An answer that is older than what it was asked about: dimmed, with a sentence, until the next
answer comes.

The state stands on the tab's panel, which outlives a change of tabs, as ``data-stale``: "changed",
or "asked" while a new answer is on its way, so that whoever changes the input meanwhile sees that,
too. How it looks is in page.css.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from mmsent.text import replace_lone_surrogates
from mmsent.ui.common import assets, render
from mmsent.ui.common.questions import Questions

QUICK: Final[dict[str, Any]] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "queue": False,
}


def stale_note(button: str) -> None:
    """The sentence, in its place above the answer, which any change of the tab's texts brings up; a
    screen reader announces it then."""
    told = f"The input has changed: press “{button}” for a new answer."
    note = Markup('<div role="status"><p>{}</p></div>').format(told)
    gr.HTML(note, js_on_load=assets.mount_script("common/stale.js"), elem_classes="stale")


def goes_stale(panel: str, changed: Sequence[Any], asked: Sequence[Any]) -> None:
    """``panel`` is the tab's ``elem_id``, ``changed`` are the events by which a visitor changes the
    file that was read, and ``asked`` those that ask for a new answer. To be called before these
    lead to anything else: handlers wait for each other."""
    if changed:
        gr.on(list(changed), None, js=_mark(panel, "panel.dataset.stale = 'changed'"), **QUICK)
    gr.on(
        list(asked),
        None,
        js=_mark(panel, "if (panel.dataset.stale) panel.dataset.stale = 'asked'"),
        **QUICK,
    )


def is_fresh_after(panel: str, answers: Sequence[Dependency]) -> None:
    """``answers`` are what the asking leads to; one that fails leaves the mark."""
    for answer in answers:
        answer.success(
            None,
            js=_mark(panel, "if (panel.dataset.stale === 'asked') delete panel.dataset.stale"),
            **QUICK,
        )


def ends_without_input(
    text: gr.Textbox,
    picture: gr.Image,
    answer: Sequence[gr.HTML],
    empty: str,
    questions: Questions,
) -> None:
    """Where neither text nor picture is left, there is no verdict (the first of ``answer``) either:
    the sentence ``empty``; what was asked before, of ``questions``, is not awaited any more."""

    def emptied(
        words: str | None, source: str | bytes | None, request: gr.Request
    ) -> tuple[Any, Any]:
        if source is not None or replace_lone_surrogates(words).strip():
            return gr.skip(), gr.skip()
        questions.begin(request)
        return render.message(empty), ""

    gr.on([text.blur, picture.clear], emptied, [text, picture], list(answer), **QUICK)


def _mark(panel: str, statement: str) -> str:
    return f"() => {{ const panel = document.getElementById({json.dumps(panel)}); {statement}; }}"
