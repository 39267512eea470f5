"""Attribution: how much each word of a text moves a prediction, by leave-one-out.

Occlusion (Zeiler & Fergus 2014, arXiv:1311.2901; of words Li et al. 2016, arXiv:1612.08220): the
log-odds of the prediction from the whole text less those from the text without the word. The word
is left out before the encoder, since in its states the neighbours have attended to it already.
Words that say the same cover for each other; of the strongest ones counts what they do once the
others are gone, where that is more.
Nothing here knows a net: ``Reread`` hides it, so every encoder gets the same reasons.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import factorial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mmsent.results import Phrase

# tokens that the reasons of one text may cost: 54 passes of a window of 128, a second on two cores
TOKEN_BUDGET = 54 * 128
PHRASE_SHARE = 1 / 8  # of the budget
COVER_SHARE = 1 / 8  # of the budget
COVERED, CANDIDATES = 2, 5  # words that stronger ones may cover, each the strongest of so many
MAX_PARTS = 12  # into which a part of a long text is cut at a time
MAX_PAIRS = 8  # neighbours that are left out together: those that do most
MAX_PHRASE_WORDS = 4  # words
# Neighbours are a phrase where their joint effect differs from the sum by this much, in log-odds,
# and by this share of the stronger word's: any curved function differs by a little.
MIN_JOINT_EFFECT, MIN_JOINT_SHARE = 0.5, 0.5
GROUPED_NOTE = (
    "The text is long: {} of its {:,} words were left out one by one; of the others each shows an "
    "equal share of what its part of the text does."
)
SENTENCE_END, CLOSING = (".", "!", "?", "…"), "\"'”’)]»"

Span = tuple[int, int]  # words from start to end, the end not included
Effect = NDArray[np.float64]  # (K,) log-odds toward each verdict


class Reread(Protocol):
    """A text of W words and a net that reads it."""

    def __call__(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """kept (N, W) bool, the words that are read -> (N, K) log-odds of K verdicts."""

    def cost(self, words: Collection[int]) -> int:
        """Tokens that the encoder reads where ``words`` are left out."""


@dataclass(frozen=True, eq=False)
class Attributions:
    """``words`` (W, K): log-odds toward each of K verdicts. ``alone`` (W,) bool: which words were
    left out by themselves; the others share equally what the part of the text does in which they
    stand. ``phrases`` of each verdict, in the order of the text."""

    words: NDArray[np.float64]
    alone: NDArray[np.bool_]
    phrases: tuple[tuple[Phrase, ...], ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence on the words that were not left out by themselves, if there are any."""
        return grouped_notes(self.alone)


def grouped_notes(alone: NDArray[np.bool_]) -> tuple[str, ...]:
    """The sentence on a text of which the words ``alone`` (W,) were left out by themselves; nothing
    where all were."""
    if alone.all():
        return ()
    return (GROUPED_NOTE.format(f"{alone.sum():,}" if alone.any() else "none", alone.size),)


def attribute(words: Sequence[str], reread: Reread, budget: int = TOKEN_BUDGET) -> Attributions:
    """The attributions of ``words``. Where leaving out one after the other costs more than
    ``budget`` tokens, the text is cut into parts of whole sentences, and whichever does most into
    smaller ones, at last into words, until the budget is spent."""
    for_phrases, for_covered = int(PHRASE_SHARE * budget), int(COVER_SHARE * budget)
    found = _Search(words, reread, budget - for_phrases - for_covered)
    found.divide((0, len(words)))
    found.tokens_left += for_phrases
    phrases = found.phrases()
    found.tokens_left += for_covered
    effects, alone = np.zeros((len(words), found.verdicts)), np.zeros(len(words), bool)
    for (start, end), effect in found.parts.items():
        effects[start:end] = effect / (end - start)
        alone[start:end] = end - start == 1
    for (word, verdict), more in found.covered().items():
        effects[word, verdict] = max(effects[word, verdict], more)
    return Attributions(effects, alone, phrases)


class _Search:
    """State of the search. ``parts``: spans that lie side by side, with what leaving out each
    does; ``tokens_left`` tokens may still be read."""

    def __init__(self, words: Sequence[str], reread: Reread, left: int) -> None:
        self.words, self.reread, self.tokens_left = words, reread, left
        self.full_effect: Effect = reread(np.ones((1, len(words)), bool))[0]
        self.verdicts = len(self.full_effect)
        self.parts: dict[Span, Effect] = {}

    def divide(self, text: Span) -> None:
        """Best first: the part that does most of any verdict is the next to be cut."""
        undivided = {text: np.inf}
        while undivided:
            span = max(undivided, key=lambda part: undivided[part])
            del undivided[span]
            pieces = self.cut(span)
            if self._cost(pieces) <= self.tokens_left:
                self.parts.pop(span, None)
                self.parts |= self.leave_out(pieces)
                undivided |= {
                    piece: float(np.abs(self.parts[piece]).max())
                    for piece in pieces
                    if piece[1] - piece[0] > 1
                }

    def cut(self, span: Span) -> list[Span]:
        """Single words, if they may still be read; else at most MAX_PARTS of whole sentences, or of
        a sentence."""
        start, end = span
        words = [(i, i + 1) for i in range(start, end)]
        if self._cost(words) <= self.tokens_left or len(words) <= MAX_PARTS:
            return words
        ends = [i for i in range(start + 1, end) if _ends_sentence(self.words[i - 1])]
        ends = ends or list(range(start + 1, end))
        even = np.linspace(start, end, MAX_PARTS + 1)[1:-1]
        near = {min(ends, key=lambda place: abs(place - at)) for at in even}
        return list(pairwise([start, *sorted(near), end]))

    def leave_out(self, spans: Sequence[Span]) -> dict[Span, Effect]:
        """The effect of leaving out each of ``spans`` as a whole."""
        return dict(zip(spans, self._leave_out([range(*span) for span in spans]), strict=True))

    def _leave_out(self, sets: Sequence[Collection[int]]) -> NDArray[np.float64]:
        """(N, K) the effects of leaving out each of N sets of words."""
        if not sets:
            return np.zeros((0, self.verdicts))
        kept = np.ones((len(sets), len(self.words)), bool)
        for row, words in zip(kept, sets, strict=True):
            row[list(words)] = False
        self.tokens_left -= sum(map(self.reread.cost, sets))
        return self.full_effect - self.reread(kept)

    def phrases(self) -> tuple[tuple[Phrase, ...], ...]:
        """For each verdict, the neighbours whose joint effect differs from the sum."""
        strength = {
            (i, i + 2): np.abs(self.parts[i, i + 1]) + np.abs(self.parts[i + 1, i + 2])
            for i in range(len(self.words) - 1)
            if (i, i + 1) in self.parts and (i + 1, i + 2) in self.parts
        }
        pairs = sorted(strength, key=lambda pair: -strength[pair].max())[:MAX_PAIRS]
        joint = self.leave_out(self._affordable(pairs))
        runs = [_runs(joint, self.parts, verdict) for verdict in range(self.verdicts)]
        longer = sorted({run for of in runs for run in of if run not in joint})
        joint |= self.leave_out(self._affordable(longer))
        return tuple(
            tuple(Phrase(*run, float(joint[run][verdict])) for run in of if run in joint)
            for verdict, of in enumerate(runs)
        )

    def covered(self) -> dict[tuple[int, int], float]:
        """What the strongest words do for a verdict once others are gone that may say the same:
        (word, verdict) -> log-odds, of COVERED words and the one that covers them. One word stays:
        what no text at all does is another question."""
        single = {start: effect for (start, end), effect in self.parts.items() if end - start == 1}
        joint = {frozenset({word}): effect for word, effect in single.items()}
        # of each verdict, the strongest first
        gone = {verdict: tuple(self._next(verdict, ())[:1]) for verdict in range(self.verdicts)}
        found: dict[tuple[int, int], float] = {}
        for _ in range(COVERED):
            tried = {
                verdict: {word: frozenset({*before, word}) for word in self._next(verdict, before)}
                for verdict, before in gone.items()
                if len(before) + 1 < len(self.words)
            }
            fresh = list({some for sets in tried.values() for some in sets.values()} - set(joint))
            if sum(map(self.reread.cost, fresh)) > self.tokens_left:
                break
            joint |= dict(zip(fresh, self._leave_out(fresh), strict=True))
            for verdict, sets in tried.items():
                if sets:
                    best = max(sets, key=lambda word: joint[sets[word]][verdict])
                    gone[verdict] = (*gone[verdict], best)
                    for word in gone[verdict]:
                        without = joint.get(sets[best] - {word})
                        if without is not None:
                            more = float((joint[sets[best]] - without)[verdict])
                            found[word, verdict] = max(more, found.get((word, verdict), more))
        return found

    def _next(self, verdict: int, gone: Sequence[int]) -> list[int]:
        """The strongest CANDIDATES for ``verdict`` of the words that are not ``gone``."""
        single = {start: effect for (start, end), effect in self.parts.items() if end - start == 1}
        rest = [word for word in single if word not in gone]
        return sorted(rest, key=lambda word: -single[word][verdict])[:CANDIDATES]

    def _affordable(self, spans: Sequence[Span]) -> list[Span]:
        """The first ones that may still be read."""
        costs = np.cumsum([self.reread.cost(range(*span)) for span in spans])
        return [span for span, cost in zip(spans, costs, strict=True) if cost <= self.tokens_left]

    def _cost(self, spans: Sequence[Span]) -> int:
        return sum(self.reread.cost(range(*span)) for span in spans)


def _runs(joint: Mapping[Span, Effect], parts: Mapping[Span, Effect], verdict: int) -> list[Span]:
    """The pairs that are more than their words, where they overlap as one, of MAX_PHRASE_WORDS
    at most."""
    runs: list[Span] = []
    for start, end in sorted(joint):
        first, second = (parts[i, i + 1][verdict] for i in (start, start + 1))
        beyond = abs(joint[start, end][verdict] - first - second)
        if beyond < max(MIN_JOINT_EFFECT, MIN_JOINT_SHARE * max(abs(first), abs(second))):
            continue
        if runs and start < runs[-1][1]:
            if end - runs[-1][0] <= MAX_PHRASE_WORDS:
                runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _ends_sentence(word: str) -> bool:
    return word.rstrip(CLOSING).endswith(SENTENCE_END)


def shapley(worth: Mapping[frozenset[str], float], sides: Sequence[str]) -> dict[str, float]:
    """The Shapley value (Shapley 1953, doi:10.1515/9781400881970-018) of each of ``sides``: what it
    adds to ``worth``, the log-odds of the verdict from each set of sides, the empty one included,
    mean over all orders in which they may come. They sum to the worth of all less that of none."""
    count = len(sides)
    shares = dict.fromkeys(sides, 0.0)
    for side in sides:
        others = [other for other in sides if other != side]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for some in combinations(others, size):
                added = worth[frozenset({*some, side})] - worth[frozenset(some)]
                shares[side] += weight * added
    return shares
