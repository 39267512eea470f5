"""No time of a clip is left out: what lies between utterances is of its own."""

import numpy as np
import pytest

from mmsent.pipelines.clip_spans import MIN_PAUSE, Span, cover_clip
from mmsent.transcripts import Cue


def told(spans: list[Span]) -> list[tuple[float, float, str, bool]]:
    return [
        (round(span.start, 2), round(span.end, 2), span.text, span.has_speech) for span in spans
    ]


def test_what_is_before_between_and_behind_utterances_is_covered() -> None:
    spans = cover_clip([Cue(2.0, 4.0, "Hi"), Cue(6.0, 7.0, "Bye")], [], 20.0)
    assert told(spans) == [
        (0.0, 2.0, "", False),
        (2.0, 4.0, "Hi", True),
        (4.0, 6.0, "", False),
        (6.0, 7.0, "Bye", True),
        (7.0, 11.33, "", False),
        (11.33, 15.67, "", False),
        (15.67, 20.0, "", False),
    ]


def test_who_takes_breath_is_still_talking() -> None:
    spans = cover_clip([Cue(0.5, 2.0, "One"), Cue(2.9, 4.0, "two")], [], 4.9)
    assert told(spans) == [(0.5, 2.0, "One", True), (2.9, 4.0, "two", True)]


def test_speech_that_the_transcript_leaves_out_keeps_its_voice() -> None:
    spans = cover_clip([Cue(0.0, 3.0, "Hi")], [(0.1, 3.2), (8.0, 10.0)], 12.0)
    assert told(spans) == [
        (0.0, 3.0, "Hi", True),
        (3.0, 8.0, "", False),
        (8.0, 10.0, "", True),
        (10.0, 12.0, "", False),
    ]


def test_cues_over_one_another_and_none_at_all() -> None:
    assert told(cover_clip([Cue(0.0, 9.0, "a"), Cue(1.0, 2.0, "b")], [], 9.5)) == [
        (0.0, 9.0, "a", True),
        (1.0, 2.0, "b", True),
    ]
    assert told(cover_clip([], [], 3.0)) == [(0.0, 3.0, "", False)]
    assert cover_clip([], [], 0.0) == []


@pytest.mark.parametrize("seed", range(20))
def test_all_but_short_pauses_is_covered_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    edges = np.sort(random.uniform(0, 60, 12)).tolist()
    cues = [Cue(*pair, "x") for pair in zip(edges[::4], edges[1::4], strict=True)]
    stretches = list(zip(edges[2::4], edges[3::4], strict=True))
    spans = cover_clip(cues, stretches, 60.0)
    ends = [0.0, *(span.end for span in spans)]
    for end, span in zip(ends, spans, strict=False):
        assert -1e-9 <= span.start - end < MIN_PAUSE + 0.5
    assert 60.0 - ends[-1] < MIN_PAUSE + 0.5
    assert [span.text for span in spans if span.text] == ["x"] * len(cues)
    assert all(span.end - span.start <= 6 for span in spans if not span.has_speech)
