"""Why a clip was read as it was: what words, voice and face each move, and each word of a moment."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.attribution import (
    COVER_SHARE,
    PHRASE_SHARE,
    Attributions,
    attribute,
    grouped_notes,
    shapley,
)
from mmsent.calibrate import probabilities
from mmsent.cancel import Cancel, stop_if
from mmsent.explain import log_odds
from mmsent.pipelines.clip_answers import LABELS, ModeProbabilities
from mmsent.pipelines.clip_moments import durations
from mmsent.pipelines.clip_readers import Utterances
from mmsent.pipelines.encoders import Reading
from mmsent.pipelines.rereading import Rereading, budget, reasons_seconds
from mmsent.pipelines.video_inputs import SIDES, collate_moments
from mmsent.results import Moment

if TYPE_CHECKING:
    from mmsent.pipelines.video import VideoPipeline

EMOTIONS = LABELS["emotion"]
CLIP_TEXTS = 2  # whole texts' budgets that the words of one clip may cost
SKIPPED_NOTE = (
    "What each word did was measured in {:,} of the {:,} moments with words, those where words "
    "did most; the others would have taken too long."
)


def side_shares(
    by_mode: ModeProbabilities,
    rows: Sequence[int],
    modes: Sequence[str],
    seconds: NDArray[np.floating],
    top: str,
) -> dict[str, float]:
    """Of each modality that one of ``modes`` names, its Shapley value in log-odds of the emotion
    ``top``, over the utterances ``rows`` together: their mean weighted by ``seconds``. Without any
    modality all emotions are equally probable."""
    label = EMOTIONS.index(top)
    given = [mode.split("+") for mode in modes]
    sides = [name for name in SIDES if any(name in names for names in given)]

    def probability(row: int, names: Sequence[str], chosen: Sequence[str]) -> float:
        mode = "+".join(name for name in names if name in chosen)
        return float(by_mode[mode]["emotion"][row, label]) if mode else 1 / len(EMOTIONS)

    def worth(chosen: Sequence[str]) -> float:
        each = [probability(row, names, chosen) for row, names in zip(rows, given, strict=True)]
        return float(log_odds(np.average(each, weights=seconds)))

    sets = [some for size in range(len(sides) + 1) for some in combinations(sides, size)]
    return shapley({frozenset(some): worth(some) for some in sets}, sides)


class WordReasons:
    """What each word of a clip did: toward the emotion of its moment, and of the clip. Utterances
    are read again without it, beside the same voice, face and context."""

    def __init__(
        self,
        moments: Sequence[Moment],
        rows: Sequence[int],
        utterances: Utterances,
        video: "VideoPipeline",
        top: str,
    ) -> None:
        """``moments``, each of which is one of ``rows`` of the utterances; the emotion of the clip
        is ``top``."""
        self._moments, self._rows, self._top = moments, rows, EMOTIONS.index(top)
        self._utterances, self._video = utterances, video
        seconds = np.array(durations(moments))
        self._parts = seconds / seconds.sum()  # of the clip's probability
        probs = [moment.emotion.probs[self._top] for moment in moments]
        self._whole = float(self._parts @ probs)

    def measured(self, cancelled: Cancel = None) -> tuple[tuple[Moment, ...], tuple[str, ...]]:
        """The moments with what their words did, and notes. The words of a clip cost CLIP_TEXTS
        budgets at most: moments that move the clip most by their words come first. Raises Cancelled
        once ``cancelled()`` is true."""
        text, spoken = self._video.text, self._spoken()
        readings = text([self._moments[index].text for index in spoken])
        each = budget(text, str(self._video.device))
        left, alone = CLIP_TEXTS * each, []
        told = list(self._moments)
        for index, reading in zip(spoken, readings, strict=True):
            stop_if(cancelled)
            reread = self._rereading(index, reading, cancelled)
            need = min(each, _need(reading, reread))
            if need > left or not reading.words:
                continue
            found = attribute(reading.words, reread, min(left, each))
            left -= need
            alone.append(found.alone)
            told[index] = _explained(told[index], reading, found)
        notes = grouped_notes(np.concatenate(alone)) if alone else ()
        if len(alone) < len(spoken):
            notes = (*notes, SKIPPED_NOTE.format(len(alone), len(spoken)))
        return tuple(told), notes

    def _spoken(self) -> list[int]:
        """The moments in which words count, those first that move the clip most by them."""
        spoken = [i for i, moment in enumerate(self._moments) if _is_spoken(moment)]
        moved = [abs(moment.shares.get("text", 0.0)) for moment in self._moments] * self._parts
        return sorted(spoken, key=lambda index: -moved[index])

    def _rereading(self, index: int, reading: Reading, cancelled: Cancel) -> Rereading:
        """The words of a moment, to be read without some: the log-odds (N, 2) of its emotion, and
        of the clip's."""
        video, utterances, row = self._video, self._utterances, self._rows[index]
        moment, part = self._moments[index], self._parts[index]
        context = utterances.text[row, video.text.width :]
        mode = "+".join(name for name in SIDES if name in moment.by_modality)
        temperature = video.calibration(mode)["emotion"]["temperature"]
        own = EMOTIONS.index(moment.emotion.top)
        others = self._whole - part * moment.emotion.probs[self._top]

        @torch.inference_mode()
        def judge(means: NDArray[np.float32], counts: NDArray[np.integer]) -> NDArray[np.float64]:
            batch = collate_moments(
                np.concatenate([means, np.repeat(context[None], len(means), axis=0)], axis=1),
                counts > 0,
                [utterances.faces[row]] * len(means),
                [utterances.voices[row]] * len(means),
                video.reader.seen_width,
                video.net.voice_width,
            )
            device = next(video.net.parameters()).device
            logits = video.net(*(part.to(device) for part in batch))[0].float().cpu().numpy()
            probs = probabilities(logits, temperature)
            return log_odds(np.stack([probs[:, own], others + part * probs[:, self._top]], axis=1))

        pooled = video.net.pooled
        return Rereading(
            video.text, reading, lambda tokens: tokens.states, judge, pooled, cancelled
        )


def word_seconds(video: "VideoPipeline", moments: Sequence[Moment]) -> float:
    """About how long the words of ``moments`` take, as ``rereading.reasons_seconds`` has it."""
    texts = [moment.text for moment in moments if _is_spoken(moment)]
    return reasons_seconds(video.text, str(video.device), texts, CLIP_TEXTS)


def _is_spoken(moment: Moment) -> bool:
    """Whether its words count."""
    return "text" in moment.by_modality


def _need(reading: Reading, reread: Rereading) -> int:
    """Tokens that all reasons of a text cost, were there no limit."""
    words = sum(reread.cost([i]) for i in range(len(reading.words)))
    return int(words / (1 - PHRASE_SHARE - COVER_SHARE))


def _explained(moment: Moment, reading: Reading, found: Attributions) -> Moment:
    return replace(
        moment,
        tokens=reading.words,
        attributions=tuple(found.words[:, 0].tolist()),
        phrases=found.phrases[0],
        clip_attributions=tuple(found.words[:, 1].tolist()),
        clip_phrases=found.phrases[1],
    )
