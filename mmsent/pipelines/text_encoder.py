"""The frozen text encoder that several pipelines share: texts to token states."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from mmsent import hub
from mmsent.configs import read_checked
from mmsent.labels import segments
from mmsent.media import MediaError
from mmsent.models.text import TextNet
from mmsent.padding import pad
from mmsent.pipelines.shared import shared
from mmsent.runtime import Device, choose_device, make_runner
from mmsent.text import MANY_UNKNOWN, MAX_UNKNOWN_SHARE, Window, Windows, split_words

MAX_CHARACTERS = 20_000
# words, parts of rare ones and signs: five seconds on two cores; 19,000 characters of prose have
# 4,500
MAX_TOKENS = 5_000
BATCH_SIZE = 16


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of a text: ``states`` (T, width) and ``ids`` (T,), each its number in the tokenizer's
    vocabulary."""

    states: NDArray[np.floating]
    ids: NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, chosen: slice | NDArray[np.bool_]) -> "Tokens":
        return Tokens(self.states[chosen], self.ids[chosen])


@dataclass(frozen=True, eq=False)
class Reading:
    """An encoded text. ``words`` (W) with their (start, end) ``spans``; ``states``
    (T, width) float32 and ``ids`` (T,) of all its tokens but the special ones, ``word_of`` (T,) the
    word of each. Without words T is 0."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    states: NDArray[np.float32]
    ids: NDArray[np.int64]
    word_of: NDArray[np.int64]

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.states, self.ids)


class TextFeatures:
    """The text encoder: token states of each whole text, in as many windows as it takes."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        config = read_checked(folder, "text")
        net = hub.build_net(
            folder, lambda: TextNet(config["architecture"]["encoder"], config["labels"])
        )
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.width = net.encoder.width
        self.vocabulary = net.encoder.vocabulary
        self.labels: dict[str, list[str]] = config["labels"]
        self._heads = (
            net.heads.weight.detach().float().numpy(),
            net.heads.bias.detach().float().numpy(),
        )
        self._padding = net.encoder.padding
        self._windows = _load_windows(folder, config["preprocessing"]["max_length"], net)
        example = torch.full((2, 8), max(1, self._padding + 1))
        example[0, 5:] = self._padding
        self._run = make_runner(net.encoder, example, choose_device(device), free=(0, 1))

    def __call__(self, texts: Sequence[str]) -> list[Reading]:
        """Each text, encoded. Raises MediaError where one has more than MAX_CHARACTERS or
        MAX_TOKENS."""
        for text in texts:
            check_length(text)
        split = [split_words(text) for text in texts]
        windows = self._windows([words for words, _ in split])
        for parts in windows:
            _check_count(
                sum(int((part.word_of >= 0).sum()) for part in parts), MAX_TOKENS, "words and signs"
            )
        states = self._states([window.ids for parts in windows for window in parts])
        readings, first = [], 0
        for (words, spans), parts in zip(split, windows, strict=True):
            of_text = states[first : first + len(parts)]
            first += len(parts)
            readings.append(_join_windows(words, spans, parts, of_text, self.width))
        return readings

    def windows(self, words: tuple[str, ...]) -> list[Window]:
        """The windows in which a text, given as its words, is read; none without words."""
        return self._windows([words])[0]

    def states(self, windows: Sequence[Window]) -> Tokens:
        """The tokens of all ``windows``, one after the other, without special ones."""
        states = self._states([window.ids for window in windows])
        word_masks = [window.word_of >= 0 for window in windows]
        rows = [part[: len(mask)][mask] for part, mask in zip(states, word_masks, strict=True)]
        ids = [window.ids[mask] for window, mask in zip(windows, word_masks, strict=True)]
        return Tokens(np.concatenate(rows), np.concatenate(ids))

    def describe_unknown(self, text: str) -> str | None:
        """A sentence for the reader where so many words are unknown to the tokenizer that no answer
        can be sure; else None."""
        words = split_words(text)[0]
        unknown = self._windows.count_unknown(words)
        if unknown <= MAX_UNKNOWN_SHARE * len(words):
            return None
        return MANY_UNKNOWN.format(unknown, len(words))

    def has_words(self, text: str) -> bool:
        """Whether a text holds anything the tokenizer knows."""
        (parts,) = self._windows([split_words(text)[0]])
        return any((part.word_of >= 0).any() for part in parts)

    def judge(self, task: str, sentences: NDArray[np.float32]) -> NDArray[np.floating]:
        """(N, labels of the task) probabilities, of one of the tasks that the encoder was tuned on,
        from (N, width) means of token states. Raises KeyError where it was not tuned on
        ``task``."""
        weight, bias = (part[segments(self.labels)[task]] for part in self._heads)
        return softmax(sentences @ weight.T + bias, axis=1)

    def _states(self, ids: list[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Token states of each window, padding included; equally long windows go together."""
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        states: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(ids)
        for start in range(0, len(order), BATCH_SIZE):
            chosen = order[start : start + BATCH_SIZE]
            batch, _ = pad([ids[i] for i in chosen], self._padding)
            for i, row in zip(chosen, self._run(batch.numpy())[0], strict=True):
                states[i] = row
        return states


def _join_windows(
    words: tuple[str, ...],
    spans: tuple[tuple[int, int], ...],
    windows: Sequence[Window],
    states: Sequence[NDArray[np.float32]],
    width: int,
) -> Reading:
    """The windows of one text as one row of tokens, without special tokens and padding; ``states``
    are those of each window."""
    rows, ids = [np.empty((0, width), np.float32)], [np.empty(0, np.int64)]
    word_of = [np.empty(0, np.int64)]
    for window, window_states in zip(windows, states, strict=True):
        word_mask = window.word_of >= 0
        rows.append(window_states[: len(window.ids)][word_mask])
        ids.append(window.ids[word_mask])
        word_of.append(window.word_of[word_mask])
    return Reading(words, spans, np.concatenate(rows), np.concatenate(ids), np.concatenate(word_of))


def _load_windows(folder: Path, max_length: int, net: TextNet) -> Windows:
    """The splitter into windows that the net was tuned on. Raises CheckpointError where they are
    missing, damaged or another net's."""
    path = folder / "tokenizer.json"
    try:
        windows = Windows(path, max_length)
    except Exception as error:  # the library raises no other
        raise hub.CheckpointError(
            f"{path} is missing or damaged ({error}); fetch or train it again."
        ) from None
    if (
        max(windows.vocabulary.values(), default=0) >= net.encoder.vocabulary
        or max_length > net.encoder.longest
    ):
        raise hub.CheckpointError(
            f"{path} and config.json are not of the net that lies beside them; fetch or train it "
            "again."
        )
    return windows


def check_length(text: str) -> None:
    """Raises MediaError where a text has more than MAX_CHARACTERS; to be asked before anything else
    is done with it."""
    _check_count(len(text), MAX_CHARACTERS, "characters")


def _check_count(count: int, most: int, what: str) -> None:
    if count > most:
        raise MediaError(
            f"The text has {count:,} {what}; at most {most:,} are read at once, so please shorten "
            "it."
        )


def text_features(source: str | Path | None = None, device: Device | None = None) -> TextFeatures:
    """The encoder in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find`` has it),
    made once."""
    return shared(TextFeatures, "text", source, device)
