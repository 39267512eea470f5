"""Splits a clip into spans that cover all of its time: utterances, and the gaps between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmsent.mel import fixed_windows
from mmsent.transcribe import RecognisedCue
from mmsent.transcripts import Cue
from mmsent.vad import MIN_STRETCH

MIN_PAUSE = 1.0  # seconds without speech that are more than a breath


@dataclass(frozen=True)
class Span:
    """A part of a clip from ``start`` to ``end`` in seconds. Without speech only faces are used,
    and ``text`` is "". ``doubtful`` where speech recognition was unsure of the words."""

    start: float
    end: float
    text: str
    has_speech: bool = True
    doubtful: bool = False


def cover_clip(
    cues: Sequence[Cue], stretches: Sequence[tuple[float, float]], duration: float
) -> list[Span]:
    """The ``cues`` and the gaps between them as spans, in order. Gaps are split into ``stretches``
    of speech and pauses; pauses shorter than MIN_PAUSE are left out, longer ones are split into
    windows of about four seconds."""
    spans = [
        Span(cue.start, cue.end, cue.text, doubtful=isinstance(cue, RecognisedCue) and cue.doubtful)
        for cue in cues
    ]
    for low, high in _gaps([(cue.start, cue.end) for cue in cues], duration):
        speech = [
            (max(start, low), min(end, high))
            for start, end in stretches
            if min(end, high) - max(start, low) >= MIN_STRETCH
        ]
        spans += [Span(start, end, "") for start, end in speech]
        for start, end in _gaps(speech, high, low):
            if end - start >= MIN_PAUSE:
                windows = np.array(fixed_windows(end - start)) + start
                spans += [
                    Span(first, last, "", has_speech=False) for first, last in windows.tolist()
                ]
    return sorted(spans, key=lambda span: span.start)


def _gaps(
    covered: Sequence[tuple[float, float]], high: float, low: float = 0.0
) -> Iterator[tuple[float, float]]:
    """The parts of the time from ``low`` to ``high`` that are not ``covered``."""
    for start, end in sorted(covered):
        if start > low:
            yield low, start
        low = max(low, end)
    if high > low:
        yield low, high
