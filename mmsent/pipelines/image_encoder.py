"""The frozen image encoder that several pipelines share: pictures to patch features."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mmsent import hub
from mmsent.configs import read_checked
from mmsent.media import Picture
from mmsent.models.image import ImageEncoder
from mmsent.pipelines.shared import shared
from mmsent.runtime import Device, choose_device, make_runner

BATCH_SIZE = 16


class ImageFeatures:
    """The image encoder: patch features of pictures, each squashed whole to the encoder's
    square."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        config = read_checked(folder, "image")
        preprocessing = config["preprocessing"]
        self.size: int = preprocessing["size"]
        net = hub.build_net(
            folder,
            lambda: ImageEncoder(
                config["architecture"], preprocessing["mean"], preprocessing["std"]
            ),
        )
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.width = net.width
        example = torch.randint(256, (2, 3, self.size, self.size), dtype=torch.uint8)
        self._run = make_runner(net, example, choose_device(device))
        side = round(self._run(example.numpy())[0].shape[1] ** 0.5)
        self.grid = (side, side)

    def __call__(
        self, pictures: Sequence[Picture]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(N, gh * gw, width) patches, row by row, and the pooled vectors (N, width)."""
        batch = np.stack([squash(picture, self.size) for picture in pictures]).transpose(0, 3, 1, 2)
        parts = [
            self._run(np.ascontiguousarray(batch[i : i + BATCH_SIZE]))
            for i in range(0, len(batch), BATCH_SIZE)
        ]
        patches, pooled = zip(*parts, strict=True)
        return np.concatenate(patches), np.concatenate(pooled)


def squash(picture: Picture, size: int) -> Picture:
    """(H, W, 3) -> (size, size, 3): all of the picture, its sides scaled apart, as in training."""
    image = Image.fromarray(picture).resize(
        (size, size), Image.Resampling.BILINEAR, reducing_gap=3.0
    )
    return np.asarray(image)


def image_features(source: str | Path | None = None, device: Device | None = None) -> ImageFeatures:
    """The encoder in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find`` has it),
    made once."""
    return shared(ImageFeatures, "image", source, device)
