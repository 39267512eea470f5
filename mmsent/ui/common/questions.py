"""Which question of a page is its last, so that an answer that comes late changes nothing."""

from collections.abc import Callable
from itertools import count

import gradio as gr


class Questions:
    """The last question of each page; may be asked from several threads."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._last: dict[str, int] = {}

    def begin(self, request: gr.Request) -> Callable[[], bool]:
        """A new question of this page; what is returned tells whether it still is the last one."""
        page, number = request.session_hash or "", next(self._numbers)
        self._last[page] = number
        return lambda: self._last.get(page) == number

    def leave(self, request: gr.Request) -> None:
        """The page is closed, so nothing is awaited any more."""
        self._last.pop(request.session_hash or "", None)
