"""How an utterance of a clip becomes what the video net sees: the same in training and in the
app."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsent.pipelines.encoders import TextFeatures

MODALITIES = ("text", "audio", "face")
CONTEXT_UTTERANCES = 3  # utterances before the one in question that the net is told of
MAX_FACES = 16  # of one utterance, evenly over it
Rows = NDArray[np.float32]


def mode_name(text: bool, audio: bool, face: bool) -> str:
    """The name of what is given, such as "text+face": the key of its calibration in
    ``config.json``. At least one is."""
    return "+".join(
        name for name, there in zip(MODALITIES, (text, audio, face), strict=True) if there
    )


def mode_names() -> list[str]:
    """The names of all seven sets of modalities, single ones first."""
    sets = [tuple(bool(bits >> i & 1) for i in range(3)) for bits in range(1, 8)]
    return [mode_name(*chosen) for chosen in sorted(sets, key=sum)]


def text_rows(
    features: TextFeatures, utterances: Sequence[str], context: Sequence[Sequence[str]]
) -> tuple[Rows, NDArray[np.bool_]]:
    """(N, 2 * features.width) float32 and (N,) whether there is any text to read.

    A row is the mean of the utterance's token states beside the mean over the last ``CONTEXT_UTTERANCES``
    utterances before it (zeros where there are none); ``context`` holds for each utterance those
    before it in the same dialogue, the latest last. Raises MediaError where a text is too long.
    """
    before = [
        [text for text in earlier if text.strip()][-CONTEXT_UTTERANCES:] for earlier in context
    ]
    distinct = list(dict.fromkeys([*utterances, *(text for earlier in before for text in earlier)]))
    states = {
        text: reading.states for text, reading in zip(distinct, features(distinct), strict=True)
    }
    means = {text: rows.mean(axis=0) for text, rows in states.items() if len(rows)}
    nothing = np.zeros(features.width, np.float32)

    def row(text: str, earlier: Sequence[str]) -> Rows:
        known = [means[line] for line in earlier if line in means]
        return np.concatenate(
            [means.get(text, nothing), np.mean(known, axis=0) if known else nothing]
        )

    has_text = np.array([text in means for text in utterances], bool)
    rows = [row(text, earlier) for text, earlier in zip(utterances, before, strict=True)]
    return np.stack(rows).astype(np.float32) if rows else np.empty(
        (0, 2 * features.width), np.float32
    ), has_text


def face_rows(embeddings: Rows) -> Rows:
    """(K, face_width) of the leading track in one utterance, in the order of time -> at most
    MAX_FACES of them, evenly over it."""
    chosen = (
        np.linspace(0, len(embeddings) - 1, min(len(embeddings), MAX_FACES)).round().astype(int)
    )
    return np.asarray(embeddings[chosen], np.float32)


def collate_moments(
    text: Rows,
    has_text: NDArray[np.bool_],
    faces: Sequence[Rows | None],
    voices: Sequence[Rows | None],
    face_width: int,
    voice_width: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The six inputs of ``VideoNet`` for N utterances, filled up with zeros and False.

    ``text`` (N, text_width) and ``has_text`` (N,) as ``text_rows`` gives them, ``faces`` (F,
    face_width) each as ``face_rows`` gives them, ``voices`` (voice_width,) each as
    ``SpeechFeatures.voice`` gives them; None or no rows where there is none.
    """
    seen_faces, seen = _pad_rows(faces, face_width)
    heard, has_voice = _pad_rows(
        [None if voice is None else voice[None] for voice in voices], voice_width
    )
    return (
        torch.from_numpy(text),
        torch.from_numpy(has_text),
        seen_faces,
        seen,
        heard[:, 0],
        has_voice[:, 0],
    )


def _pad_rows(parts: Sequence[Rows | None], width: int) -> tuple[Tensor, Tensor]:
    """(N, T, width) with at least one row of T, and (N, T) where it holds something."""
    longest = max([1, *(len(part) for part in parts if part is not None)])
    whole, there = (
        torch.zeros(len(parts), longest, width),
        torch.zeros(len(parts), longest, dtype=torch.bool),
    )
    for i, part in enumerate(parts):
        if part is not None:
            whole[i, : len(part)] = torch.from_numpy(part)
            there[i, : len(part)] = True
    return whole, there


def calibration_of(config: Mapping[str, Any], mode: str) -> Mapping[str, Mapping[str, float]]:
    """{"emotion": {"temperature", "threshold"}, "sentiment": {...}} for what ``mode_name`` names."""
    return config["calibration"][mode]
