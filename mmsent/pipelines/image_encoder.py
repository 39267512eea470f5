"""The frozen image encoder: an image to its patches."""

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

BATCH_SIZE = 16  # images


class ImageFeatures:
    """The image encoder: patch features of pictures, each squashed whole to the encoder's square."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        config = read_checked(folder, "image")
        preprocessing = config["preprocessing"]
        self.size: int = preprocessing["size"]
        net = build_image_net(folder, config)
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.identity = hub.identity(folder, config["preprocessing"])
        self.width, self._vector_width = net.width, net.vector_width
        # the colour that it takes for nothing
        self._grey = np.round(255 * np.array(preprocessing["mean"])).astype(np.uint8)
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

    def width_of(self, pooled: bool) -> int:
        """How many numbers ``rows`` gives of each patch or picture."""
        return self._vector_width if pooled else self.width

    def without_places(self, picture: Picture) -> NDArray[np.float32]:
        """(gh * gw, vector width) the vectors of a picture, each with one place of the grid painted
        in the encoder's mean colour (Zeiler & Fergus 2014, arXiv:1311.2901)."""
        square, (rows, columns) = squash(picture, self.size), self.grid
        edges = [np.linspace(0, self.size, count + 1).astype(int) for count in (rows, columns)]
        hidden = np.repeat(square[None], rows * columns, axis=0)
        for copy, (y, x) in zip(hidden, np.ndindex(rows, columns), strict=True):
            copy[edges[0][y] : edges[0][y + 1], edges[1][x] : edges[1][x + 1]] = self._grey
        return self(list(hidden))[1]

    def rows(self, pictures: Sequence[Picture], pooled: bool) -> NDArray[np.float32]:
        """(N, P, width) what a net gets of each picture: its patches, or, if it is ``pooled``, its
        vector as the only one."""
        patches, vectors = self(pictures)
        return vectors[:, None] if pooled else patches


def build_image_net(folder: Path, config: hub.Config) -> ImageEncoder:
    """The net of an image encoder's checkpoint, in PyTorch. Raises CheckpointError."""
    preprocessing = config["preprocessing"]
    return hub.build_net(
        folder,
        lambda: ImageEncoder(config["architecture"], preprocessing["mean"], preprocessing["std"]),
    )


def squash(picture: Picture, size: int) -> Picture:
    """(H, W, 3) -> (size, size, 3): all of the picture, its sides scaled apart, as in training."""
    image = Image.fromarray(picture).resize(
        (size, size), Image.Resampling.BILINEAR, reducing_gap=3.0
    )
    return np.asarray(image)


def fit_picture(picture: Picture, size: int, fit: str) -> Picture:
    """(H, W, 3) as the pictures of a data set are: ``fit`` "squash" is all of it in a square of
    ``size`` pixels, "inside" its longer side ``size`` pixels long."""
    if fit == "squash":
        return squash(picture, size)
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    if shape == (width, height):
        return picture
    image = Image.fromarray(picture).resize(shape, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(image)


def image_features(source: str | Path | None = None, device: Device | None = None) -> ImageFeatures:
    """The encoder in ``source`` (folder or ``owner/name@revision``; None: as ``hub.find`` has it),
    made once."""
    return shared(ImageFeatures, "image", source, device)
