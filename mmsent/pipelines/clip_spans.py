"""A clip cut into spans that leave no time out: where somebody speaks, and what lies between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.mel import fixed_windows
from mmsent.subtitles import Cue
from mmsent.transcribe import RecognisedCue
from mmsent.vad import MIN_STRETCH

MIN_PAUSE = 1.0  # seconds without speech that are more than taking breath


@dataclass(frozen=True)
class Span:
    """From ``start`` to ``end`` in seconds. Where nobody speaks only faces count, and ``text`` is
    "". ``doubtful`` where the words were hard to hear."""

    start: float
    end: float
    text: str
    has_speech: bool = True
    doubtful: bool = False


def cover_clip(
    cues: Sequence[Cue], stretches: Sequence[tuple[float, float]], duration: float
) -> list[Span]:
    """The ``cues`` and all the time between them, in order. ``stretches`` in which somebody speaks
    are told from pauses there, too; pauses shorter than MIN_PAUSE are left out, longer ones fall into
    windows of about four seconds."""
    spans = [
        Span(cue.start, cue.end, cue.text, doubtful=isinstance(cue, RecognisedCue) and cue.doubtful)
        for cue in cues
    ]
    for low, high in _gaps([(cue.start, cue.end) for cue in cues], duration):
        heard = [
            (max(start, low), min(end, high))
            for start, end in stretches
            if min(end, high) - max(start, low) >= MIN_STRETCH
        ]
        spans += [Span(start, end, "") for start, end in heard]
        for start, end in _gaps(heard, high, low):
            if end - start >= MIN_PAUSE:
                windows = np.array(fixed_windows(end - start)) + start
                spans += [
                    Span(first, last, "", has_speech=False) for first, last in windows.tolist()
                ]
    return sorted(spans, key=lambda span: span.start)


def _gaps(
    taken: Sequence[tuple[float, float]], high: float, low: float = 0.0
) -> Iterator[tuple[float, float]]:
    """What is left of the time from ``low`` to ``high``."""
    for start, end in sorted(taken):
        if start > low:
            yield low, start
        low = max(low, end)
    if high > low:
        yield low, high
