"""One place in each tab where an answer is taken away, right below the verdict: files, its words,
and a link to an example."""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from mmsent.ui.common.html import joined

FORMATS: Final = {
    "csv": "Table (CSV)",
    "json": "Numbers (JSON)",
    "srt": "Subtitles (SRT)",
    "png": "Picture (PNG)",
    "mp4": "Annotated video (MP4)",
}
_SAVE: Final = Markup('<button type="button" data-save="{}">{}</button>')


def export_html(formats: Iterable[str], text: str) -> Markup:
    """A button for each of ``formats``, names of FORMATS, which the module of the view saves; then
    one that copies ``text``, and one that copies the address, shown only where that leads to an
    example (export.js)."""
    return Markup(
        '<section class="export" aria-label="Export" data-text="{text}"><h3>Export</h3><div class="buttons">{saves}'
        '<button type="button" data-copy="text">Copy as text</button>'
        '<button type="button" data-copy="link" hidden>Copy link</button></div>'
        '<p class="copied" role="status"></p></section>'
    ).format(text=text, saves=joined(_SAVE.format(name, FORMATS[name]) for name in formats))
