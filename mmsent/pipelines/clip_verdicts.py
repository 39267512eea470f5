"""What the probabilities of a clip say, as plain results: of each span, and of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mmsent.pipelines.clip_answers import LABELS, ModeProbabilities
from mmsent.pipelines.clip_moments import (
    durations,
    is_conflict,
    modality_weights,
    weighted_mean_scores,
)
from mmsent.pipelines.clip_reasons import side_shares
from mmsent.pipelines.clip_spans import Span
from mmsent.results import Moment, Scores

# mode -> "emotion" or "sentiment" -> "temperature" and "threshold"
Calibration = Mapping[str, Mapping[str, Mapping[str, float]]]


def moment_of(
    span: Span,
    row: int,
    mode: str,
    probabilities: ModeProbabilities,
    calibration: Calibration,
    unknown: str | None,
    poor: bool,
) -> Moment:
    """The moment of one span, from its ``row`` of the probabilities; ``unknown`` where too many of
    its words are, ``poor`` where its face can't be read well."""

    def scores(mode: str, kind: str) -> Scores:
        probs = probabilities[mode][kind][row]
        plain = Scores.of(LABELS[kind], probs, calibration[mode][kind]["threshold"])
        return abstain_if(plain, unknown if "text" in mode else poor and mode == "face")

    names = mode.split("+")
    by_modality = {name: scores(name, "emotion") for name in names}
    rest = {name: "+".join(other for other in names if other != name) for name in names}
    without = {
        name: probabilities[others]["emotion"][row] for name, others in rest.items() if others
    }
    emotion = scores(mode, "emotion")
    return Moment(
        start=span.start,
        end=span.end,
        text=span.text,
        emotion=emotion,
        sentiment=scores(mode, "sentiment"),
        by_modality=by_modality,
        weights=modality_weights(probabilities[mode]["emotion"][row], without)
        if without
        else {mode: 1.0},
        conflict=is_conflict(by_modality),
        doubtful=span.doubtful,
        shares=side_shares(probabilities, [row], [mode], np.ones(1), emotion.top),
    )


def whole(
    kind: str, moments: Sequence[Moment], modes: Sequence[str], calibration: Calibration
) -> Scores:
    """The mean over time of the moments' "emotion" or "sentiment"."""
    thresholds = [calibration[mode][kind]["threshold"] for mode in modes]
    return weighted_mean_scores(
        [getattr(moment, kind) for moment in moments], durations(moments), thresholds
    )


def abstain_if(scores: Scores, doubt: object) -> Scores:
    """The scores, with the model abstaining where there is a ``doubt``: so many unknown words that
    a sentence says so, or a face that can't be read well."""
    return replace(scores, unsure=True) if doubt else scores
