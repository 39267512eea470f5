"""MTCNN: detection of upright faces, and refinement of known ones with its last net alone."""

import threading
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from torch import Tensor, nn

from mmsent.face_boxes import Detection, area, square_around
from mmsent.face_rotation import box_of_window, rotation, upright_window
from mmsent.media import Picture
from mmsent.runtime import make_runner

MIN_FACE_SIZE = 20  # pixels; MTCNN's own default for the smallest face
MIN_PROBABILITY = 0.9
ONET_SIDE = 48
# of each net the shape of an example, and the axes of it that may have any length
SHAPES: Final = {
    "pnet": ((2, 3, 60, 80), (0, 2, 3)),
    "rnet": ((2, 3, 24, 24), (0,)),
    "onet": ((2, 3, ONET_SIDE, ONET_SIDE), (0,)),
}


class FaceNets:
    """facenet-pytorch's MTCNN (Zhang et al. 2016, arXiv:1604.02878; its weights come inside that
    package).

    ``search`` goes over a whole picture; ``relocate`` follows known faces with the last of the
    three nets alone, for a fiftieth of the work. Safe to call from several threads, one at a time
    inside.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self._mtcnn = MTCNN(keep_all=True, min_face_size=MIN_FACE_SIZE, device=device)
        if device == "cpu":
            # Besides being faster, ONNX Runtime does not compile anew for each number of
            # candidates, as oneDNN does.
            for name, (shape, free) in SHAPES.items():
                net = getattr(self._mtcnn, name)
                setattr(self._mtcnn, name, _RuntimeNet(net, torch.rand(shape), free))
        self._lock = threading.Lock()

    def search(
        self, picture: Picture, smallest: int = MIN_FACE_SIZE, margin: float = 0.0
    ) -> list[Detection]:
        """Upright faces of an RGB picture from ``smallest`` pixels up, largest first. ``margin`` is
        a black one laid around it, as a share of the short side.

        Where small ones don't matter, the search runs on a smaller copy, and the last net then puts
        each face found into its place in the full picture: twice as fast at 640x480 from 40 px up,
        with the same boxes.
        """
        if smallest <= MIN_FACE_SIZE and not margin:
            return self._search(picture)
        scale = min(1.0, MIN_FACE_SIZE / smallest)
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        pad = round(margin * min(size))
        if pad:
            small = cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        coarse = [face.shifted(-pad, -pad).scaled(1 / scale) for face in self._search(small)]
        fine = self.relocate(picture, [face.box for face in coarse])
        return [found or rough for found, rough in zip(fine, coarse, strict=True)]

    def _search(self, picture: Picture) -> list[Detection]:
        if min(picture.shape[:2]) < MIN_FACE_SIZE:
            return []
        with self._lock, torch.inference_mode():
            boxes, probabilities, landmarks = self._mtcnn.detect(picture, landmarks=True)
        if boxes is None:
            return []
        found = [
            Detection(box.astype(np.float32), float(probability), points.astype(np.float32))
            for box, probability, points in zip(boxes, probabilities, landmarks, strict=True)
            if probability >= MIN_PROBABILITY
        ]
        return sorted(found, key=lambda face: -area(face.box))

    def relocate(
        self,
        picture: Picture,
        boxes: Sequence[NDArray[np.float32]],
        rolls: Sequence[float] | None = None,
    ) -> list[Detection | None]:
        """Each box moved onto the face that it covers now, or None where there is none any more.
        ``rolls`` are the degrees by which the faces were turned, none of them if None."""
        if not boxes:
            return []
        rolls = [0.0] * len(boxes) if rolls is None else rolls
        squares = np.stack([square_around(box) for box in boxes])
        crops = np.stack(
            [
                upright_window(picture, square, roll, ONET_SIDE)
                if roll
                else _window(picture, square)
                for square, roll in zip(squares, rolls, strict=True)
            ]
        )
        batch = torch.from_numpy(crops).to(self.device).permute(0, 3, 1, 2).float()
        with self._lock, torch.inference_mode():
            shifts, points, scores = (
                out.cpu().numpy() for out in self._mtcnn.onet((batch - 127.5) / 128)
            )
        sides = (squares[:, 2] - squares[:, 0])[:, None]
        moved = squares + shifts * sides
        xs = points[:, :5] * sides + squares[:, :1]
        ys = points[:, 5:] * sides + squares[:, 1:2]
        return [
            _to_picture(
                Detection(
                    moved[i].astype(np.float32),
                    float(scores[i, 1]),
                    np.stack([xs[i], ys[i]], 1).astype(np.float32),
                ),
                (squares[i, :2] + squares[i, 2:]) / 2,
                rolls[i],
            )
            if scores[i, 1] >= self._mtcnn.thresholds[2]
            else None
            for i in range(len(boxes))
        ]


def _to_picture(face: Detection, centre: NDArray, roll: float) -> Detection:
    """A face of a window turned by ``roll`` around ``centre``, in coordinates of the picture."""
    if not roll:
        return face
    points = (face.landmarks - centre) @ rotation(roll).T + centre
    return Detection(
        box_of_window(face.box, centre, roll).astype(np.float32),
        face.probability,
        points.astype(np.float32),
    )


class _RuntimeNet(nn.Module):
    """One of MTCNN's nets in ONNX Runtime; MTCNN calls it as it calls the original."""

    def __init__(self, net: nn.Module, example: Tensor, free: Sequence[int]) -> None:
        super().__init__()
        self.kind = next(net.parameters())  # MTCNN asks its nets for their number type
        self._run = make_runner(net, example, "cpu", free)

    def forward(self, batch: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(output) for output in self._run(batch.numpy()))


def _window(picture: Picture, square: NDArray) -> Picture:
    """The square of a picture at the size of the last net, black beyond the border."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = (int(value) for value in np.round(square))
    inside = picture[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    if inside.size == 0:
        return np.zeros((ONET_SIDE, ONET_SIDE, 3), np.uint8)
    padded = cv2.copyMakeBorder(
        inside,
        max(-y0, 0),
        max(y1 - height, 0),
        max(-x0, 0),
        max(x1 - width, 0),
        cv2.BORDER_CONSTANT,
    )
    return cv2.resize(padded, (ONET_SIDE, ONET_SIDE), interpolation=cv2.INTER_AREA)
