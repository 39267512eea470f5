"""Utterances of a clip as padded inputs of the video net: the same in training and in the app."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsent.media import MediaError
from mmsent.padding import pad_vectors
from mmsent.pipelines.encoders import TextFeatures

MODALITIES = ("text", "audio", "face")
# in sentences; a net without faces takes the whole picture in their place
SIDES = {"text": "words", "audio": "voice", "face": "face", "picture": "picture"}
ALL_OFF = "{} and {} are all switched off. Please switch on at least one of them."
CONTEXT_UTTERANCES = 3  # preceding utterances used as context
MAX_FACES = 16  # of one utterance, evenly spaced
Rows = NDArray[np.float32]


def check_modalities(
    modalities: Collection[str], known: Sequence[str] = MODALITIES
) -> tuple[str, ...]:
    """Those of the ``known`` that are named, in their order; one may be named by itself. Raises
    MediaError where none is, ValueError for another name, TypeError for what is no name."""
    if not isinstance(modalities, Collection):
        raise TypeError(
            f"modalities are names, some of: {', '.join(known)}; not {type(modalities).__name__}"
        )
    modalities = (modalities,) if isinstance(modalities, str) else modalities
    if unknown := [name for name in modalities if name not in known]:
        raise ValueError(f"unknown modality {unknown[0]!r}, expected some of: {', '.join(known)}")
    if not modalities:
        *first, last = (SIDES[name] for name in known)
        raise MediaError(ALL_OFF.format(", ".join(first).capitalize(), last))
    return tuple(name for name in known if name in modalities)


def mode_name(text: bool, audio: bool, face: bool, *, names: Sequence[str] = MODALITIES) -> str:
    """The name of a set of modalities, such as "text+face": the key of its calibration in
    ``config.json``. At least one must be in it."""
    return "+".join(
        name for name, is_given in zip(names, (text, audio, face), strict=True) if is_given
    )


def mode_names(names: Sequence[str] = MODALITIES) -> list[str]:
    """The names of all seven sets of modalities, single ones first."""
    sets = [tuple(bool(bits >> i & 1) for i in range(3)) for bits in range(1, 8)]
    return [mode_name(*chosen, names=names) for chosen in sorted(sets, key=sum)]


def text_rows(
    features: TextFeatures, utterances: Sequence[str], context: Sequence[Sequence[str]]
) -> tuple[Rows, NDArray[np.bool_]]:
    """Text features (N, 2 * features.width) float32, and (N,) False where the text is empty.

    A row is the mean of the utterance's token states beside the mean over the last
    ``CONTEXT_UTTERANCES`` utterances before it (zeros where there are none); ``context`` holds for
    each utterance those before it in the same dialogue, the latest last. Raises MediaError where a
    text is too long.
    """
    context_texts = [
        [text for text in earlier if text.strip()][-CONTEXT_UTTERANCES:] for earlier in context
    ]
    distinct = list(
        dict.fromkeys([*utterances, *(text for earlier in context_texts for text in earlier)])
    )
    states = {
        text: reading.states for text, reading in zip(distinct, features(distinct), strict=True)
    }
    means = {text: rows.mean(axis=0) for text, rows in states.items() if len(rows)}
    zeros = np.zeros(features.width, np.float32)

    def row(text: str, earlier: Sequence[str]) -> Rows:
        context_means = [means[line] for line in earlier if line in means]
        return np.concatenate(
            [means.get(text, zeros), np.mean(context_means, axis=0) if context_means else zeros]
        )

    has_text = np.array([text in means for text in utterances], bool)
    rows = [row(text, earlier) for text, earlier in zip(utterances, context_texts, strict=True)]
    return np.stack(rows).astype(np.float32) if rows else np.empty(
        (0, 2 * features.width), np.float32
    ), has_text


def sentence_rows(
    features: TextFeatures, utterances: Sequence[str]
) -> tuple[Rows, NDArray[np.bool_]]:
    """The vectors (N, features.width) of the utterances as the encoder pools them, and (N,) False
    where one is empty. Raises MediaError where a text is too long."""
    distinct = list(dict.fromkeys(utterances))
    readings = dict(zip(distinct, features(distinct), strict=True))
    rows = [readings[text].vector for text in utterances]
    has_text = np.array([len(readings[text].ids) > 0 for text in utterances], bool)
    return np.stack(rows) if rows else np.empty((0, features.width), np.float32), has_text


def face_rows(embeddings: Rows) -> Rows:
    """At most MAX_FACES of the embeddings (K, face_width) of the leading track in one utterance,
    evenly spaced over time."""
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
    """The six inputs of ``VideoNet`` for N utterances, padded with zeros and False.

    ``text`` (N, text_width) and ``has_text`` (N,) as ``text_rows`` gives them, ``faces`` (F,
    face_width) each as ``face_rows`` gives them, ``voices`` (voice_width,) each as
    ``SpeechFeatures.voice`` gives them; None or no rows where there is none.
    """
    padded_faces, face_mask = pad_vectors(faces, face_width)
    padded_voices, voice_mask = pad_vectors(
        [None if voice is None else voice[None] for voice in voices], voice_width
    )
    return (
        torch.from_numpy(text),
        torch.from_numpy(has_text),
        padded_faces,
        face_mask,
        padded_voices[:, 0],
        voice_mask[:, 0],
    )


def calibration_of(config: Mapping[str, Any], mode: str) -> Mapping[str, Mapping[str, float]]:
    """{"emotion": {"temperature", "threshold"}, "sentiment": {...}} for what ``mode_name``
    names."""
    return config["calibration"][mode]
