"""HTML whose values are escaped by themselves: they go into templates of MarkupSafe, never into
f-strings."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

NOTHING: Final = Markup("")
NOTE: Final = Markup('<p class="note">{}</p>')
DOT: Final = Markup('<span class="dot" style="background:{}"></span>')


def joined(parts: Iterable[str]) -> Markup:
    """The parts one after the other; what is plain text among them is escaped."""
    return NOTHING.join(parts)


def notes_html(notes: Iterable[str]) -> Markup:
    """What the reader should know about an answer, a paragraph each."""
    return joined(NOTE.format(note) for note in notes)
