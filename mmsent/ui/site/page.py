"""The one page of the static site: the markup that the app's tabs are made of, without Gradio
around it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common import assets
from mmsent.ui.common.about import ABOUT, identity_html
from mmsent.ui.common.example_button import INVITATION
from mmsent.ui.common.notice import AT_CONSENT_ON_DEVICE, FOLDED_ON_DEVICE
from mmsent.ui.common.theme import STYLES, variables_css
from mmsent.ui.common.thumbnails import thumbnail_class, thumbnails_css
from mmsent.ui.face import example, live_view, photo_view
from mmsent.ui.face.about import about_html
from mmsent.ui.face.photo_settings import EXAMPLE_BUTTON
from mmsent.ui.face.tab import AGREED, ASTRONAUT, CONSENT, CONSENT_INFO, LIVE, PHOTO
from mmsent.ui.masthead import masthead_html
from mmsent.version import __version__

TITLE: Final = "mmsent: what feeling is in this face?"
LINE: Final = (
    "Seven emotions of the faces before your camera or in a photo, with an honest confidence. They are "
    "read on your own device."
)
# Before anything is drawn, so that a dark page never flashes up in white.
SCHEME: Final = (
    "(dark => { const set = () => document.body.classList.toggle('dark', dark.matches); set(); "
    "dark.addEventListener('change', set); })(matchMedia('(prefers-color-scheme: dark)'));"
)
# The browser itself keeps the page from reaching anything but the place that it comes from.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' '{}'; worker-src 'self'; style-src 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' blob: data:; base-uri 'none'; form-action 'none'"
)
# the id of a view, and the styles that count inside of it
VIEWS: Final = {
    "live-example": example.STYLES,
    "live-view": live_view.STYLES,
    "photo-own": photo_view.OWN_STYLES,
    "photo-view": photo_view.VIEW_STYLES,
    "photo-detail": photo_view.VIEW_STYLES,
    "photo-save": photo_view.SAVES_STYLES,
}


def index_html(
    face: FacePipeline, reader: FacePipeline, module: str, settings: Mapping[str, Any]
) -> Markup:
    """The document of the checkpoint ``face``, whose net on the device is that of ``reader``.
    ``module`` is the address of site/page.js, and ``settings`` what that takes, as JSON."""
    template = Markup(assets.read("site/index.html"))
    return template.format(
        policy=POLICY.format(_digest(SCHEME)),
        title=TITLE,
        description=LINE,
        style=Markup(_style()),
        module=module,
        scheme=Markup(SCHEME),
        masthead=masthead_html((), LINE, "Privacy"),
        live_name=LIVE,
        consent=CONSENT,
        consent_info=CONSENT_INFO,
        terms=AT_CONSENT_ON_DEVICE,
        example=example.example_html(example.first_face(reader)),
        live=Markup(assets.read("face/live.html")),
        photo_name=PHOTO,
        photo_own=Markup(assets.read(photo_view.OWN)),
        invitation=INVITATION,
        thumbnail=thumbnail_class(example.EXAMPLE),
        example_id=EXAMPLE_BUTTON,
        example_name=ASTRONAUT,
        agreed=AGREED,
        photo_view=photo_view.VIEW,
        photo_detail=photo_view.DETAIL,
        photo_saves=photo_view.SAVES,
        about_title=ABOUT,
        about=identity_html("face", face, "your own device")
        + about_html(face.metrics, face.folder, "Faces on this page"),
        notice=FOLDED_ON_DEVICE,
        made=f"Made with mmsent {__version__}.",
        settings=_in_script(settings),
    )


def _style() -> str:
    views = (f"#{name} {{\n{assets.read(*styles)}\n}}" for name, styles in VIEWS.items())
    own = assets.read(*STYLES, "site/site.css")
    css = "\n".join((own, thumbnails_css(), *views))
    return f"{variables_css(css)}\n{css}"


def _digest(script: str) -> str:
    """As a Content-Security-Policy names a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _in_script(value: object) -> Markup:
    """JSON that can't end the element around it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))
