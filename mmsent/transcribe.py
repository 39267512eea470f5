"""What is said in a clip, by Whisper through transformers. Optional: without its weights everything else works."""

import logging
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HTTPError
from numpy.typing import NDArray

from mmsent.speech import RATE
from mmsent.subtitles import Cue

log = logging.getLogger(__name__)

MODEL = "openai/whisper-tiny"
VARIABLE = "MMSENT_WHISPER"  # another Whisper, on the Hub or in a folder; empty: none
FILES = ("*.json", "*.txt", "*.safetensors")
WINDOW = 30  # seconds that Whisper hears at a time
AGAIN = 300.0  # seconds until it is tried again where it could not be had: not for every clip

_failed: dict[str, float] = {}  # name -> when it could not be had


class Unavailable(RuntimeError):  # noqa: N818  # nobody's mistake
    """There is no speech recognition here; its text is one sentence that says what to do."""


def transcribe(
    samples: NDArray[np.float32], model: str | None = None, cancelled: Callable[[], bool] | None = None
) -> list[Cue]:
    """Sound, mono, RATE samples a second, -1..1 -> what is said and when, [] where nothing is.

    ``model``: a Whisper on the Hugging Face Hub or in a folder; None means ``$MMSENT_WHISPER`` if set, else MODEL. Its weights
    (safetensors) come from the local cache, else from the Hub where ``$HF_HUB_OFFLINE`` does not forbid it. Raises Unavailable.
    [] also where ``cancelled()`` is true once they are there, which may take minutes.
    """
    name = os.environ.get(VARIABLE, MODEL) if model is None else model
    if not name:
        raise Unavailable("Speech recognition is switched off here; please give what is said as text or subtitles.")
    if not samples.any():
        return []
    recogniser = _recogniser(name)
    if cancelled and cancelled():
        return []
    heard = recogniser({"raw": samples, "sampling_rate": RATE}, return_timestamps=True, chunk_length_s=WINDOW)
    return _cues(heard["chunks"], len(samples) / RATE)


@lru_cache(maxsize=1)
def _recogniser(name: str) -> Any:
    """The pipeline of transformers. A failure is remembered for AGAIN seconds."""
    if time.monotonic() - _failed.get(name, -AGAIN) >= AGAIN:
        for local in (True, False):
            try:
                return _load(name, local)
            except (HTTPError, OSError, ValueError) as error:  # no such model, no network, offline; not a model of this kind
                log.info("no speech recognition: %s", error)
        _failed[name] = time.monotonic()
    raise Unavailable(
        f"Speech recognition needs the weights of {name}, which are neither here nor can be fetched; "
        "please give what is said as text or subtitles."
    )


def _load(name: str, local: bool) -> Any:
    """From the folder or the ``local`` cache, else the Hub is asked, once: transformers itself would ask again and again."""
    here = Path(name).is_dir()
    folder = name if here else snapshot_download(name, allow_patterns=[*FILES], local_files_only=local)
    from transformers import pipeline  # takes seconds to import, and most clips come with no need of it

    return pipeline("automatic-speech-recognition", folder)


def _cues(chunks: list[dict[str, Any]], duration: float) -> list[Cue]:
    """The pieces as transformers gives them: the last one may have no end."""
    cues = []
    for chunk in chunks:
        start, end = chunk["timestamp"]
        end = duration if end is None else min(end, duration)
        if start is not None and start < end and chunk["text"].strip():
            cues.append(Cue(float(start), float(end), chunk["text"].strip()))
    return cues
