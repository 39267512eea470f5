"""The frozen encoder of moving pictures: frames of moments to one vector each."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent import hub
from mmsent.configs import read_checked
from mmsent.models.motion import MotionEncoder
from mmsent.pipelines.shared import shared
from mmsent.runtime import Device, choose_device, make_runner

BATCH_SIZE = 4  # moments; each is as much work as a hundred pictures


class MotionFeatures:
    """Vectors of moments: of each ``frames`` pictures, ``size`` pixels wide and high."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        config = read_checked(folder, "motion")
        preprocessing = config["preprocessing"]
        self.size: int = preprocessing["size"]
        self.frames: int = preprocessing["frames"]
        net = build_motion_net(folder, config)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.identity = hub.identity(folder, preprocessing)
        self.width = net.width
        shape = (2, self.frames, self.size, self.size, 3)
        example = torch.randint(256, shape, dtype=torch.uint8)
        self._run = make_runner(net, example, choose_device(device))
        self.seconds = 0.0  # that a moment took when it was last asked

    def __call__(self, moments: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N, width) of N moments, each (frames, size, size, 3) RGB."""
        begun = time.perf_counter()
        parts = [
            self._run(np.stack(moments[i : i + BATCH_SIZE]))[0]
            for i in range(0, len(moments), BATCH_SIZE)
        ]
        if moments:
            self.seconds = (time.perf_counter() - begun) / len(moments)
        return np.concatenate([np.empty((0, self.width), np.float32), *parts])


def build_motion_net(folder: Path, config: hub.Config) -> MotionEncoder:
    """The net of a motion encoder's checkpoint, in PyTorch. Raises CheckpointError."""
    preprocessing = config["preprocessing"]
    return hub.build_net(
        folder,
        lambda: MotionEncoder(config["architecture"], preprocessing["mean"], preprocessing["std"]),
    )


def motion_features(
    source: str | Path | None = None, device: Device | None = None
) -> MotionFeatures:
    """The encoder in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find`` has it),
    made once."""
    return shared(MotionFeatures, "motion", source, device)
