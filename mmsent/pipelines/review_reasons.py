"""Why a review was read as it was: what text and photo each move, and each word."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.attribution import attribute, shapley
from mmsent.cancel import Cancel
from mmsent.explain import log_odds
from mmsent.pipelines.encoders import Reading, Tokens
from mmsent.pipelines.rereading import Rereading, budget
from mmsent.pipelines.review_inputs import collate
from mmsent.results import ReviewResult, Scores

if TYPE_CHECKING:
    from mmsent.pipelines.review import ReviewPipeline


def with_word_reasons(
    review: "ReviewPipeline",
    result: ReviewResult,
    reading: Reading,
    patches: NDArray | None,
    mode: str,
    cancelled: Cancel = None,
) -> ReviewResult:
    """``result`` with what each word and some phrases did. Raises Cancelled."""
    reread = rereading(review, reading, patches, mode, result.sentiment.top, cancelled)
    found = attribute(reading.words, reread, budget(review.text, review.device))
    return replace(
        result,
        attributions=tuple(found.words[:, 0].tolist()),
        phrases=found.phrases[0],
        notes=(*result.notes, *found.notes),
    )


def side_shares(
    review: "ReviewPipeline",
    sentiment: Scores,
    alone: dict[str, Scores],
    reading: Reading,
    mode: str,
) -> dict[str, float]:
    """What text and photo move; each set of them as it is calibrated, an empty one as the
    verdict is."""
    nothing = review.logits([reading.tokens[:0]], [None])
    worth = {
        frozenset({side}): float(log_odds(scores.as_dict()[sentiment.top]))
        for side, scores in alone.items()
    }
    worth[frozenset()] = float(_log_odds(review, nothing, mode, sentiment.top)[0])
    worth[frozenset(alone)] = float(log_odds(sentiment.confidence))
    return shapley(worth, list(alone))


def is_conflict(alone: dict[str, Scores]) -> bool:
    """Both sides sure, and of opposite feeling."""
    return (
        len(alone) == 2
        and not any(scores.unsure for scores in alone.values())
        and {scores.top for scores in alone.values()} == {"negative", "positive"}
    )


def attention_by_word(attention: NDArray[np.float32], reading: Reading) -> NDArray[np.float32]:
    """(T, P) attention of tokens -> (W, P), the mean over each word's tokens; the one row of no
    text stays, that of a pooled text is every word's."""
    if not reading.words:
        return attention
    words = len(reading.words)
    if len(attention) != len(reading.word_of):
        return np.repeat(attention, words, axis=0)
    sums = np.zeros((words, attention.shape[1]), np.float32)
    np.add.at(sums, reading.word_of, attention)
    counts = np.bincount(reading.word_of, minlength=words).clip(min=1)[:, None]
    return np.asarray(sums / counts, np.float32)


def rereading(
    review: "ReviewPipeline",
    reading: Reading,
    patches: NDArray | None,
    mode: str,
    top: str,
    cancelled: Cancel = None,
) -> Rereading:
    """The text of ``reading`` beside ``patches`` (P, width), or no photo, to be read without
    some of its words: the log-odds (N, 1) of the label ``top``."""
    _, _, seen, looked, _ = collate([reading.tokens[:0]], [patches], review.image.width)
    nothing = review.logits([reading.tokens[:0]], [patches])

    @torch.inference_mode()
    def features(tokens: Tokens) -> NDArray[np.float32]:
        batch = (
            torch.from_numpy(tokens.states)[None],
            seen,
            looked,
            torch.from_numpy(tokens.ids)[None],
        )
        if review.net.pooled:
            return tokens.states
        rows = review.net.token_features(*(part.to(review.device) for part in batch))[0][0]
        return rows.float().cpu().numpy()

    @torch.inference_mode()
    def judge(means: NDArray[np.float32], counts: NDArray[np.integer]) -> NDArray[np.float64]:
        has_text = counts > 0
        rows = torch.from_numpy(means)
        if review.net.pooled:
            photos = seen.expand(len(rows), -1, -1), looked.expand(len(rows), -1)
            batch = (rows[:, None], torch.from_numpy(has_text)[:, None], *photos)
            logits = review.net(*(part.to(review.device) for part in batch))[0]
        else:
            logits = review.net.classify(rows.to(review.device))
        answers = np.where(has_text[:, None], logits.float().cpu().numpy(), nothing)
        return _log_odds(review, answers, mode, top)[:, None]

    return Rereading(review.text, reading, features, judge, review.net.pooled, cancelled)


def _log_odds(
    review: "ReviewPipeline", logits: NDArray[np.floating], mode: str, top: str
) -> NDArray[np.float64]:
    """(N, 3) raw logits of rows that were given ``mode`` -> (N,) log-odds of the label
    ``top``."""
    return log_odds(review.probabilities(logits, mode)[:, review.labels.index(top)])
