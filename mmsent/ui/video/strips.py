"""The faces of a clip in strips. Pure functions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from mmsent.labels import FACE_TO_CONVERSATION
from mmsent.results import ClipFace, Scores, VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.html import NOTHING, joined
from mmsent.ui.video.render import clock
from mmsent.ui.video.timeline import colour_of

LEAD_TILES, OTHER_TILES, OTHERS = 12, 4, 3


def faces_html(result: VideoResult) -> Markup:
    """Faces through the clip, the leading one first; video.js draws each from the visitor's own
    copy of the clip."""
    if not result.faces:
        return NOTHING
    tracks: dict[int, list[ClipFace]] = defaultdict(list)
    for face in result.faces:
        tracks[face.track].append(face)
    others = sorted(number for number in tracks if number != result.lead)
    shown = [number for number in (result.lead, *others[:OTHERS]) if number in tracks]
    rows = joined(
        _strip(number, tracks[number], number == result.lead)
        for number in shown
        if number is not None
    )
    more, hint = len(others) - OTHERS, Markup('<p class="hint">And {} more, seen for shorter.</p>')
    fold = Markup('<details class="part-of" open><summary>Faces</summary>{}{}</details>')
    return fold.format(rows, hint.format(more) if more > 0 else NOTHING)


def _face(scores: Scores) -> Scores:
    """A face's emotions in the words that the rest of the clip has."""
    return replace(
        scores, labels=tuple(FACE_TO_CONVERSATION.get(label, label) for label in scores.labels)
    )


def _strip(track: int, faces: Sequence[ClipFace], lead: bool) -> Markup:
    most = min(LEAD_TILES if lead else OTHER_TILES, len(faces))
    chosen = [faces[round((i + 0.5) * len(faces) / most - 0.5)] for i in range(most)]
    title = f"Face {track}, the one that counts" if lead else f"Face {track}"
    return Markup('<h4>{}</h4><div class="strip">{}</div>').format(
        title, joined(map(_tile, chosen))
    )


def _tile(face: ClipFace) -> Markup:
    emotions = _face(face.emotions)
    return Markup(
        '<button type="button" class="tile" data-seek="{time:.3f}" data-box="{box}" data-colour="{colour}">'
        '<canvas width="112" height="112" aria-hidden="true"></canvas>'
        "<span>{when}</span><span>{felt}</span></button>"
    ).format(
        time=face.time,
        box=",".join(map(str, face.box)),
        colour=colour_of(emotions),
        when=clock(face.time),
        felt=render.caption(emotions),
    )
