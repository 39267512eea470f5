"""The first screen: what this page is, and an entry for each kind of input with what comes out."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from mmsent.ui.common import assets
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.common.thumbnails import thumbnail_class, thumbnails_css

TITLE: Final = "What feeling is in this?"
LINE: Final = (
    "Emotion and sentiment in faces, reviews, memes and clips, with a reason and an honest "
    "confidence."
)


class Entry(NamedTuple):
    """``tab`` and ``example`` as in the address, ``?tab=clip&example=portrait``; "" where the tab
    shows an answered example by itself."""

    tab: str
    name: str
    gives: str
    picture: str
    example: str = ""


ENTRIES: Final = (
    Entry("live", "Face", "Seven emotions, live or in a photo", "astronaut"),
    Entry("review", "Review", "Sentiment, and the words behind it", "coffee", "coffee"),
    Entry("meme", "Meme", "Sentiment, humour and more", "meme_cat", "broccoli"),
    Entry("clip", "Clip", "Emotion over time", "astronaut", "portrait"),
)
# Names in the address that differ from the id of the tab; "face" is the one tab without a model.
ALIASES: Final = {"clip": "video", "face": "live"}
_ENTRY: Final = Markup(
    '<a class="entry" href="{href}" data-tab="{tab}" data-example="{example}"><span class="thumb {picture} of-{tab}"></span>'
    "<span><b>{name}</b><small>{gives}</small></span></a>"
)
# What every visitor may want at any time, wherever it stands in the page. asides.js, without which
# nobody would hear, switches them on.
_ASIDES: Final = Markup(
    '<ul class="asides"><li><button type="button" data-opens="about" disabled>How good is it?</button>'
    '</li><li><button type="button" data-opens="privacy" disabled>{}</button></li></ul>'
)
PRIVACY: Final = "Privacy and deletion"
_MASTHEAD: Final = Markup(
    '<div class="title"><h1><a href="?" data-tab="">{}</a></h1>{}</div><p>{}</p>{}'
)
_NAV: Final = Markup('<nav class="entries" aria-label="What do you have?">{}</nav>')
NO_SCRIPTS: Final = Markup(
    '<noscript><p class="notice-card">This page needs JavaScript.</p></noscript>'
)
# In the document itself: styles of the page come with Gradio, which is too late for what is seen first.
HEAD: Final = Markup(
    "<script>if (new URLSearchParams(location.search).get('tab')) "
    "document.documentElement.dataset.entered = '';</script><style>{}</style>"
).format(Markup(assets.read("common/head.css", "common/masthead.css") + thumbnails_css()))


def masthead_html(
    entries: Sequence[Entry] = ENTRIES, line: str = LINE, privacy: str = PRIVACY
) -> Markup:
    """Title, one line, and the entries, which are links. ``privacy`` names what stands in the fold
    of that name."""
    return Markup('<div class="masthead">{}</div>').format(_inside(entries, line, privacy))


def first_screen_html() -> Markup:
    """The same at the same place, over Gradio, until Gradio has it; its links lead somewhere from
    the beginning. Below it stands the shape of what comes."""
    return Markup(
        '<div class="first" id="first-screen">{}{}<div class="bones" aria-hidden="true"><i></i><i></i><i></i></div></div>'
    ).format(_inside(ENTRIES, LINE, PRIVACY), NO_SCRIPTS)


def _inside(entries: Sequence[Entry], line: str, privacy: str) -> Markup:
    links = joined(
        _ENTRY.format(
            href=f"?tab={one.tab}" + (f"&example={one.example}" if one.example else ""),
            tab=one.tab,
            example=one.example,
            name=one.name,
            gives=one.gives,
            picture=thumbnail_class(one.picture),
        )
        for one in entries
    )
    asides = _ASIDES.format(privacy)
    return _MASTHEAD.format(TITLE, asides, line, _NAV.format(links) if links else NOTHING)
