"""Why a clip was read as it was: what words, voice and face each move, and each word of a moment."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.attribution import attribute, shapley
from mmsent.calibrate import probabilities
from mmsent.explain import log_odds
from mmsent.pipelines.clip_answers import LABELS, ModeProbabilities
from mmsent.pipelines.clip_readers import Utterances
from mmsent.pipelines.rereading import Rereading, budget
from mmsent.pipelines.video_inputs import SIDES, collate_moments
from mmsent.results import Moment

if TYPE_CHECKING:
    from mmsent.pipelines.video import VideoPipeline

EMOTIONS = LABELS["emotion"]


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


def with_word_reasons(
    moments: Sequence[Moment], rows: Sequence[int], utterances: Utterances, video: "VideoPipeline"
) -> tuple[Moment, ...]:
    """``moments``, of which each is one of ``rows`` of the utterances, with what their words did."""
    return tuple(
        _explained(moment, row, utterances, video) if "text" in moment.by_modality else moment
        for moment, row in zip(moments, rows, strict=True)
    )


def _explained(moment: Moment, row: int, utterances: Utterances, video: "VideoPipeline") -> Moment:
    """The utterance is read again without each word, beside the same voice, face and context."""
    text, net = video.text, video.net
    (reading,) = text([moment.text])
    device = next(net.parameters()).device
    context = utterances.text[row, text.width :]
    mode = "+".join(name for name in SIDES if name in moment.by_modality)
    temperature = video.calibration(mode)["emotion"]["temperature"]

    @torch.inference_mode()
    def judge(means: NDArray[np.float32], has_text: NDArray[np.bool_]) -> NDArray[np.float64]:
        batch = collate_moments(
            np.concatenate([means, np.repeat(context[None], len(means), axis=0)], axis=1),
            has_text,
            [utterances.faces[row]] * len(means),
            [utterances.voices[row]] * len(means),
            video.reader.seen_width,
            net.voice_width,
        )
        logits = net(*(part.to(device) for part in batch))[0].float().cpu().numpy()
        probs = probabilities(logits, temperature)
        return log_odds(probs[:, [EMOTIONS.index(moment.emotion.top)]])

    reread = Rereading(text, reading, lambda tokens: tokens.states, judge, net.pooled)
    found = attribute(reading.words, reread, budget(text.weights, video.device))
    return replace(
        moment,
        tokens=reading.words,
        attributions=tuple(found.words[:, 0].tolist()),
        phrases=found.phrases[0],
    )
