"""The frozen speech encoder that transcription and the voice share: Whisper, loaded on first
use."""

import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent import hub
from mmsent.mel import MELS, Mel, normalize_level
from mmsent.models.speech import LAYERS, VoiceStates
from mmsent.pipelines.shared import shared
from mmsent.runtime import Device, Runner, choose_device, make_runner

# rows of log-mel of one utterance, half a minute: all that Whisper has positions for
MAX_MEL_ROWS = 3000
EXAMPLE_ROWS = 300  # rows of the example for the exported net


class SpeechFeatures:
    """Voice embeddings, and the Whisper itself, for transcription. May be called
    from several threads."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        architecture = hub.read_config(folder, "speech")
        self.folder, self.device = folder, choose_device(device)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.identity = hub.identity(folder, {})
        # a mean and a deviation of each hidden state
        self.width: int = 2 * min(LAYERS, architecture["encoder_layers"]) * architecture["d_model"]
        self._loading = threading.Lock()
        self._net: Any = None
        self._run: Runner | None = None

    @property
    def net(self) -> Any:
        """The ``WhisperForConditionalGeneration``, on ``device``. Raises CheckpointError where its
        weights are damaged."""
        with self._loading:
            self._net = self._net or load_whisper(self.folder).to(self.device)
        return self._net

    def load(self) -> Runner:
        """The function that runs the encoder; it and ``net`` are loaded on first use."""
        net = self.net
        with self._loading:
            self._run = self._run or _make_encoder_runner(net, self.device)
        return self._run

    def voice(self, mel: Mel) -> NDArray[np.float32]:
        """The voice embedding (width,) of a log-mel (T, MELS) with two rows or more, of which at
        most MAX_MEL_ROWS are used."""
        return self.load()(normalize_level(mel[:MAX_MEL_ROWS])[None])[0].reshape(-1)


def load_whisper(folder: str | Path) -> Any:
    """The Whisper in a folder as transformers has it, in full precision. Raises CheckpointError
    where it is none."""
    from transformers import WhisperForConditionalGeneration  # takes seconds to import
    from transformers.utils import logging

    logging.set_verbosity_error()  # it warns of its own settings, at every window
    logging.disable_progress_bar()
    try:
        return WhisperForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        ).eval()
    except Exception as error:  # transformers and safetensors raise what they like
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise hub.CheckpointError(
            f"{folder} holds no Whisper, or a damaged one: {reason}"
        ) from None


def _make_encoder_runner(net: Any, device: str) -> Runner:
    example = normalize_level(
        np.random.default_rng(0).uniform(-8, 1, (EXAMPLE_ROWS, MELS)).astype(np.float32)
    )
    return make_runner(
        VoiceStates(
            deepcopy(net.model.encoder).cpu()
        ),  # transcription keeps its own, in full precision
        torch.from_numpy(np.stack([example] * 2)),
        device,
        free=(0, 1),
    )


def speech_features(
    source: str | Path | None = None, device: Device | None = None
) -> SpeechFeatures:
    """The speech encoder in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find``
    has it), made once."""
    return shared(SpeechFeatures, "speech", source, device)
