"""An answer that is older than what it was asked about: dimmed, with a sentence, until the next
answer comes.

The state stands on the tab's panel, which outlives a change of tabs, as ``data-stale``: "changed",
or "asked" while a new answer is on its way, so that whoever changes the input meanwhile sees that,
too. How it looks is in answers.css.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from mmsent.text import replace_lone_surrogates
from mmsent.ui.common import assets
from mmsent.ui.common.explain import Changes
from mmsent.ui.common.questions import Questions

# reasons that are on their way to an answer that is gone
CANCEL: Final = "panel.querySelector('.explain-cancel')?.click()"
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
        gr.on(
            list(changed),
            None,
            js=_mark(panel, f"panel.dataset.stale = 'changed'; {CANCEL}"),
            **QUICK,
        )
    gr.on(
        list(asked),
        None,
        js=_mark(panel, f"if (panel.dataset.stale) panel.dataset.stale = 'asked'; {CANCEL}"),
        **QUICK,
    )


def ends_reasons(panel: str, events: Sequence[Any]) -> None:
    """``events`` change what the answer is about without asking anew of the input, so reasons that
    are on their way are cancelled."""
    gr.on(list(events), None, js=_mark(panel, CANCEL), **QUICK)


def is_fresh_after(panel: str, answers: Sequence[Dependency]) -> None:
    """``answers`` are what the asking leads to; one that fails leaves the mark."""
    for answer in answers:
        answer.success(
            None,
            js=_mark(panel, "if (panel.dataset.stale === 'asked') delete panel.dataset.stale"),
            **QUICK,
        )


def ends_without_input(
    text: gr.Textbox, picture: gr.Image, empty: Changes, questions: Questions
) -> None:
    """Where neither text nor picture is left, there is no answer either: ``empty`` is shown, and
    what was asked before, of ``questions``, is not awaited any more."""

    def emptied(words: str | None, source: str | bytes | None, request: gr.Request) -> Changes:
        if source is not None or replace_lone_surrogates(words).strip():
            return dict.fromkeys(empty, gr.skip())
        questions.begin(request)
        return empty

    gr.on([text.blur, picture.clear], emptied, [text, picture], list(empty), **QUICK)


def _mark(panel: str, statement: str) -> str:
    return f"() => {{ const panel = document.getElementById({json.dumps(panel)}); {statement}; }}"
