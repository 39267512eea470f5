"""Runs the video net over the spans of a clip: with all that is there, with less, and with each
modality alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.calibrate import probabilities
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.mel import speech_rows
from mmsent.models.video import VideoNet
from mmsent.pipelines.clip_spans import Span
from mmsent.pipelines.clip_watch import WatchedClip
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video_inputs import (
    MODALITIES,
    Rows,
    calibration_of,
    collate_moments,
    face_rows,
    mode_name,
    text_rows,
)

LABELS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}
BATCH = 16  # utterances that go through the net together

Probs = NDArray[np.floating]
ModeProbabilities = dict[str, dict[str, Probs]]  # "text+face" -> "emotion" -> (N, labels)


@dataclass(frozen=True, eq=False)
class Utterances:
    """N utterances as the net gets them; ``given`` (N, 3) bool says which of MODALITIES are there
    and count. Of the others ``faces`` and ``voices`` hold None, ``text`` (N, width) anything."""

    modality_mask: NDArray[np.bool_]
    text: Rows
    voices: list[Rows | None]
    faces: list[Rows | None]


def encode_utterances(
    watched: WatchedClip,
    spans: Sequence[Span],
    text: TextFeatures,
    speech: SpeechFeatures,
    chosen: Collection[str],
) -> Utterances:
    """What a clip holds of each span in the modalities ``chosen``: of those in which nobody speaks,
    the face alone. Raises MediaError where a text is too long."""
    texts = [span.text if "text" in chosen else "" for span in spans]
    said = [line for line in texts if line.strip()]
    count = np.cumsum([0, *(bool(line.strip()) for line in texts)])
    rows, read = text_rows(text, texts, [said[:n] for n in count[:-1]])
    voices: list[Rows | None] = (
        _encode_voices(watched, spans, speech) if "audio" in chosen else [None] * len(spans)
    )
    faces = [
        watched.faces.between(span.start, span.end) if "face" in chosen else None for span in spans
    ]
    heard, seen = (
        np.array([part is not None for part in parts], bool) for parts in (voices, faces)
    )
    return Utterances(
        np.stack([read, heard, seen], axis=1),
        rows,
        voices,
        [None if part is None else face_rows(part) for part in faces],
    )


def _encode_voices(
    watched: WatchedClip, spans: Sequence[Span], speech: SpeechFeatures
) -> list[Rows | None]:
    """What the encoder hears of each span, None where nobody speaks. It takes longest of all that a
    new transcript asks for, so it is kept as long as the times stay."""
    known = dict(watched.voices)
    watched.voices.clear()
    for span in spans:
        times = (span.start, span.end)
        if span.has_speech and times in known:
            watched.voices[times] = known[times]
        elif span.has_speech and watched.sounds.audible(*times):
            watched.voices[times] = speech.voice(
                speech_rows(watched.sounds.mel, watched.stretches, *times)
            )
    return [watched.voices.get((span.start, span.end)) for span in spans]


def predict_by_mode(
    net: VideoNet, config: Mapping[str, Any], utterances: Utterances, face_width: int
) -> ModeProbabilities:
    """Calibrated probabilities of "emotion" and "sentiment" from every set of modalities, by the
    set's name; zeros for an utterance that has not all of the set."""
    found: ModeProbabilities = {}
    for size in range(1, len(MODALITIES) + 1):
        for members in combinations(range(len(MODALITIES)), size):
            rows = np.flatnonzero(utterances.modality_mask[:, members].all(axis=1))
            if len(rows):
                mode = mode_name(*(i in members for i in range(len(MODALITIES))))
                found[mode] = {
                    kind: np.zeros((len(utterances.modality_mask), len(labels)))
                    for kind, labels in LABELS.items()
                }
                logits = _predict_logits(net, utterances, rows, members, face_width)
                for kind, part in zip(LABELS, logits, strict=True):
                    found[mode][kind][rows] = probabilities(
                        part, calibration_of(config, mode)[kind]["temperature"]
                    )
    return found


@torch.inference_mode()
def _predict_logits(
    net: VideoNet,
    utterances: Utterances,
    rows: NDArray[np.intp],
    members: Sequence[int],
    face_width: int,
) -> tuple[Probs, Probs]:
    """(R, 7) and (R, 3) raw, of the utterances ``rows`` (R,) from the modalities ``members``
    alone."""
    text, audio, face = (i in members for i in range(len(MODALITIES)))
    device = net.emotion.weight.device
    parts = []
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        batch = collate_moments(
            utterances.text[some],
            np.full(len(some), text),
            [utterances.faces[row] if face else None for row in some],
            [utterances.voices[row] if audio else None for row in some],
            face_width,
            net.voice_width,
        )
        parts.append(
            [out.float().cpu().numpy() for out in net(*(part.to(device) for part in batch))]
        )
    emotion, sentiment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return emotion, sentiment
