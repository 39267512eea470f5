"""Words of a text, as every text encoder gets them: in training and on the page alike."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from tokenizers import Encoding, Tokenizer

from mmsent.media import is_nan
from mmsent.normalize import normalize_word

UNKNOWN_TOKEN = "[UNK]"  # of WordPiece, which all encoders here use
MAX_UNKNOWN_SHARE = 0.3  # share of unknown words above which the model abstains
MANY_UNKNOWN = (
    "The model does not know {} of the {} words and signs, so take the answer with caution."
)

MIN_LETTERS = 20  # fewer letters do not identify a language
MIN_LANGUAGE_PROBABILITY = 0.95
OTHER_LANGUAGE = "This does not read like English, the only language the model has learned; take the answer with caution."


@dataclass(frozen=True)
class Window:
    """A stretch of a text that fits the encoder: ``ids`` (T,) int64 with special tokens, and
    ``word_of`` (T,) int64, the word each token belongs to, -1 for special tokens."""

    ids: NDArray[np.int64]
    word_of: NDArray[np.int64]


def replace_lone_surrogates(text: str | None) -> str:
    """The text with lone surrogates (half emoji), which no file and no page can hold, as
    replacement characters; "" for None."""
    return (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text_or_none(text: Any) -> str | None:
    """The text without lone surrogates, or None where it is missing: None or, as tables have it,
    NaN. Raises TypeError for anything else."""
    if text is None or is_nan(text):
        return None
    if not isinstance(text, str):
        raise TypeError(f"a text is a str, or None where there is none, not {type(text).__name__}")
    return replace_lone_surrogates(text)


def split_words(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The words of ``text``, split at white space, and the (start, end) of each."""
    matches = list(re.finditer(r"\S+", text))
    return tuple(match.group() for match in matches), tuple(match.span() for match in matches)


def is_foreign(text: str) -> bool:
    """Whether ``text`` is almost certainly not English: most of its letters are not Latin, or it is
    long enough for language identification."""
    letters = _letters(text)
    if sum(map(_is_latin, letters)) < len(letters) / 2:
        return True
    if len(letters) < MIN_LETTERS:
        return False
    language, probability = _identifier().classify(text)
    return language != "en" and probability > MIN_LANGUAGE_PROBABILITY


def _letters(text: str) -> list[str]:
    """Its letters; bold ones are Latin, too."""
    return [letter for letter in unicodedata.normalize("NFKC", text) if letter.isalpha()]


def _is_latin(letter: str) -> bool:
    return "LATIN" in unicodedata.name(letter, "")


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class Windows:
    """Cuts texts into windows of at most ``max_length`` tokens, special tokens included, so that
    nothing is dropped."""

    def __init__(self, tokenizer: Path, max_length: int) -> None:
        """``tokenizer`` is a ``tokenizer.json`` of the tokenizers library."""
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        self.vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self._unknown: int | None = self._tokenizer.token_to_id(UNKNOWN_TOKEN)

    @cached_property
    def pieces(self) -> list[str]:
        """The tokens of the vocabulary by number; "" where a number is nobody's."""
        found = [""] * (1 + max(self.vocabulary.values(), default=-1))
        for piece, number in self.vocabulary.items():
            found[number] = piece
        return found

    def __call__(self, words: list[tuple[str, ...]]) -> list[list[Window]]:
        """The windows of each text, given as its words; a text without words has none."""
        spelled = [[normalize_word(word, self.vocabulary) for word in text] for text in words]
        encodings = self._tokenizer.encode_batch(spelled, is_pretokenized=True)
        return [
            [_window(part) for part in (encoding, *encoding.overflowing)] if text else []
            for text, encoding in zip(words, encodings, strict=True)
        ]

    def count_unknown(self, words: tuple[str, ...]) -> int:
        """How many of ``words`` are in no Latin letter, of which the tokenizer knows single ones at
        best, or hold something that it does not know, and no letter or digit that it does."""
        if self._unknown is None or not words:
            return 0
        (windows,) = self([words])
        ids, word_of = (
            np.concatenate([getattr(w, name) for w in windows]) for name in ("ids", "word_of")
        )
        unknown_mask = ids == self._unknown
        known_mask = ~unknown_mask & np.array([self._is_letters(token) for token in ids.tolist()])
        foreign = [at for at, word in enumerate(words) if self._in_other_letters(word)]
        return len(np.union1d(np.setdiff1d(word_of[unknown_mask], word_of[known_mask]), foreign))

    def _in_other_letters(self, word: str) -> bool:
        letters = [] if word.isascii() else _letters(normalize_word(word, self.vocabulary))
        return bool(letters) and not any(map(_is_latin, letters))

    def _is_letters(self, token: int) -> bool:
        """Whether a token is no mere punctuation."""
        return any(map(str.isalnum, self._tokenizer.id_to_token(token) or ""))


def _window(encoding: Encoding) -> Window:
    word_of = [-1 if word is None else word for word in encoding.word_ids]
    return Window(np.array(encoding.ids, np.int64), np.array(word_of, np.int64))
