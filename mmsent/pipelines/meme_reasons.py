"""What drove each aspect of a meme: the shares of text and picture, and what each word and place
did, all in log-odds of the aspect's top label."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmsent.attribution import attribute, shapley
from mmsent.cancel import Cancel
from mmsent.explain import log_odds
from mmsent.pipelines.encoders import Reading, TextFeatures
from mmsent.pipelines.meme_aspects import AspectNets, Probs, Rows
from mmsent.pipelines.meme_sides import Seen, Sides
from mmsent.pipelines.rereading import Rereading, budget
from mmsent.results import MemeResult, Scores


def shares(
    nets: AspectNets, aspects: Mapping[str, Scores], sides: Sides
) -> dict[str, dict[str, float]]:
    """What text and picture, as far as they are there, move of each aspect."""
    there = [name for name in ("text", "image") if getattr(sides, f"has_{name}")]
    tops = _tops(aspects)

    def of(some: frozenset[str]) -> NDArray[np.float64]:
        """(aspects,) with ``some`` alone."""
        return _log_odds(
            nets,
            nets.probs(sides.text, sides.length * ("text" in some), sides.image, "image" in some),
            tops,
        )[0]

    worth = {
        some: of(some) for some in map(frozenset, ((), ("text",), ("image",), ("text", "image")))
    }
    return {
        aspect: shapley({some: float(values[i]) for some, values in worth.items()}, there)
        for i, aspect in enumerate(tops)
    }


def with_reasons(
    result: MemeResult,
    text: TextFeatures,
    nets: AspectNets,
    reading: Reading,
    seen: Seen,
    cancelled: Cancel = None,
) -> MemeResult:
    """``result`` with what each word and place of the picture did to each aspect. Raises
    Cancelled."""
    tops = _tops(result.aspects)
    whole = log_odds([scores.confidence for scores in result.aspects.values()])
    fewer = _log_odds(nets, _without_places(nets, reading, seen), tops)
    pulls = (whole - fewer).astype(np.float32)
    result = replace(
        result,
        attributions=dict.fromkeys(tops, ()),
        phrases=dict.fromkeys(tops, ()),
        picture_pull=dict(zip(tops, pulls.T, strict=True)),
    )
    if not result.tokens:
        return result
    reread = rereading(text, nets, reading, seen, tops, cancelled)
    found = attribute(result.tokens, reread, budget(text, nets.device))
    return replace(
        result,
        attributions=dict(zip(tops, map(tuple, found.words.T.tolist()), strict=True)),
        phrases=dict(zip(tops, found.phrases, strict=True)),
        notes=(*result.notes, *found.notes),
    )


def rereading(
    text: TextFeatures,
    nets: AspectNets,
    reading: Reading,
    seen: Seen,
    tops: Mapping[str, str],
    cancelled: Cancel = None,
) -> Rereading:
    """The text of ``reading`` beside the picture ``seen``, to be read without some of its words: the
    log-odds (N, aspects) of the labels ``tops``."""
    sides = Sides.of(nets, reading, seen)

    def judge(means: Rows, lengths: NDArray[np.integer]) -> NDArray[np.float64]:
        probs = nets.probs(means, lengths, sides.image, sides.has_image)
        return _log_odds(nets, probs, tops)

    spelled = nets.spell(reading.ids)
    return Rereading(
        text, reading, lambda tokens: tokens.states, judge, nets.pooled, cancelled, spelled
    )


def _without_places(nets: AspectNets, reading: Reading, seen: Seen) -> Probs:
    """The (P, labels) probabilities of each aspect without each place of the picture."""
    sides, (fewer, left) = Sides.of(nets, reading, seen), seen.without_places()
    return nets.probs(sides.text, sides.length, fewer, left)


def _tops(aspects: Mapping[str, Scores]) -> dict[str, str]:
    return {aspect: scores.top for aspect, scores in aspects.items()}


def _log_odds(nets: AspectNets, probs: Probs, tops: Mapping[str, str]) -> NDArray[np.float64]:
    """(N, aspects) log-odds of the labels ``tops`` from the (N, labels) probabilities of each
    aspect."""
    columns = [probs[aspect][:, nets.labels[aspect].index(top)] for aspect, top in tops.items()]
    return log_odds(np.stack(columns, axis=1))
