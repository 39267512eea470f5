"""Speech recognition with Whisper: the one that ships, or another that ``$MMSENT_WHISPER``
names."""

import logging
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HTTPError
from numpy.typing import NDArray

from mmsent.cancel import Cancel
from mmsent.hub import CheckpointError
from mmsent.mel import RATE
from mmsent.pipelines.speech import SpeechFeatures, load_whisper
from mmsent.transcripts import Cue

log = logging.getLogger(__name__)

ENVIRONMENT_VARIABLE = "MMSENT_WHISPER"  # another Whisper, on the Hub or in a folder; empty: none
FILES = ("*.json", "*.txt", "*.safetensors")
RETRY_SECONDS = 300.0  # seconds until a Whisper that could not be loaded is retried
WINDOW = 28.0  # seconds of speech that Whisper takes at a time; it has positions for 30
MAX_SILENCE = 1.0  # seconds of silence that are left between stretches of speech
# a second of speech, at most: who speaks fast says five words, and a loop of nonsense must end
TOKENS_PER_SECOND = 10.0
# Thresholds of Whisper's own paper (Radford et al. 2022, arXiv:2212.04356, section 4.5)
NO_SPEECH_THRESHOLD = 0.6  # probability of no speech from which improbable words are dropped
MIN_LOG_PROB = -1.0  # mean logarithm of the tokens' probabilities
MAX_COMPRESSION_RATIO = 2.4  # of the text by zlib; repetition compresses well
DOUBTFUL_LOG_PROB = -0.7  # mean log probability below which a passage is marked as doubtful
MIN_REPEATED_WORDS = 4  # words of a sentence that is not expected twice in a row
# share of the time of speech that was improbable from which it may be another language
FOREIGN_SHARE = 0.5

NOT_ENGLISH = (
    "What was heard makes hardly any sense as English: this may not be English, the only language "
    "that is written down."
)
SWITCHED_OFF = (
    "Speech recognition is switched off here; please give what is said as text or subtitles."
)
WEIGHTS_UNAVAILABLE = (
    "Speech recognition needs the weights of {}, which are neither here nor can be fetched; please "
    "give what is "
    "said as text or subtitles."
)

_failed: dict[str, float] = {}  # name -> when it could not be had
Samples = NDArray[np.float32]
Spans = Sequence[tuple[float, float]]


class Unavailable(RuntimeError):  # noqa: N818  # nobody's mistake
    """There is no speech recognition here; its text is one sentence that says what to do."""


@dataclass(frozen=True)
class RecognisedCue(Cue):
    """A recognised passage; ``doubtful`` where its words are improbable."""

    doubtful: bool = False


@dataclass(frozen=True)
class Window:
    """Stretches of speech that go through Whisper together: ``samples``, and by stretch where it
    begins there and in the clip, and how long it is, in seconds."""

    samples: Samples
    places: tuple[tuple[float, float, float], ...]

    def time(self, second: float) -> float:
        """The time in the clip of a second of the window."""
        here, clip_start, length = max(
            (place for place in self.places if place[0] <= second + 1e-6), default=self.places[0]
        )
        return clip_start + min(max(second - here, 0.0), length)


def transcribe(
    samples: Samples,
    stretches: Spans,
    speech: SpeechFeatures,
    cancelled: Cancel = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[list[RecognisedCue], list[str]]:
    """The recognised cues, and sentences for the reader. Only the stretches of speech are
    transcribed; improbable and repeated passages are left out.

    ``samples`` are mono, RATE a second, -1..1; ``stretches`` are (start, end) seconds of speech.
    ``speech`` is the Whisper that ships; ``$MMSENT_WHISPER`` names another one, whose weights
    (safetensors) come from a folder, the local cache, or the Hub where ``$HF_HUB_OFFLINE`` does not
    forbid it, and run on the device of ``speech``. Raises Unavailable. Once ``cancelled()`` is true
    it ends within a word, with what it has.
    """
    name = os.environ.get(ENVIRONMENT_VARIABLE)
    if name == "":
        raise Unavailable(SWITCHED_OFF)
    if not stretches:
        return [], []
    net, folder = (
        (speech.net, str(speech.folder)) if name is None else other_whisper(name, speech.device)
    )
    recognised: list[RecognisedCue] = []
    improbable = done = 0.0
    speech_seconds = sum(end - start for start, end in stretches)
    for window in windows(samples, stretches):
        if cancelled and cancelled():
            break
        for passage, sense in _recognise(window, net, _load_tokenizer(folder), cancelled):
            if sense and not (recognised and _is_repetition(passage.text, recognised[-1].text)):
                recognised.append(passage)
            else:
                improbable += passage.end - passage.start
        done += sum(length for *_, length in window.places)
        if progress:
            progress(done / speech_seconds)
    if improbable > FOREIGN_SHARE * speech_seconds:
        return [], [NOT_ENGLISH]
    return recognised, []


def _is_repetition(text: str, before: str) -> bool:
    """Whether a long sentence is repeated, as Whisper does where nothing can be understood."""
    return text == before and len(text.split()) > MIN_REPEATED_WORDS


def windows(samples: Samples, stretches: Spans) -> Iterator[Window]:
    """Windows of as many stretches as fit, with no more than MAX_SILENCE between them."""
    parts: list[Samples] = []
    places: list[tuple[float, float, float]] = []
    filled = 0.0
    for before, (start, end) in pairwise([(0.0, -MAX_SILENCE), *_split_long(stretches)]):
        gap = min(max(start - before[1], 0.0), MAX_SILENCE) if parts else 0.0
        if parts and filled + gap + end - start > WINDOW:
            yield Window(np.concatenate(parts), tuple(places))
            parts, places, filled, gap = [], [], 0.0, 0.0
        sound = samples[int(start * RATE) : int(end * RATE)]
        parts += [np.zeros(round(gap * RATE), np.float32), sound]
        places.append((filled + gap, start, end - start))
        filled += gap + len(sound) / RATE
    if parts:
        yield Window(np.concatenate(parts), tuple(places))


def _split_long(stretches: Spans) -> Iterator[tuple[float, float]]:
    """The stretches, those longer than WINDOW split evenly."""
    for start, end in stretches:
        count = max(1, int(np.ceil((end - start) / WINDOW)))
        yield from pairwise(np.linspace(start, end, count + 1).tolist())


def _recognise(
    window: Window, net: Any, tokens: tuple[Any, Any], cancelled: Cancel
) -> Iterator[tuple[RecognisedCue, bool]]:
    """The recognised passages of a window, and whether each is plausible."""
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Stop(StoppingCriteria):
        def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
            return torch.full(
                (len(input_ids),), bool(cancelled and cancelled()), device=input_ids.device
            )

    extractor, tokenizer = tokens
    features = extractor(window.samples, sampling_rate=RATE, return_tensors="pt").input_features
    with torch.inference_mode():
        output = net.generate(
            features.to(net.device),
            return_timestamps=True,
            return_segments=True,
            return_dict_in_generate=True,
            output_scores=True,
            condition_on_prev_tokens=False,
            temperature=0.0,
            logprob_threshold=MIN_LOG_PROB,
            no_speech_threshold=NO_SPEECH_THRESHOLD,
            max_new_tokens=min(int(TOKENS_PER_SECOND * len(window.samples) / RATE) + 10, 220),
            stopping_criteria=StoppingCriteriaList([Stop()]),
        )
    for segment in output["segments"][0]:
        text = tokenizer.decode(segment["tokens"], skip_special_tokens=True).strip()
        start, end = window.time(float(segment["start"])), window.time(float(segment["end"]))
        if text and start < end:
            sure = _mean_log_prob(segment)
            packed = len(text.encode()) / len(zlib.compress(text.encode()))
            yield (
                RecognisedCue(start, end, text, doubtful=sure < DOUBTFUL_LOG_PROB),
                sure >= MIN_LOG_PROB and packed <= MAX_COMPRESSION_RATIO,
            )


def _mean_log_prob(segment: Any) -> float:
    """The mean log probability of a segment's tokens."""
    first, stop = segment["idxs"]
    scores, sequence = segment["result"]["scores"], segment["result"]["sequences"]
    before = len(sequence) - len(scores)  # what was not generated but given
    rows = (
        torch.stack([scores[i - before] for i in range(first, min(stop, len(sequence)))])
        .float()
        .log_softmax(dim=-1)
    )
    return float(rows.gather(1, segment["tokens"][: len(rows), None].to(rows.device)).mean())


@lru_cache(maxsize=2)
def _load_tokenizer(folder: str) -> tuple[Any, Any]:
    from transformers import WhisperFeatureExtractor, WhisperTokenizer

    return WhisperFeatureExtractor.from_pretrained(folder), WhisperTokenizer.from_pretrained(folder)


@lru_cache(maxsize=1)
def other_whisper(name: str, device: str) -> tuple[Any, str]:
    """The Whisper of that name, and its folder. A failure is remembered for RETRY_SECONDS."""
    if time.monotonic() - _failed.get(name, -RETRY_SECONDS) >= RETRY_SECONDS:
        for local in (True, False):
            try:
                folder = (
                    name
                    if Path(name).is_dir()
                    else snapshot_download(name, allow_patterns=[*FILES], local_files_only=local)
                )
                return load_whisper(folder).to(device), folder
            # none of that name, no network, another kind
            except (HTTPError, OSError, ValueError, CheckpointError) as error:
                log.info("no speech recognition: %s", error)
        _failed[name] = time.monotonic()
    shown = Path(name).name if Path(name).is_absolute() else name  # visitors read it
    raise Unavailable(WEIGHTS_UNAVAILABLE.format(shown))
