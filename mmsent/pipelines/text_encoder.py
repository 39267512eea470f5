"""The frozen text encoder: a whole text to the states of its tokens."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent import hub
from mmsent.cancel import Cancel, stop_if
from mmsent.configs import read_checked
from mmsent.labels import segments
from mmsent.media import MediaError
from mmsent.models.text import TextNet
from mmsent.padding import pad
from mmsent.pipelines.shared import shared
from mmsent.runtime import THREADS, Device, choose_device, make_runner
from mmsent.text import MANY_UNKNOWN, MAX_UNKNOWN_SHARE, Window, Windows, split_words

MAX_CHARACTERS = 20_000
# words, parts of rare ones and signs: five seconds on two cores; 19,000 characters of prose have
# 4,500
MAX_TOKENS = 5_000
TRIALS = 3  # passes that are timed, of
TRIAL_ROWS, TRIAL_TOKENS = 4, 32
BATCH_TOKENS = 512  # more at a time are slower: they leave the processor's cache


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
    word of each; ``vector`` (width,) float32 of the whole, of several windows their mean. Without
    words T is 0 and the vector zero."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    states: NDArray[np.float32]
    ids: NDArray[np.int64]
    word_of: NDArray[np.int64]
    vector: NDArray[np.float32]

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.states, self.ids)

    def rows(self, pooled: bool) -> Tokens:
        """What a net gets of the text: its tokens, or, if it is ``pooled``, its vector as the only
        one; none where the text has none."""
        if not pooled:
            return self.tokens
        return Tokens(self.vector[None], np.zeros(1, np.int64))[: len(self.ids)]


class TextFeatures:
    """The text encoder: token states of each whole text, in as many windows as it takes."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        config = read_checked(folder, "text")
        net = build_text_net(folder, config)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.identity = hub.identity(folder, config["preprocessing"])
        self.width = net.encoder.width
        self.vocabulary = net.encoder.vocabulary
        self.labels: dict[str, list[str]] = config["labels"]
        self._heads = () if net.heads is None else (net.heads.weight, net.heads.bias)
        self._padding = net.encoder.padding
        self._longest: int = config["preprocessing"]["max_length"]
        self._windows = _load_windows(folder, self._longest, net)
        self.pieces = self._windows.pieces
        self._token = max(1, self._padding + 1)  # any but padding
        example = torch.full((2, 8), self._token)
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
        encoded = iter(self._encode([window.ids for parts in windows for window in parts]))
        return [
            self._reading(words, spans, parts, [next(encoded) for _ in parts])
            for (words, spans), parts in zip(split, windows, strict=True)
        ]

    def _reading(
        self,
        words: tuple[str, ...],
        spans: tuple[tuple[int, int], ...],
        parts: Sequence[Window],
        encoded: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
    ) -> Reading:
        """Of the windows ``parts`` of one text, with the states and the vector of each."""
        states = [np.empty((0, self.width), np.float32)]
        ids, word_of = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        vector = np.zeros(self.width, np.float32)
        for part, (rows, mean) in zip(parts, encoded, strict=True):
            read = part.word_of >= 0
            states.append(rows[: len(part.ids)][read])
            ids.append(part.ids[read])
            word_of.append(part.word_of[read])
            vector += mean * np.float32(read.sum())
        columns = (np.concatenate(states), np.concatenate(ids), np.concatenate(word_of))
        vector /= max(1, len(columns[1]))
        return Reading(words, spans, *columns, vector)

    @cached_property
    def seconds_a_token(self) -> float:
        """How long a token takes on THREADS idle cores, from the fastest of a few passes: processor
        time, as what else the machine does must not count."""
        batch = np.full((TRIAL_ROWS, min(TRIAL_TOKENS, self._longest)), self._token)
        times = []
        for _ in range(TRIALS):
            begun = time.process_time()
            self._run(batch)
            times.append(time.process_time() - begun)
        return max(min(times), 1e-9) / THREADS / batch.size

    def windows(self, words: tuple[str, ...]) -> list[Window]:
        """The windows in which a text, given as its words, is read; none without words."""
        return self._windows([words])[0]

    def states(
        self, windows: Sequence[Window], pooled: bool = False, cancelled: Cancel = None
    ) -> Tokens:
        """The tokens of all ``windows``, one after the other, without special ones; ``pooled``: the
        state of each is the vector of its window. Raises Cancelled."""
        encoded = self._encode([window.ids for window in windows], cancelled)
        states, ids = [], []
        for (rows, vector), window in zip(encoded, windows, strict=True):
            read = window.word_of >= 0
            own = rows[: len(window.ids)][read]
            states.append(np.broadcast_to(vector, own.shape) if pooled else own)
            ids.append(window.ids[read])
        return Tokens(np.concatenate(states), np.concatenate(ids))

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

    def judge(self, task: str, sentences: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, labels of the task) logits, of one of the tasks that the encoder was tuned on, from
        (N, width) means of token states. Raises KeyError where it was not tuned on ``task``."""
        weight, bias = self.head(task)
        return sentences @ weight.T + bias

    def head(self, task: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The weight (labels of the task, width) and bias (labels of the task,) of ``judge``."""
        place = segments(self.labels)[task]
        weight, bias = (part.detach().float().cpu().numpy()[place] for part in self._heads)
        return weight, bias

    def _encode(
        self, ids: list[NDArray[np.int64]], cancelled: Cancel = None
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Token states, padding included, and the vector of each window; equally long windows go
        together."""
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        encoded: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
        while order:
            stop_if(cancelled)
            count = max(1, BATCH_TOKENS // len(ids[order[0]]))
            chosen, order = order[:count], order[count:]
            batch, _ = pad([ids[i] for i in chosen], self._padding)
            encoded |= zip(chosen, zip(*self._run(batch.numpy()), strict=True), strict=True)
        return [encoded[i] for i in range(len(ids))]


def build_text_net(folder: Path, config: hub.Config) -> TextNet:
    """The net of a text encoder's checkpoint, in PyTorch. Raises CheckpointError."""
    shape = config["architecture"]
    return hub.build_net(
        folder,
        lambda: TextNet(shape["encoder"], config["labels"], pool=shape.get("pool", "mean")),
    )


def _load_windows(folder: Path, max_length: int, net: TextNet) -> Windows:
    """The splitter into windows that the net was tuned on. Raises CheckpointError where they are missing, damaged or
    another net's."""
    path = folder / "tokenizer.json"
    try:
        windows = Windows(path, max_length)
    except Exception as error:  # the library raises no other
        raise hub.CheckpointError(
            f"{path} is missing or damaged ({error}); fetch or train it again."
        ) from None
    last = max(windows.vocabulary.values(), default=0)
    if last >= net.encoder.vocabulary or max_length > net.encoder.longest:
        raise hub.CheckpointError(
            f"{path} and config.json are not of the net that lies beside them; fetch or train it "
            "again."
        )
    return windows


def check_length(text: str) -> None:
    """Raises MediaError where a text has more than MAX_CHARACTERS; to be asked first of all."""
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
