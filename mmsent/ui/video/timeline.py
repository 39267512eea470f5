"""The timeline of a clip: sound, seven emotions, what each modality says, and the utterances.
Pure functions.

Everything that can be pressed carries the second it leads to in ``data-seek``; video.js moves the
player there.
"""

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup

from mmsent.labels import (
    CONVERSATION_COLOURS,
    CONVERSATION_EMOTIONS,
    NOT_SURE,
)
from mmsent.results import Moment, Scores, VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.html import DOT, NOTHING, joined
from mmsent.ui.video.reasons import MODALITIES
from mmsent.ui.video.render import clock

WIDE, HIGH = 1000, 24  # of a drawing, which is then stretched to the page
TICKS: Final = 6  # at most
STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)  # seconds
LANE: Final = Markup('<div class="lane">{}</div>')


def timeline_html(result: VideoResult) -> Markup:
    """Rows over the same seconds under one slider, which is the playhead. ``result`` has a moment
    at least."""
    duration = seconds_of(result)
    emotions = joined(
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
    spoken = joined(
        _band(title, _lane(result.moments, duration, scores)) for title, scores in lanes
    )
    return Markup(
        '<div class="timeline">{sound}{emotions}{spoken}{conflicts}{axis}'
        '<div class="plot" role="slider" tabindex="0" aria-label="Timeline; arrow keys move the player" aria-valuemin="0" '
        'aria-valuemax="{duration:.1f}" aria-valuenow="0" aria-valuetext="0:00"><div class="head"></div></div></div>'
        '<p class="hint">Click anywhere to move the player there. The higher a bar, the more probable the emotion.</p>'
    ).format(
        sound=_sound(result),
        emotions=emotions,
        spoken=spoken,
        conflicts=_conflicts(result.moments, duration),
        axis=_axis(duration),
        duration=duration,
    )


def moments_html(result: VideoResult) -> Markup:
    """The utterances, each a button that leads to its start."""
    items = joined(
        Markup("<li>{}</li>").format(_moment(index, moment))
        for index, moment in enumerate(result.moments)
    )
    return Markup(
        '<details class="part-of" open><summary>Moment by moment</summary><ol class="moments">{}</ol></details>'
    ).format(items)


def seconds_of(result: VideoResult) -> float:
    """How long the timeline is; never 0, and never shorter than its moments."""
    return max(result.duration, *(moment.end for moment in result.moments), 0.1)


def heard_words(moment: Moment) -> str:
    words = moment.text.strip()
    return f"{words} (hard to hear)" if words and moment.doubtful else words or "(no words)"


def _band(name: str, inside: Markup, colour: str = "") -> Markup:
    dot = DOT.format(colour) if colour else NOTHING
    return Markup('<div class="band"><span class="name">{}{}</span>{}</div>').format(
        dot, name, inside
    )


def _drawing(alt: str, inside: Markup) -> Markup:
    return Markup(
        '<svg class="row" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(WIDE, HIGH, alt, inside)


def _emotion(name: str, moments: Sequence[Moment], duration: float) -> Markup:
    """A bar a moment, as high as the emotion is probable."""
    bar = Markup('<rect x="{:.1f}" width="{:.1f}" y="{:.1f}" height="{:.1f}"/>')
    bars = joined(
        bar.format(left, width, HIGH * (1 - p), HIGH * p)
        for moment in moments
        for left, width in [_place(moment, duration, WIDE)]
        for p in [moment.emotion.as_dict()[name]]
    )
    highest = max(moments, key=lambda moment: moment.emotion.as_dict()[name])
    alt = f"{name}: at most {render.percent(highest.emotion.as_dict()[name])}, at {clock(highest.start)}"
    return _drawing(alt, Markup('<g fill="{}">{}</g>').format(CONVERSATION_COLOURS[name], bars))


def _sound(result: VideoResult) -> Markup:
    """The waveform, mirrored at its middle."""
    if not result.loudness:
        return _band("Sound", Markup('<span class="lane none">no sound</span>'))
    step = WIDE / len(result.loudness)
    wave = "".join(
        f"M{step * (i + 0.5):.1f} {HIGH / 2 * (1 - level):.1f}V{HIGH / 2 * (1 + level):.1f}"
        for i, level in enumerate(max(level, 0.02) for level in result.loudness)
    )
    path = Markup('<path class="wave" stroke-width="{:.2f}" d="{}"/>').format(step * 0.8, wave)
    return _band("Sound", _drawing("Loudness of the sound", path))


def _side(name: str) -> Callable[[Moment], Scores | None]:
    return lambda moment: moment.by_modality.get(name)


def _lane(
    moments: Sequence[Moment], duration: float, scores: Callable[[Moment], Scores | None]
) -> Markup:
    """The top label of each moment, in words where there is room."""
    return LANE.format(
        joined(_part(moment, duration, said) for moment in moments if (said := scores(moment)))
    )


def _part(moment: Moment, duration: float, scores: Scores) -> Markup:
    kind, label = (" unsure", NOT_SURE) if scores.unsure else ("", render.spoken(scores.top))
    return Markup('<span class="part{}" style="{};--side:{}">{}</span>').format(
        kind, _style(moment, duration), render.COLOURS[scores.top], label
    )


def _conflicts(moments: Sequence[Moment], duration: float) -> Markup:
    """Where words and face disagree; nothing where they never do."""
    mark = Markup(
        '<span class="part clash" style="{}" title="Words and face disagree">words and face</span>'
    )
    marks = joined(mark.format(_style(moment, duration)) for moment in moments if moment.conflict)
    return _band("Disagreement", LANE.format(marks)) if marks else NOTHING


def _axis(duration: float) -> Markup:
    step = next((step for step in STEPS if duration / step < TICKS), STEPS[-1])
    # a word at the very end would not fit
    times = [step * i for i in range(int(0.95 * duration / step) + 1)]
    tick = Markup('<span style="left:{:.2f}%">{}</span>')
    ticks = joined(tick.format(100 * at / duration, clock(at)) for at in times)
    return Markup(
        '<div class="band axis" aria-hidden="true"><span class="name"></span>{}</div>'
    ).format(LANE.format(ticks))


def _place(moment: Moment, duration: float, width: float) -> tuple[float, float]:
    """Left edge and width of a moment on a line of ``width``; a hair's breadth is left free to the
    next one."""
    return width * moment.start / duration, width * max(
        (moment.end - moment.start) / duration - 0.002, 0.002
    )


def _style(moment: Moment, duration: float) -> str:
    left, width = _place(moment, duration, 100)
    return f"left:{left:.2f}%;width:{width:.2f}%"


def _moment(index: int, moment: Moment) -> Markup:
    clash = Markup('<span class="chip">words and face disagree</span>')
    return Markup(
        '<button type="button" data-seek="{start:.3f}" data-moment="{index}" tabindex="{tab}">'
        '<span class="when">{when}</span><span class="said" dir="auto">{said}</span>'
        '<span class="felt">{dot}{felt}{clash}</span></button>'
    ).format(
        start=moment.start,
        index=index,
        tab=0 if index == 0 else -1,
        when=clock(moment.start),
        said=heard_words(moment),
        dot=DOT.format(colour_of(moment.emotion)),
        felt=render.caption(moment.emotion),
        clash=clash if moment.conflict else NOTHING,
    )


def colour_of(scores: Scores) -> str:
    """Of the label that is told."""
    return "transparent" if scores.unsure else str(render.COLOURS[scores.top])
