"""The nets inside the wheel of rapidocr, and what is done to pictures on their way in."""

from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.media import Picture
from mmsent.runtime import OnnxNet

STRIDE = 32  # pixels: both nets want sides that are multiples of it
MAX_SIDE = 3200  # pixels of the longer side in the search, and of a line that is read

Corners = NDArray[np.float32]  # (4, 2): x and y of a line's corners, clockwise


def load_net(name: str) -> OnnxNet:
    """The net of that name. Raises FileNotFoundError where the installed rapidocr carries other
    nets."""
    return OnnxNet(files("rapidocr").joinpath("models", name).read_bytes())


def run_net(net: OnnxNet, bgr: Picture) -> NDArray[np.float32]:
    """The output of a net for one picture, without the axis of the batch."""
    batch = (bgr.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    return net.session.run(None, {"x": batch})[0][0]


def resize(picture: Picture, width: int, height: int) -> Picture:
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    return cv2.resize(
        picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
