"""Runs the video net over the spans of a clip: with every set of the modalities that are given."""

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
    """N utterances as inputs of the net; ``modality_mask`` (N, 3) is False where one of MODALITIES
    is missing or switched off. There ``faces`` and ``voices`` hold None, ``text`` (N, width) any
    values."""

    modality_mask: NDArray[np.bool_]
    text: Rows
    voices: list[Rows | None]
    faces: list[Rows | None]


def encode_utterances(
    watched_clip: WatchedClip,
    spans: Sequence[Span],
    text: TextFeatures,
    speech: SpeechFeatures,
    modalities: Collection[str],
) -> Utterances:
    """The inputs of the net for each span, in the given ``modalities``; only faces for spans
    without speech. Raises MediaError where a text is too long."""
    texts = [span.text if "text" in modalities else "" for span in spans]
    earlier_texts = [line for line in texts if line.strip()]
    count = np.cumsum([0, *(bool(line.strip()) for line in texts)])
    rows, text_mask = text_rows(text, texts, [earlier_texts[:n] for n in count[:-1]])
    voices: list[Rows | None] = (
        _encode_voices(watched_clip, spans, speech)
        if "audio" in modalities
        else [None] * len(spans)
    )
    faces = [
        watched_clip.faces.between(span.start, span.end) if "face" in modalities else None
        for span in spans
    ]
    voice_mask, face_mask = (
        np.array([part is not None for part in parts], bool) for parts in (voices, faces)
    )
    return Utterances(
        np.stack([text_mask, voice_mask, face_mask], axis=1),
        rows,
        voices,
        [None if part is None else face_rows(part) for part in faces],
    )


def _encode_voices(
    watched_clip: WatchedClip, spans: Sequence[Span], speech: SpeechFeatures
) -> list[Rows | None]:
    """The voice embedding of each span, None where nobody speaks. This is the slowest step after a
    change of the transcript, so embeddings are cached by their times."""
    cached = dict(watched_clip.voices)
    watched_clip.voices.clear()
    for span in spans:
        times = (span.start, span.end)
        if span.has_speech and times in cached:
            watched_clip.voices[times] = cached[times]
        elif span.has_speech and watched_clip.sounds.audible(*times):
            watched_clip.voices[times] = speech.voice(
                speech_rows(watched_clip.sounds.mel, watched_clip.stretches, *times)
            )
    return [watched_clip.voices.get((span.start, span.end)) for span in spans]


def predict_by_mode(
    net: VideoNet, config: Mapping[str, Any], utterances: Utterances, face_width: int
) -> ModeProbabilities:
    """Calibrated probabilities of "emotion" and "sentiment" from every set of modalities, by the
    set's name; zeros for an utterance that lacks a modality of the set."""
    probabilities_by_mode: ModeProbabilities = {}
    for size in range(1, len(MODALITIES) + 1):
        for members in combinations(range(len(MODALITIES)), size):
            rows = np.flatnonzero(utterances.modality_mask[:, members].all(axis=1))
            if len(rows):
                mode = mode_name(*(i in members for i in range(len(MODALITIES))))
                probabilities_by_mode[mode] = {
                    kind: np.zeros((len(utterances.modality_mask), len(labels)))
                    for kind, labels in LABELS.items()
                }
                logits = _predict_logits(net, utterances, rows, members, face_width)
                for kind, part in zip(LABELS, logits, strict=True):
                    probabilities_by_mode[mode][kind][rows] = probabilities(
                        part, calibration_of(config, mode)[kind]["temperature"]
                    )
    return probabilities_by_mode


@torch.inference_mode()
def _predict_logits(
    net: VideoNet,
    utterances: Utterances,
    rows: NDArray[np.intp],
    members: Sequence[int],
    face_width: int,
) -> tuple[Probs, Probs]:
    """The logits (R, 7) and (R, 3) of the utterances ``rows`` (R,) from the modalities
    ``members``."""
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
