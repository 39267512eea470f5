"""What replaces private parts of Gradio, so that a part which is gone is noticed and not a guard
lost in silence."""

from typing import Any


class MissingPartError(RuntimeError):
    """This version of Gradio has no such part; the page must not start without what replaces it."""


def replace(owner: Any, name: str, new: Any) -> None:
    """Puts ``new`` in the place of ``owner.name``; ``owner`` is a module, class or object of
    Gradio.

    Raises MissingPartError where there is nothing to replace: after a renaming the replacement
    would stand there unused.
    """
    if not hasattr(owner, name):
        where = getattr(owner, "__name__", type(owner).__name__)
        raise MissingPartError(
            f"Gradio has no {where}.{name} any more; install the version that requirements.txt "
            "names."
        )
    setattr(owner, name, new)
