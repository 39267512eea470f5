"""The first screen: what this page is, and an entry for each kind of input with what comes out."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from mmsent.ui.common import assets
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.common.thumbnails import thumbnail_class


class Entry(NamedTuple):
    """``tab`` as in the address, ``?tab=clip``."""

    tab: str
    name: str
    gives: str
    picture: str


ENTRIES: Final = (
    Entry("live", "Face", "Seven emotions, live or in a photo", "astronaut"),
    Entry("review", "Review", "Sentiment, and the words behind it", "coffee"),
    Entry("meme", "Meme", "Sentiment, humour and more", "meme_cat"),
    Entry("clip", "Clip", "Emotion over time", "astronaut"),
)
LINE: Final = "Emotion and sentiment in faces, reviews, memes and clips, with a reason and an honest confidence."
# Names in the address that differ from the id of the tab; "face" is the one tab without a model.
ALIASES: Final = {"clip": "video", "face": "live"}
_ENTRY: Final = Markup(
    '<a class="entry" href="?tab={tab}" data-tab="{tab}"><span class="thumb {picture} of-{tab}"></span>'
    "<span><b>{name}</b><small>{gives}</small></span></a>"
)
_NAV: Final = Markup('<nav class="entries" aria-label="What do you have?">{}</nav>')
# For the head of the document: styles of the page itself come too late, and can't reach the root.
HEAD: Final = Markup(
    "<script>if (new URLSearchParams(location.search).get('tab')) "
    "document.documentElement.dataset.entered = '';</script><style>{}</style>"
).format(Markup(assets.read("common/head.css")))


def masthead_html(entries: Sequence[Entry] = ENTRIES, line: str = LINE) -> Markup:
    """Title, one line, and the entries, which are links."""
    links = joined(
        _ENTRY.format(
            tab=one.tab, name=one.name, gives=one.gives, picture=thumbnail_class(one.picture)
        )
        for one in entries
    )
    return Markup(
        '<div class="masthead"><h1><a href="?" data-tab="">What feeling is in this?</a></h1>'
        "<p>{}</p>{}</div>"
    ).format(line, _NAV.format(links) if links else NOTHING)
