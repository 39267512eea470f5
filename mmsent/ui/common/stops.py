"""Who has asked to stop what is worked on."""

import threading
from collections.abc import Callable

import gradio as gr


class Stops:
    """Who has asked to stop, by page, so that closing the page asks, too."""

    def __init__(self) -> None:
        self._by_page: dict[str, threading.Event] = {}

    def begin(self, request: gr.Request) -> None:
        self._by_page[request.session_hash or ""] = threading.Event()

    def ask(self, request: gr.Request) -> bool:
        """Whether there is anything under way to stop."""
        asked = self._by_page.get(request.session_hash or "")
        if asked is None or asked.is_set():
            return False
        asked.set()
        return True

    def asked(self, request: gr.Request) -> Callable[[], bool]:
        """Whether this page's work, begun last, is to stop."""
        return self._by_page.setdefault(request.session_hash or "", threading.Event()).is_set

    def end(self, request: gr.Request) -> None:
        """Nothing is under way any more."""
        self._by_page.pop(request.session_hash or "", None)

    def leave(self, request: gr.Request) -> None:
        self.ask(request)
        self.end(request)
