"""Finds faces (MTCNN), and cuts each one out the way the training pictures are cut.

Coordinates are pixels of the input picture, x to the right and y down, boxes (x0, y0, x1, y1). Left
and right are as seen.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from torch import Tensor, nn

from mmsent.face_rotation import (
    TILTED,
    box_back,
    points_back,
    quarter_turned,
    roll_of,
    rotation,
    turn_between,
    turned_box,
    turned_window,
)
from mmsent.media import Picture
from mmsent.runtime import make_runner

# (5, 2): left eye, right eye, nose, left and right corner of the mouth
Points = NDArray[np.float32]
Matrix = NDArray[np.float64]  # (2, 3) affine map from picture to crop

SMALLEST = 20  # pixels; MTCNN's own default for the smallest face
MIN_PROBABILITY = 0.9
ONET_SIDE = 48
# An upright face is found with at least this probability (5 of 100 have less than 0.999); one that
# is upside down and taken for upright reaches 0.94 in the median and 0.991 in 5 of 100
SURE = 0.995
MIN_TURNED = 0.97  # for faces that had to be turned: fewer are real
QUARTERS = (0, 90, 180, 270)  # degrees
STEPS = 2  # times a face is turned by its own landmarks
SAME = 0.3  # overlap of two boxes that hold one face


@dataclass(frozen=True)
class Detection:
    """One face: box (4,) float32, probability 0..1 of being a face, landmarks (5, 2) float32."""

    box: NDArray[np.float32]
    probability: float
    landmarks: Points

    @property
    def roll(self) -> float:
        """Degrees, clockwise, by which it is turned; 0 where the nets see it as upright."""
        roll = roll_of(self.landmarks)
        return roll if abs(roll) > TILTED else 0.0

    @property
    def stands(self) -> bool:
        """Whether it is certainly upright, as long as it was searched for in an upright picture."""
        return self.probability >= SURE and not self.roll

    def scaled(self, factor: float) -> "Detection":
        """The same face in a picture ``factor`` times as large."""
        return Detection(self.box * factor, self.probability, self.landmarks * factor)


@dataclass(frozen=True)
class FaceFrame:
    """Where a face lies in a training picture, in shares of its side: the middle between eyes and
    mouth, and how large.

    ``span`` is hypot(eye to eye, eyes to mouth): of the measures tried it varies least, since a
    head that turns aside loses the first and one that nods the second. The values are FER2013's:
    medians over the 612 of 700 training pictures in which MTCNN, on the pictures enlarged four
    times, found a face (``python -m train.face_frame`` measures them again).
    """

    centre_x: float = 0.507
    centre_y: float = 0.588
    span: float = 0.545

    def map_to(self, landmarks: Points, size: int) -> Matrix:
        """The turn, scale and shift that bring a face upright into a (size, size) crop."""
        eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
        across = (landmarks[1] - landmarks[0]) + (landmarks[4] - landmarks[3])
        span = np.hypot(np.linalg.norm(landmarks[1] - landmarks[0]), np.linalg.norm(mouth - eyes))
        scale = self.span * size / max(float(span), 1e-6)
        angle = np.arctan2(across[1], across[0])
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        middle = (eyes + mouth) / 2
        turn = np.array([[cos, sin], [-sin, cos]])
        shift = np.array([self.centre_x, self.centre_y]) * size - turn @ middle
        return np.hstack([turn, shift[:, None]])


def crop_face(
    picture: Picture, landmarks: Points, size: int, frame: FaceFrame
) -> NDArray[np.uint8]:
    """The face of ``landmarks`` as a grey (size, size) picture in ``frame``. Photos, live frames
    and clips all come here.

    Large faces are drawn larger first and averaged down, so that no pixel of them is skipped (up to
    about 1,500 px).
    """
    matrix = frame.map_to(landmarks, size)
    finer = int(np.clip(np.ceil(1 / np.hypot(matrix[0, 0], matrix[0, 1])), 1, 32))
    matrix = frame.map_to(landmarks, size * finer)
    crop = cv2.warpAffine(
        picture, matrix, (size * finer, size * finer), borderMode=cv2.BORDER_REPLICATE
    )
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (size, size), interpolation=cv2.INTER_AREA) if finer > 1 else grey


class FaceDetector:
    """facenet-pytorch's MTCNN (Zhang et al. 2016, arXiv:1604.02878; its weights come inside that
    package).

    ``detect`` searches a whole picture; ``relocate`` follows known faces with the last of the three
    nets alone, for a fiftieth of the work. Safe to call from several threads, one at a time inside.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self._mtcnn = MTCNN(keep_all=True, min_face_size=SMALLEST, device=device)
        if device == "cpu":
            # Besides being faster, ONNX Runtime does not compile anew for each number of
            # candidates, as oneDNN does.
            self._mtcnn.pnet = _Compiled(self._mtcnn.pnet, torch.rand(2, 3, 60, 80), free=(0, 2, 3))
            self._mtcnn.rnet = _Compiled(self._mtcnn.rnet, torch.rand(2, 3, 24, 24))
            self._mtcnn.onet = _Compiled(self._mtcnn.onet, torch.rand(2, 3, ONET_SIDE, ONET_SIDE))
        self._lock = threading.Lock()

    def detect(
        self, picture: Picture, smallest: int = SMALLEST, every_turn: bool = False
    ) -> list[Detection]:
        """All faces of an RGB picture from ``smallest`` pixels up, largest first.

        Those that stand upright are searched for first. Faces lying on their side or upside down
        are searched for where there is none, or with ``every_turn``; what was found with little
        confidence is looked at from all sides.
        """
        upright = self._upright(picture, smallest)
        sure = [face for face in upright if face.stands]
        if len(sure) == len(upright) > 0 and not every_turn:
            return upright
        doubtful = [face for face in upright if not face.stands]
        turned = self._turned(picture, smallest) if every_turn or not sure else []
        straight = self._straightened(picture, doubtful + turned)
        found = [
            # what turns out to be upright, or nothing better, stays as it was found
            face if after is None or not (face.roll or after.roll) else after
            for face, after in zip(doubtful, straight, strict=False)
        ] + [face for face in straight[len(doubtful) :] if face is not None]
        return sorted(_distinct(sure, found), key=lambda face: -area(face.box))

    def _turned(self, picture: Picture, smallest: int) -> list[Detection]:
        """What a search finds in the picture turned by quarters, mapped back."""
        size = (picture.shape[1], picture.shape[0])
        return [
            Detection(
                box_back(face.box, size, quarters).astype(np.float32),
                face.probability,
                points_back(face.landmarks, size, quarters).astype(np.float32),
            )
            for quarters in (1, 2, 3)
            for face in self._upright(quarter_turned(picture, quarters), smallest)
        ]

    def _straightened(self, picture: Picture, faces: list[Detection]) -> list[Detection | None]:
        """Each face as the last net sees it when it stands upright: from which of four sides it is
        most a face, then turned by its own landmarks. None for those that are not clearly a face
        then, or whose landmarks go on turning."""
        boxes = [face.box for face in faces for _ in QUARTERS]
        rolls = [face.roll + quarter for face in faces for quarter in QUARTERS]
        seen = self.relocate(picture, boxes, rolls)
        sides = [seen[i : i + len(QUARTERS)] for i in range(0, len(seen), len(QUARTERS))]
        return [self._settled(picture, [one for one in four if one]) for four in sides]

    def _settled(self, picture: Picture, sides: list[Detection]) -> Detection | None:
        best = max(sides, key=lambda face: face.probability, default=None)
        before = None
        for _ in range(STEPS):
            if best is not None:
                before = roll_of(best.landmarks)
                (best,) = self.relocate(picture, [best.box], [before])
        if best is None or before is None or best.probability < MIN_TURNED:
            return None
        return best if turn_between(roll_of(best.landmarks), before) < TILTED else None

    def _upright(self, picture: Picture, smallest: int) -> list[Detection]:
        """Where small ones don't matter, the search runs on a smaller copy, and the last net then puts
        each face found into its place in the full picture: twice as fast at 640x480 from 40 px up,
        with the same boxes.
        """
        if smallest <= SMALLEST:
            return self._search(picture)
        scale = SMALLEST / smallest
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        coarse = [
            face.scaled(1 / scale)
            for face in self._search(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        ]
        fine = self.relocate(picture, [face.box for face in coarse])
        return [found or rough for found, rough in zip(fine, coarse, strict=True)]

    def _search(self, picture: Picture) -> list[Detection]:
        if min(picture.shape[:2]) < SMALLEST:
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
        squares = np.stack([_square(box) for box in boxes])
        crops = np.stack(
            [
                turned_window(picture, square, roll, ONET_SIDE)
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
            _rolled(
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


def _rolled(face: Detection, centre: NDArray, roll: float) -> Detection:
    """A face found in a window turned by ``roll`` around ``centre``, in the picture itself."""
    if not roll:
        return face
    points = (face.landmarks - centre) @ rotation(roll).T + centre
    return Detection(
        turned_box(face.box, centre, roll).astype(np.float32),
        face.probability,
        points.astype(np.float32),
    )


def _distinct(sure: list[Detection], others: list[Detection]) -> list[Detection]:
    """The sure ones, and each face beside them once, as it was found with most confidence."""
    kept = list(sure)
    for face in sorted(others, key=lambda face: -face.probability):
        if all(overlap(face.box, other.box) < SAME for other in kept):
            kept.append(face)
    return kept


class _Compiled(nn.Module):
    """One of MTCNN's nets behind the runtime; MTCNN itself notices no difference."""

    def __init__(self, net: nn.Module, example: Tensor, free: Sequence[int] = (0,)) -> None:
        super().__init__()
        self.kind = next(net.parameters())  # MTCNN asks its nets for their number type
        self._run = make_runner(net, example, "cpu", free)

    def forward(self, batch: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(output) for output in self._run(batch.numpy()))


def area(box: NDArray) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def overlap(a: NDArray, b: NDArray) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = float(width * height)
    return inner / (area(a) + area(b) - inner)


def clip_box(box: NDArray, picture: Picture) -> tuple[int, int, int, int]:
    """The box in whole pixels inside the picture."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = (round(float(value)) for value in box)
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def _square(box: NDArray) -> NDArray:
    """The square around a box that MTCNN's last net was trained to see."""
    side = max(box[2] - box[0], box[3] - box[1], 1)
    x, y = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
    return np.array([x, y, x + side, y + side], dtype=np.float32)


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
