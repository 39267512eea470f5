"""Runs the video net over the spans of a clip: with every set of the modalities that are given."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.calibrate import probabilities
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.pipelines.clip_readers import Utterances
from mmsent.pipelines.video_inputs import calibration_of, collate_moments, mode_name

LABELS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}
BATCH = 16  # utterances that go through the net together

Probs = NDArray[np.floating]
ModeProbabilities = dict[str, dict[str, Probs]]  # "text+face" -> "emotion" -> (N, labels)


def predict_by_mode(
    net: Any,
    config: Mapping[str, Any],
    utterances: Utterances,
    seen_width: int,
    names: Sequence[str],
) -> ModeProbabilities:
    """Calibrated probabilities of "emotion" and "sentiment" from every set of the modalities
    ``names``, by the set's name; zeros for an utterance that lacks a modality of the set."""
    probabilities_by_mode: ModeProbabilities = {}
    for size in range(1, len(names) + 1):
        for members in combinations(range(len(names)), size):
            rows = np.flatnonzero(utterances.modality_mask[:, members].all(axis=1))
            if len(rows):
                text, audio, seen = (i in members for i in range(len(names)))
                mode = mode_name(text, audio, seen, names=names)
                probabilities_by_mode[mode] = {
                    kind: np.zeros((len(utterances.modality_mask), len(labels)))
                    for kind, labels in LABELS.items()
                }
                logits = predict_logits(net, utterances, rows, members, seen_width)
                for kind, part in zip(LABELS, logits, strict=True):
                    probabilities_by_mode[mode][kind][rows] = probabilities(
                        part, calibration_of(config, mode)[kind]["temperature"]
                    )
    return probabilities_by_mode


@torch.inference_mode()
def predict_logits(
    net: Any,
    utterances: Utterances,
    rows: NDArray[np.intp],
    members: Sequence[int],
    seen_width: int,
) -> tuple[Probs, Probs]:
    """The logits (R, 7) and (R, 3) of the utterances ``rows`` (R,) from the modalities
    ``members``, some of 0, 1 and 2."""
    text, audio, seen = (i in members for i in range(3))
    device = next(net.parameters()).device
    parts = []
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        batch = collate_moments(
            utterances.text[some],
            np.full(len(some), text),
            [utterances.faces[row] if seen else None for row in some],
            [utterances.voices[row] if audio else None for row in some],
            seen_width,
            net.voice_width,
        )
        parts.append(
            [out.float().cpu().numpy() for out in net(*(part.to(device) for part in batch))]
        )
    emotion, sentiment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return emotion, sentiment
