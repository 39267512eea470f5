"""Work that may be cancelled: whoever asks for it passes a function that tells whether it is still
wanted."""

from collections.abc import Callable

Cancel = Callable[[], bool] | None  # None: it can't be cancelled


class Cancelled(Exception):  # noqa: N818 (nothing went wrong)
    """The result is no longer wanted."""


def stop_if(cancelled: Cancel) -> None:
    """Raises Cancelled once ``cancelled()`` is true."""
    if cancelled and cancelled():
        raise Cancelled
