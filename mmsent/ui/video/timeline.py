"""The timeline of a clip: sound, seven emotions, what each modality says, the utterances and the
faces. Pure functions.

Everything that can be pressed carries the second it leads to in ``data-seek``; video.js moves the
player there.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Final

from mmsent.labels import CONVERSATION_COLOURS, CONVERSATION_EMOTIONS, FACE_TO_CONVERSATION
from mmsent.results import ClipFace, Moment, Scores, VideoResult
from mmsent.ui.common import render
from mmsent.ui.video.render import MODALITIES, clock

WIDE, HIGH = 1000, 24  # of a drawing, which is then stretched to the page
TICKS: Final = 6  # at most
STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)  # seconds
LEAD_TILES, OTHER_TILES, OTHERS = 12, 4, 3


def timeline_html(result: VideoResult) -> str:
    """Rows over the same seconds under one slider, which is the playhead. ``result`` has a moment
    at least."""
    duration = seconds_of(result)
    emotions = "".join(
        _band(name, _emotion(name, result.moments, duration), CONVERSATION_COLOURS[name])
        for name in CONVERSATION_EMOTIONS
    )
    lanes = [
        ("Together", lambda moment: moment.emotion),
        ("Sentiment", lambda moment: moment.sentiment),
    ]
    lanes += [
        (MODALITIES[name], _side(name))
        for name in MODALITIES
        if any(name in one.by_modality for one in result.moments)
    ]
    spoken = "".join(
        _band(title, _lane(result.moments, duration, scores)) for title, scores in lanes
    )
    return (
        f'<div class="timeline">{_sound(result)}{emotions}{spoken}{_conflicts(result.moments, duration)}{_axis(duration)}'
        f'<div class="plot" role="slider" tabindex="0" aria-label="Timeline; arrow keys move the player" aria-valuemin="0" '
        f'aria-valuemax="{duration:.1f}" aria-valuenow="0" aria-valuetext="0:00"><div class="head"></div></div></div>'
        '<p class="hint">Click anywhere to move the player there. The higher a bar, the more probable the emotion.</p>'
    )


def moments_html(result: VideoResult) -> str:
    """The utterances, each a button that leads to its start."""
    items = "".join(
        f"<li>{_moment(index, moment)}</li>" for index, moment in enumerate(result.moments)
    )
    return f'<h3>Moment by moment</h3><ol class="moments">{items}</ol>'


def faces_html(result: VideoResult) -> str:
    """Faces through the clip, the leading one first; video.js draws each from the visitor's own
    copy of the clip."""
    if not result.faces:
        return ""
    tracks: dict[int, list[ClipFace]] = defaultdict(list)
    for face in result.faces:
        tracks[face.track].append(face)
    others = sorted(number for number in tracks if number != result.lead)
    shown = [number for number in (result.lead, *others[:OTHERS]) if number in tracks]
    rows = "".join(
        _strip(number, tracks[number], number == result.lead)
        for number in shown
        if number is not None
    )
    more = (
        f'<p class="hint">And {len(others) - OTHERS} more, seen for shorter.</p>'
        if len(others) > OTHERS
        else ""
    )
    return f"<h3>Faces</h3>{rows}{more}"


def seconds_of(result: VideoResult) -> float:
    """How long the timeline is; never 0, and never shorter than its moments."""
    return max(result.duration, *(moment.end for moment in result.moments), 0.1)


def heard_words(moment: Moment) -> str:
    words = moment.text.strip()
    return f"{words} (hard to hear)" if words and moment.doubtful else words or "(no words)"


def _band(name: str, inside: str, colour: str = "") -> str:
    dot = f'<span class="dot" style="background:{colour}"></span>' if colour else ""
    return f'<div class="band"><span class="name">{dot}{name}</span>{inside}</div>'


def _drawing(alt: str, inside: str) -> str:
    return (
        f'<svg class="row" viewBox="0 0 {WIDE} {HIGH}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(alt)}">{inside}</svg>'
    )


def _emotion(name: str, moments: Sequence[Moment], duration: float) -> str:
    """A bar a moment, as high as the emotion is probable."""
    bars = "".join(
        f'<rect x="{left:.1f}" width="{width:.1f}" y="{HIGH * (1 - p):.1f}" height="{HIGH * p:.1f}"/>'
        for moment in moments
        for left, width in [_place(moment, duration, WIDE)]
        for p in [moment.emotion.as_dict()[name]]
    )
    highest = max(moments, key=lambda moment: moment.emotion.as_dict()[name])
    alt = f"{name}: at most {render.percent(highest.emotion.as_dict()[name])}, at {clock(highest.start)}"
    return _drawing(alt, f'<g fill="{CONVERSATION_COLOURS[name]}">{bars}</g>')


def _sound(result: VideoResult) -> str:
    """The waveform, mirrored at its middle."""
    if not result.loudness:
        return _band("Sound", '<span class="lane none">no sound</span>')
    step = WIDE / len(result.loudness)
    wave = "".join(
        f"M{step * (i + 0.5):.1f} {HIGH / 2 * (1 - level):.1f}V{HIGH / 2 * (1 + level):.1f}"
        for i, level in enumerate(max(level, 0.02) for level in result.loudness)
    )
    return _band(
        "Sound",
        _drawing(
            "Loudness of the sound",
            f'<path class="wave" stroke-width="{step * 0.8:.2f}" d="{wave}"/>',
        ),
    )


def _side(name: str) -> Callable[[Moment], Scores | None]:
    return lambda moment: moment.by_modality.get(name)


def _lane(
    moments: Sequence[Moment], duration: float, scores: Callable[[Moment], Scores | None]
) -> str:
    """The top label of each moment, in words where there is room."""
    parts = "".join(_part(moment, duration, said) for moment in moments if (said := scores(moment)))
    return f'<div class="lane">{parts}</div>'


def _part(moment: Moment, duration: float, scores: Scores) -> str:
    kind, label = (" unsure", "not sure") if scores.unsure else ("", render.spoken(scores.top))
    return f'<span class="part{kind}" style="{_style(moment, duration)};--side:{render.COLOURS[scores.top]}">{label}</span>'


def _conflicts(moments: Sequence[Moment], duration: float) -> str:
    """Where words and face disagree; nothing where they never do."""
    marks = "".join(
        f'<span class="part clash" style="{_style(moment, duration)}" title="Words and face disagree">words and face</span>'
        for moment in moments
        if moment.conflict
    )
    return _band("Disagreement", f'<div class="lane">{marks}</div>') if marks else ""


def _axis(duration: float) -> str:
    step = next((step for step in STEPS if duration / step < TICKS), STEPS[-1])
    # a word at the very end would not fit
    times = [step * i for i in range(int(0.95 * duration / step) + 1)]
    ticks = "".join(
        f'<span style="left:{100 * at / duration:.2f}%">{clock(at)}</span>' for at in times
    )
    return f'<div class="band axis" aria-hidden="true"><span class="name"></span><div class="lane">{ticks}</div></div>'


def _place(moment: Moment, duration: float, width: float) -> tuple[float, float]:
    """Left edge and width of a moment on a line of ``width``; a hair's breadth is left free to the
    next one."""
    return width * moment.start / duration, width * max(
        (moment.end - moment.start) / duration - 0.002, 0.002
    )


def _style(moment: Moment, duration: float) -> str:
    left, width = _place(moment, duration, 100)
    return f"left:{left:.2f}%;width:{width:.2f}%"


def _moment(index: int, moment: Moment) -> str:
    clash = '<span class="chip">words and face disagree</span>' if moment.conflict else ""
    felt = render.caption(moment.emotion)
    return (
        f'<button type="button" data-seek="{moment.start:.3f}" data-moment="{index}" tabindex="{0 if index == 0 else -1}">'
        f'<span class="when">{clock(moment.start)}</span><span class="said" dir="auto">{escape(heard_words(moment))}</span>'
        f'<span class="felt"><span class="dot" style="background:{_colour(moment.emotion)}"></span>{escape(felt)}{clash}</span>'
        "</button>"
    )


def _colour(scores: Scores) -> str:
    return "transparent" if scores.unsure else render.COLOURS[scores.top]


def _face(scores: Scores) -> Scores:
    """A face's emotions in the words that the rest of the clip has."""
    return replace(
        scores, labels=tuple(FACE_TO_CONVERSATION.get(label, label) for label in scores.labels)
    )


def _strip(track: int, faces: Sequence[ClipFace], lead: bool) -> str:
    most = min(LEAD_TILES if lead else OTHER_TILES, len(faces))
    chosen = [faces[round((i + 0.5) * len(faces) / most - 0.5)] for i in range(most)]
    title = f"Face {track}, the one that counts" if lead else f"Face {track}"
    return f'<h4>{title}</h4><div class="strip">{"".join(map(_tile, chosen))}</div>'


def _tile(face: ClipFace) -> str:
    emotions = _face(face.emotions)
    return (
        f'<button type="button" class="tile" data-seek="{face.time:.3f}" data-box="{",".join(map(str, face.box))}" '
        f'data-colour="{_colour(emotions)}"><canvas width="112" height="112" aria-hidden="true"></canvas>'
        f"<span>{clock(face.time)}</span><span>{escape(render.caption(emotions))}</span></button>"
    )
