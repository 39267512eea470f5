"""Finds faces, also turned ones and those that the edge cuts, and cuts each one out the way the
training pictures are cut.

Coordinates are pixels of the input picture, x to the right and y down, boxes (x0, y0, x1, y1). Left
and right are as seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.face_boxes import Detection as Detection
from mmsent.face_boxes import Points, area, distinct
from mmsent.face_boxes import clip_box as clip_box
from mmsent.face_boxes import overlap as overlap
from mmsent.face_nets import MIN_PROBABILITY as MIN_PROBABILITY
from mmsent.face_nets import SMALLEST as SMALLEST
from mmsent.face_nets import FaceNets
from mmsent.face_rotation import (
    TILTED,
    box_back,
    points_back,
    quarter_turned,
    roll_of,
    turn_between,
)
from mmsent.media import Picture

Matrix = NDArray[np.float64]  # (2, 3) affine map from picture to crop

MIN_TURNED = 0.99  # probability of faces that had to be turned: a dog's ear reaches 0.989
QUARTERS = (0, 90, 180, 270)  # degrees
STEPS = 2  # times a face is turned by its own landmarks
# Faces that the edge of the picture cuts are searched for in one with a black margin, both shares
# of its short side: the margin, and the smallest face in streams and where the search is thorough
MARGIN = 0.3
CUT_SHARE, CUT_SHARE_THOROUGH = 1 / 6, 1 / 12
TURNED_SHARE = 1 / 12  # the smallest turned face beside upright ones, likewise
MIN_CUT = 0.95  # probability of faces found so
AT_EDGE = 0.05  # of its width: a box that comes so close to the edge is cut by it


@dataclass(frozen=True)
class FaceFrame:
    """Where a face lies in a training picture, in shares of its side: the middle between eyes and
    mouth, and how large.

    ``span`` is hypot(eye to eye, eyes to mouth): of the measures tried it varies least, since a
    head that turns aside loses the first and one that nods the second. The values are FER2013's:
    medians over the 612 of 700 training pictures in which MTCNN, on the pictures enlarged four
    times, found a face (``python -m train.face.frame`` measures them again).
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


class FaceDetector(FaceNets):
    """``FaceNets`` that find faces however they stand, and also where the edge cuts them."""

    def detect(
        self, picture: Picture, smallest: int = SMALLEST, thorough: bool = False
    ) -> list[Detection]:
        """All faces of an RGB picture from ``smallest`` pixels up, largest first.

        Those that stand upright are searched for first. Faces lying on their side or upside down
        are searched for where there is none, or if ``thorough``; what was found with little
        confidence is looked at from all sides.
        """
        short = min(picture.shape[:2])
        cut = max(smallest, int(short * (CUT_SHARE_THOROUGH if thorough else CUT_SHARE)))
        upright = self._standing(picture, smallest, cut)
        sure = [face for face in upright if face.stands]
        if len(sure) == len(upright) > 0 and not thorough:
            return upright
        doubtful = [face for face in upright if not face.stands]
        least = max(smallest, int(short * TURNED_SHARE)) if sure else smallest
        turned = self._turned(picture, least, cut) if thorough or not sure else []
        turned = distinct(sure, turned)[len(sure) :]
        straight = self._straightened(picture, doubtful + turned)
        found = [
            # what turns out to be upright, or nothing better, stays as it was found
            face if after is None or not (face.roll or after.roll) else after
            for face, after in zip(doubtful, straight, strict=False)
        ] + [face for face in straight[len(doubtful) :] if face is not None]
        return sorted(distinct(sure, found), key=lambda face: -area(face.box))

    def _standing(self, picture: Picture, smallest: int, cut: int) -> list[Detection]:
        """Upright faces from ``smallest`` pixels up, and those from ``cut`` pixels up that reach
        beyond the edge, where the nets without a margin have no place to look at."""
        whole = self.search(picture, smallest)
        beyond = [
            face
            for face in self.search(picture, cut, MARGIN)
            if face.probability >= MIN_CUT and _at_edge(face, picture)
        ]
        return sorted(distinct(whole, beyond), key=lambda face: -area(face.box))

    def _turned(self, picture: Picture, smallest: int, cut: int) -> list[Detection]:
        """What a search finds in the picture turned by quarters, mapped back."""
        size = (picture.shape[1], picture.shape[0])
        return [
            Detection(
                box_back(face.box, size, quarters).astype(np.float32),
                face.probability,
                points_back(face.landmarks, size, quarters).astype(np.float32),
            )
            for quarters in (1, 2, 3)
            for face in self._standing(quarter_turned(picture, quarters), smallest, cut)
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


def _at_edge(face: Detection, picture: Picture) -> bool:
    """Whether the edge of the picture cuts the face, or its middle lies inside at all."""
    height, width = picture.shape[:2]
    near = AT_EDGE * (face.box[2] - face.box[0])
    x, y = face.landmarks.mean(axis=0)
    low, high = face.box[:2].min(), max(face.box[2] - width, face.box[3] - height)
    return bool((low < near or high > -near) and 0 <= x < width and 0 <= y < height)
