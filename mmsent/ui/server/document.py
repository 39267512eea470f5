"""The HTML in which Gradio starts the page: its own, but compressed, with what is told of the page where its address
is shared, and with a first screen that is there before any script has run."""

import hashlib
import re
from typing import Final, cast

from gradio import routes
from gradio.brotli_middleware import BrotliMiddleware
from jinja2 import BaseLoader, ChoiceLoader, DictLoader
from markupsafe import Markup
from starlette.types import Scope

from mmsent.ui.common import downloads
from mmsent.ui.common.social_card import SIZE, social_card
from mmsent.ui.masthead import ENTRIES, HEAD, LINE, TITLE, first_screen_html
from mmsent.ui.server.gradio_patches import MissingPartError, replace

NAME: Final = "frontend/index.html"
# What Gradio says of itself, and its picture, which lies on somebody else's server.
_ABOUT_GRADIO: Final = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')
# a round face on the colour of the buttons
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Ccircle cx='16' cy='16' r='16' fill='%230f766e'/%3E%3Cg fill='none' stroke='%23fff' "
    "stroke-width='3' stroke-linecap='round'%3E%3Cpath d='M11 12v1M21 12v1M9 19q7 7 14 0'/%3E%3C/g%3E%3C/svg%3E"
)
# {root} is filled in by Gradio, for each request: the address at which the visitor sees the page.
_ABOUT: Final = Markup("""
<title>{title}</title>
<link rel="icon" href="{icon}">
<meta name="description" content="{line}">
<meta property="og:site_name" content="mmsent">
<meta property="og:type" content="website">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{line}">
<meta property="og:url" content="{root}/">
<meta property="og:image" content="{root}/{card}">
<meta property="og:image:type" content="image/jpeg">
<meta property="og:image:width" content="{wide}">
<meta property="og:image:height" content="{high}">
<meta property="og:image:alt" content="{alt}">
<meta name="twitter:card" content="summary_large_image">
""")
_RAW: Final = Markup("{{% raw %}}{}{{% endraw %}}")  # nothing of it is for Gradio to fill in
_ROOT: Final = Markup("{{ config['root'] }}")

_is_compressible_file: Final = BrotliMiddleware._is_compressible_file_type
_loader: Final = cast(BaseLoader, routes.templates.env.loader)  # made of a folder, so it has one


def serve_document() -> None:
    """For every page that is launched or mounted from now on. Raises MissingPartError where Gradio's
    own HTML has changed."""
    replace(routes.templates.env, "loader", ChoiceLoader([DictLoader({NAME: document()}), _loader]))
    replace(BrotliMiddleware, "_is_compressible_file_type", _is_compressible)


def _is_compressible(self: BrotliMiddleware, scope: Scope) -> bool:
    """The page itself, too, whose address has no ending by which Gradio would know it."""
    return scope.get("path", "").endswith("/") or _is_compressible_file(self, scope)


def document() -> str:
    """The template, which Gradio fills in for each visitor."""
    source, *_ = _loader.get_source(routes.templates.env, NAME)
    text, metas = _ABOUT_GRADIO.subn("", source)
    head, body = "</head>", "<gradio-app"
    if not metas or text.count(head) != 1 or text.count(body) != 1:
        raise MissingPartError(f"Gradio's {NAME} is not what it was when mmsent was written.")
    # plain text: beside Markup, Gradio's own HTML would be escaped
    for part, before in ((head, HEAD), (body, first_screen_html())):
        text = text.replace(part, str(_RAW.format(before)) + part)
    start, opening, rest = text.partition("<head>")
    return "".join((start, opening, str(_about()), rest))


def _about() -> Markup:
    card = social_card(TITLE, LINE, tuple((one.picture, one.name) for one in ENTRIES))
    path = downloads.offer("card.jpg", hashlib.sha256(card).hexdigest()[:12], lambda: card)
    return _ABOUT.format(
        title=f"mmsent: {TITLE[0].lower()}{TITLE[1:]}",
        line=LINE,
        icon=_ICON,
        root=_ROOT,
        card=f"{downloads.ADDRESS}/{path}",
        wide=SIZE[0],
        high=SIZE[1],
        alt=f"{TITLE} {', '.join(one.name for one in ENTRIES)}, each with an example.",
    )
