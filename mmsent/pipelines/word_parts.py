"""The parts of words: runs of a few letters, which words that are spelt alike share, so that a net
knows something of words that it never met whole."""

import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 2, 5  # letters of a part, the space around a word among them
CONTINUED = "##"  # begins a token that goes on with the word before it (WordPiece)


class WordParts:
    """The parts of the words of a text, each by the number of its bucket: 1 to ``buckets`` - 1, as 0
    is padding. Parts that share a bucket are one to whoever reads them (Weinberger et al. 2009,
    arXiv:0902.2206)."""

    def __init__(self, pieces: Sequence[str], buckets: int) -> None:
        """``pieces`` are the tokens of the tokenizer's vocabulary, by number."""
        self._pieces, self.buckets = pieces, buckets
        self._parts_of = lru_cache(maxsize=4096)(self._look_up)

    def __call__(self, ids: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(P,) and (P,): of each part of each word of a text whose tokens are ``ids`` (T,) the place
        of the word's first token, and the bucket."""
        words: list[tuple[int, str]] = []  # place and letters
        for place, number in enumerate(ids.tolist()):
            piece = self._pieces[number]
            if words and piece.startswith(CONTINUED):
                words[-1] = (words[-1][0], words[-1][1] + piece.removeprefix(CONTINUED))
            else:
                words.append((place, piece.removeprefix(CONTINUED)))
        parts = [self._parts_of(word) for _, word in words]
        places = np.repeat([place for place, _ in words], [len(one) for one in parts])
        buckets = np.concatenate([np.empty(0, np.int64), *parts])
        return places.astype(np.int64), buckets

    def _look_up(self, word: str) -> NDArray[np.int64]:
        return np.array([self._bucket(part) for part in parts_of(word)], np.int64)

    def _bucket(self, part: str) -> int:
        return 1 + zlib.crc32(part.encode()) % (self.buckets - 1)


def parts_of(word: str) -> list[str]:
    """Of a word with a space before and behind it: the runs of SHORTEST to LONGEST characters, and
    the whole where that is longer."""
    spaced = f" {word} "
    runs = [
        spaced[start : start + length]
        for length in range(SHORTEST, LONGEST + 1)
        for start in range(len(spaced) - length + 1)
    ]
    return [*runs, spaced] if len(spaced) > LONGEST else runs
