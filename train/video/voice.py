"""The first step of ``train.video``: the voice learns emotion from acted and spoken sentences
alone.

Least squares from what Whisper hears to the labels, with a ridge, corpora and emotions in fixed
shares: of all that was tried it carries over best to a corpus that was not heard, in a second. What
tells speakers, rooms and microphones apart must not tell emotions apart, so it learns from voices
changed at random, too (``voice_changes``).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VoiceJudge
from train.video.single_modality import SENTIMENT_OF, UNKNOWN
from train.video.voice_data import Voices

# Ridge of each mean and of each deviation over time, beside its variance, which is 1: deviations say
# more of the speakers who were heard and less of others, so they are held back
RIDGE = (1.0, 5.0)
# How much each corpus counts: RAVDESS has most speakers, TESS two who say the same over and over,
# URDU few rows of four of the emotions
CORPUS_WEIGHTS = {"ravdess": 2.0, "tess": 0.3, "urdu": 0.1}
SPEAKER_FOLDS = 6  # parts that the speakers are left out in
RECIPE = dict(zip(("voice_ridge_means", "voice_ridge_deviations"), RIDGE, strict=True)) | {
    f"voice_share_{corpus}": share for corpus, share in CORPUS_WEIGHTS.items()
}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class VoiceLogits:
    """``emotion`` (N, 7) and ``sentiment`` (N, 3) logits of voices."""

    emotion: Floats
    sentiment: Floats


def row_weights(voices: Voices, labels: NDArray[np.int64]) -> Floats:
    """The weight of each row (N,), in sum 1: corpora by CORPUS_WEIGHTS, the labels of each corpus
    alike; 0 where the label is UNKNOWN."""
    weights = np.zeros(len(voices), np.float32)
    for corpus in np.unique(voices.corpora):
        of = [
            (voices.corpora == corpus) & (labels == label)
            for label in np.unique(labels[labels != UNKNOWN])
        ]
        of = [rows for rows in of if rows.any()]
        for rows in of:
            weights[rows] = CORPUS_WEIGHTS.get(corpus, 1.0) / len(of) / rows.sum()
    return weights / weights.sum()


def train_voice(voices: Voices, seed: int | None = None) -> VoiceJudge:
    """The fitted judge. With a ``seed`` every speaker counts at random (Bayesian bootstrap, Rubin
    1981), which shows how much hangs on who was heard."""
    judge = VoiceJudge(voices.states.shape[1], len(CONVERSATION_EMOTIONS), len(SENTIMENTS)).eval()
    luck = np.ones(len(voices), np.float32)
    if seed is not None:
        names, of = np.unique(voices.speakers, return_inverse=True)
        luck = np.random.default_rng(seed).exponential(size=len(names)).astype(np.float32)[of]
    states = voices.states.astype(np.float32)
    weights = row_weights(voices, voices.emotions)
    mean = weights @ states
    variance = weights @ (states - mean) ** 2
    scaled = (states - mean) / np.sqrt(variance + judge.norm.eps)
    with torch.no_grad():
        judge.norm.running_mean = torch.from_numpy(mean)
        judge.norm.running_var = torch.from_numpy(variance)
        for layer, labels in (
            (judge.emotion, voices.emotions),
            (judge.sentiment, SENTIMENT_OF[voices.emotions]),
        ):
            weight, bias = _least_squares(
                scaled, labels, row_weights(voices, labels) * luck, layer.out_features
            )
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))
    return judge


def _least_squares(
    scaled: Floats, labels: NDArray[np.int64], weights: Floats, count: int
) -> tuple[Floats, Floats]:
    """(count, width) and (count,): the linear function of (N, width), means before deviations,
    nearest to the labels, one for each."""
    weights = weights / weights.sum()
    middle = weights @ scaled
    once = np.eye(count, dtype=np.float32)[np.maximum(labels, 0)]
    often = weights @ once
    root = np.sqrt(weights)[:, None]
    rows = root * (scaled - middle)
    square = rows.T @ rows
    square[np.diag_indices_from(square)] += np.repeat(RIDGE, len(square) // 2)
    weight = np.linalg.solve(square, rows.T @ (root * (once - often))).T
    return weight, often - weight @ middle


@torch.inference_mode()
def voice_logits(judge: VoiceJudge, voices: Voices) -> VoiceLogits:
    emotion, sentiment = judge(torch.from_numpy(voices.states.astype(np.float32)))
    return VoiceLogits(emotion.numpy(), sentiment.numpy())


def leave_group_out_logits(voices: Voices, groups: NDArray, seed: int | None = None) -> VoiceLogits:
    """Leave-one-group-out logits of the recorded ``voices``: each from a classifier that was not
    trained on its group; ``groups`` (N,) of all ``voices``."""
    logits_by_task = {
        name: np.zeros((len(voices), count), np.float32)
        for name, count in (("emotion", 7), ("sentiment", 3))
    }
    for group in np.unique(groups):
        out = groups == group
        logits = voice_logits(train_voice(voices[~out], seed), voices[out])
        logits_by_task["emotion"][out], logits_by_task["sentiment"][out] = (
            logits.emotion,
            logits.sentiment,
        )
    recorded = voices.view == 0
    return VoiceLogits(logits_by_task["emotion"][recorded], logits_by_task["sentiment"][recorded])


def speaker_folds(voices: Voices) -> NDArray[np.int64]:
    """The fold of each voice (N,), 0 to SPEAKER_FOLDS - 1: whose speakers are left out together."""
    return np.searchsorted(np.unique(voices.speakers), voices.speakers) % SPEAKER_FOLDS
