"""Leave-one-out of words: a text encoded again without some of them, only where that changes it."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from mmsent.attribution import TOKEN_BUDGET
from mmsent.cancel import Cancel
from mmsent.pipelines.encoders import Reading, TextFeatures, Tokens
from mmsent.text import Window, split_words

# that the reasons of a text may take on a CPU; the encoder that ships reads TOKEN_BUDGET in a third
# of it
SECONDS = 3.0
Rows = NDArray[np.float32]
# (T, F) of what is averaged over the tokens, from T tokens
Features = Callable[[Tokens], Rows]
# (N, K) log-odds from (N, F) means over (N,) tokens, 0 where none is left
Judge = Callable[[Rows, NDArray[np.integer]], NDArray[np.floating]]


def budget(text: TextFeatures, device: str) -> int:
    """Tokens that reasons may cost: TOKEN_BUDGET on a GPU; on a CPU no more than ``text`` reads in
    SECONDS, by a pass that was timed there."""
    if device.startswith("cuda"):
        return TOKEN_BUDGET
    return min(TOKEN_BUDGET, int(SECONDS / text.seconds_a_token))


def reasons_seconds(
    text: TextFeatures, device: str, contents: Sequence[str], budgets: int = 1
) -> float:
    """About how long it takes to read each of ``contents`` again without each of its words, where
    all of them may cost as much as ``budgets`` of them; 0 where nobody has to wait: on a GPU, or
    with an encoder that is as fast as the one that ships."""
    most = budget(text, device)
    if most == TOKEN_BUDGET:
        return 0.0
    needed = sum(min(most, _needed(text, content)) for content in contents)
    return min(budgets * most, needed) * text.seconds_a_token


def _needed(text: TextFeatures, content: str) -> int:
    """Tokens that it costs to leave out each word of ``content``."""
    windows = text.windows(split_words(content)[0])
    return sum(len(one.ids) * len(set(one.word_of[one.word_of >= 0])) for one in windows)


class Rereading:
    """``attribution.Reread`` for nets that classify a mean over tokens, of what the encoder makes of
    them and of what they are by themselves.

    The encoder reads only the windows in which words are missing, and a window keeps its place in a
    long text. Of a text of one window that is exactly the text without the words.
    """

    def __init__(
        self,
        text: TextFeatures,
        reading: Reading,
        features: Features,
        judge: Judge,
        pooled: bool = False,
        cancelled: Cancel = None,
        spelled: Rows | None = None,
    ) -> None:
        """``reading`` is what ``text`` read of the whole. ``pooled``: the net gets one vector of the
        text, so the state of a token is the vector of its window, of which that is the mean. Once
        ``cancelled()`` is true each call raises Cancelled. ``spelled`` (T, S) stands beside the
        features of each token of ``reading`` and is lost with its word alone, whatever else goes."""
        self._text, self._features, self._judge = text, features, judge
        self._pooled, self._cancelled = pooled, cancelled
        self._words = len(reading.words)
        self._windows = text.windows(reading.words)
        self._lengths = np.array([_length(window) for window in self._windows])
        whole = text.states(self._windows, pooled) if pooled else reading.tokens
        self._sums = _sums(features(whole), self._lengths)
        self._word_of = reading.word_of
        self._spelled = np.zeros((self._words, 0 if spelled is None else spelled.shape[1]))
        if spelled is not None:
            np.add.at(self._spelled, reading.word_of, spelled)
        self._window_of = np.repeat(np.arange(len(self._windows)), self._lengths)

    def __call__(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, K) log-odds, as ``attribution.Reread`` has it."""
        sums = np.repeat(self._sums.sum(axis=0)[None], len(kept), axis=0)
        counts = np.full(len(kept), self._lengths.sum())
        rows, windows = [], []
        for row, mask in enumerate(kept):
            for number, window in self._changed(mask):
                sums[row] -= self._sums[number]
                counts[row] -= self._lengths[number]
                if _length(window):
                    rows.append(row)
                    windows.append(window)
        if windows:
            lengths = np.array([_length(window) for window in windows])
            states = self._text.states(windows, self._pooled, self._cancelled)
            np.add.at(sums, rows, _sums(self._features(states), lengths))
            np.add.at(counts, rows, lengths)
        sums = np.concatenate([sums, kept @ self._spelled], axis=1)
        means = np.where(counts[:, None] > 0, sums / counts.clip(min=1)[:, None], 0)
        return np.asarray(self._judge(means.astype(np.float32), counts), np.float64)

    def cost(self, words: Collection[int]) -> int:
        """Tokens to encode, as ``attribution.Reread`` has it."""
        kept = np.ones(self._words, bool)
        kept[list(words)] = False
        return sum(len(window.ids) for _, window in self._changed(kept) if _length(window))

    def _changed(self, kept: NDArray[np.bool_]) -> list[tuple[int, Window]]:
        """The numbers of the windows that lack tokens where only the words ``kept`` (W,) are read,
        and what is left of them."""
        left = []
        for number in np.unique(self._window_of[~kept[self._word_of]]):
            window = self._windows[number]
            stays = (window.word_of < 0) | kept[window.word_of]
            left.append((int(number), Window(window.ids[stays], window.word_of[stays])))
        return left


def _length(window: Window) -> int:
    """The number of its tokens without the special ones."""
    return int((window.word_of >= 0).sum())


def _sums(rows: Rows, lengths: NDArray[np.integer]) -> NDArray[np.float64]:
    """(G, F) the sum of each G consecutive groups of (T, F) ``rows``, ``lengths`` (G,) of them,
    none of which is 0."""
    starts = np.cumsum([0, *lengths[:-1]])
    return np.add.reduceat(rows, starts, axis=0).astype(np.float64)
