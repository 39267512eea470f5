"""How good each answer of the meme model is, by its figures in metrics.json."""

from collections.abc import Mapping
from typing import Any, Final

from mmsent.ui.common.about import held_out
from mmsent.ui.common.claim import claim

# groups of aspects, as a checkpoint's config names them -> the memes they were learnt from and tested on
SOURCES: Final = {"harmeme": "HarMeme", "memotion": "Memotion 7k", "own": "own memes"}
CHANCE: Final = 0.05  # p-value from which an aspect is not above guessing
NO_BETTER: Final = "Not better than guessing"
BELOW_FLOOR: Final = ", but right no more often than the commonest answer"
# The share of the way from guessing to perfect, in macro-F1, below which each word holds.
GAINS: Final = (
    (0.07, "barely better"),
    (0.2, "a little better"),
    (0.4, "clearly better"),
    (1.0, "much better"),
)

# A part of metrics.json, whatever of it is there: name -> figures.
Figures = Mapping[str, Mapping[str, Any]]


def figures_of(metrics: Mapping[str, Any] | None, sources: Mapping[str, str]) -> Figures:
    """The figures of each aspect in ``metrics.json``, as far as it has any, with its ``source``, one of
    SOURCES; ``sources`` maps aspects to groups."""
    found = held_out(metrics or {})
    named = {aspect: SOURCES.get(group, group) for aspect, group in sources.items()}
    return {
        aspect: {**found.get(aspect, {}), **({"source": named[aspect]} if aspect in named else {})}
        for aspect in {**named, **found}
    }


def is_memotion(part: Mapping[str, Any]) -> bool:
    """Whether an aspect was learnt from Memotion 7k."""
    return part.get("source") == SOURCES["memotion"]


def trust(figures: Figures) -> str:
    """What the page says of the percentages of all aspects, as far as they were checked."""
    parts: dict[str, dict[str, Any]] = {}
    for part in figures.values():
        if "ece" in part and "n" in part:
            known = parts.setdefault(part.get("source", "memes"), {"n": 0, "ece": 0.0})
            known |= {key: max(known[key], part[key]) for key in known}
    return claim(parts)


def word_figures_of(metrics: Mapping[str, Any] | None) -> Figures:
    """Likewise of what the words say."""
    return (metrics or {}).get("words") or {}


def no_better(part: Mapping[str, Any]) -> bool:
    """Whether the test says that an aspect is not above guessing: by its p-value, or plainly by its
    score."""
    gain = gain_of(part)
    return part.get("p_value", 0) >= CHANCE or (gain is not None and gain <= 0)


def beats_floor(part: Mapping[str, Any]) -> bool:
    """Whether an answer is right more often in the test than the commonest answer; True where that
    was not measured."""
    if "accuracy" not in part or "floor_accuracy" not in part:
        return True
    return bool(part["accuracy"] > part["floor_accuracy"])


def standing(part: Mapping[str, Any]) -> str:
    """How far an answer is above its floors, in words: "A little better than guessing"; "" where it
    was not measured."""
    if no_better(part):
        return NO_BETTER
    gain = gain_of(part)
    if gain is None:
        return ""
    words = next(words for limit, words in GAINS if gain <= limit)
    return f"{words.capitalize()} than guessing{'' if beats_floor(part) else BELOW_FLOOR}"


def gain_of(part: Mapping[str, Any]) -> float | None:
    """The share of the way from guessing to perfect, in macro-F1; None where it was not measured."""
    if "macro_f1" not in part or "guessing" not in part:
        return None
    return float((part["macro_f1"] - part["guessing"]) / (1 - part["guessing"]))


def grade(part: Mapping[str, Any]) -> int:
    """``standing`` as a number from 0, no better than guessing or not measured, to 4; 1 at most
    where an answer is right no more often than the commonest one."""
    gain = gain_of(part)
    if gain is None or no_better(part):
        return 0
    return 1 + sum(gain > limit for limit, _ in GAINS[:-1]) if beats_floor(part) else 1
