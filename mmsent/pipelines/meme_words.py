"""What the words of a meme say: the heads that the text encoder was tuned with, or others that were
learnt for captions, asked of its caption."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent.calibrate import probabilities
from mmsent.captions import strip_watermarks
from mmsent.hub import CheckpointError
from mmsent.media import MediaError
from mmsent.models.meme import MemeNets
from mmsent.pipelines.encoders import Reading, TextFeatures
from mmsent.results import Scores

Weights = tuple[NDArray[np.float32], NDArray[np.float32]]


def judge_words(
    text: TextFeatures, head: Mapping[str, Any], sentences: NDArray[np.float32]
) -> NDArray[np.floating]:
    """(N, labels) probabilities from (N, width) means of token states. ``head`` is a part of
    ``words`` in a meme checkpoint's config.json: a ``task`` of the encoder, for each of its
    ``labels`` those of the task that it is the sum of, and the ``temperature`` of these sums; with
    its ``weights`` where it has its own."""
    weight, bias = head_weights(text, head)
    probs = probabilities(sentences @ weight.T + bias)
    sums = probs @ merging(text.labels[head["task"]], head["labels"])
    return probabilities(np.log(sums.clip(min=1e-12)), head["temperature"])


def head_weights(text: TextFeatures, head: Mapping[str, Any]) -> Weights:
    """The weight (labels of the task, width) and bias (labels of the task,) of a head of
    ``judge_words``: its own, or those that the encoder was tuned with."""
    return head["weights"] if "weights" in head else text.head(head["task"])


def with_weights(
    heads: Mapping[str, Mapping[str, Any]], nets: MemeNets
) -> dict[str, dict[str, Any]]:
    """``heads`` of config.json; those that are ``own`` get their weights from the checkpoint's
    ``nets``."""
    found = {name: dict(head) for name, head in heads.items()}
    for name, head in found.items():
        if head.get("own"):
            layer = nets[f"words_{name}"]
            weight, bias = (part.detach().float().cpu().numpy() for part in layer.parameters())
            head["weights"] = (weight, bias)
    return found


def merging(parts: Sequence[str], labels: Mapping[str, Sequence[str]]) -> NDArray[np.float64]:
    """(parts, labels) 1 where a part belongs to a label, else 0."""
    columns = [[part in members for part in parts] for members in labels.values()]
    return np.array(columns, np.float64).T


def say_words(
    text: TextFeatures,
    heads: Mapping[str, Mapping[str, Any]],
    shown: str,
    cleaned: Reading,
    doubtful: bool,
) -> dict[str, Scores]:
    """What each of ``heads`` says of the caption ``shown``; nothing where it has no words; unsure,
    all of it, where they are ``doubtful``. They are read with their punctuation, which irony hangs on,
    or as they were ``cleaned`` where that is too long."""
    if not heads or not len(cleaned.states):
        return {}
    try:
        reading = text([strip_watermarks(shown)])[0]
    except MediaError:
        reading = cleaned
    sentence = reading.states.mean(axis=0, keepdims=True)
    return {
        name: Scores.of(
            tuple(head["labels"]), judge_words(text, head, sentence)[0], head["threshold"], doubtful
        )
        for name, head in heads.items()
    }


def check_heads(folder: Path, heads: Mapping[str, Mapping[str, Any]], text: TextFeatures) -> None:
    """Raises CheckpointError where the ``heads`` of the checkpoint in ``folder`` are of tasks or labels
    that the encoder has not."""
    for name, head in heads.items():
        known = text.labels.get(head["task"], [])
        parts = [part for members in head["labels"].values() for part in members]
        if sorted(parts) != sorted(known):
            raise CheckpointError(
                f"{folder / 'config.json'} is wrong at words.{name}: the text encoder knows no "
                f"“{head['task']}” with these labels; fetch or train it again."
            )
