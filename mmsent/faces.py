"""Face detection, of turned faces and of those that the edge cuts too, and crops like those of the
training pictures.

Coordinates are pixels of the input picture, x to the right and y down, boxes (x0, y0, x1, y1). Left
and right are as seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mmsent.face_boxes import Detection as Detection
from mmsent.face_boxes import Points, area, drop_duplicates
from mmsent.face_boxes import clip_box as clip_box
from mmsent.face_boxes import overlap as overlap
from mmsent.face_nets import MIN_FACE_SIZE as MIN_FACE_SIZE
from mmsent.face_nets import MIN_PROBABILITY as MIN_PROBABILITY
from mmsent.face_nets import FaceNets
from mmsent.face_rotation import (
    MAX_UPRIGHT_ROLL,
    angle_between,
    roll_of,
    turn_quarters,
    unturn_box,
    unturn_points,
)
from mmsent.media import Picture

Matrix = NDArray[np.float64]  # (2, 3) affine map from picture to crop

MIN_TURNED_PROBABILITY = (
    0.99  # probability of faces that had to be turned: a dog's ear reaches 0.989
)
QUARTERS = (0, 90, 180, 270)  # degrees
MAX_ROLL_STEPS = 2  # times at most that a face is turned by its own landmarks
# Faces that the edge of the picture cuts are searched for in one with a black margin, both shares
# of its short side: the margin, and the smallest face in streams and where the search is thorough
SEARCH_MARGIN = 0.3
MIN_CUT_SHARE, MIN_CUT_SHARE_THOROUGH = 1 / 6, 1 / 12
MIN_TURNED_SHARE = 1 / 12  # the smallest turned face beside upright ones, likewise
MIN_CUT_PROBABILITY = 0.95  # probability of faces found so
EDGE_TOLERANCE = 0.05  # of its width: a box that comes so close to the edge is cut by it


@dataclass(frozen=True)
class FaceFrame:
    """The place and size of a face in a training picture, in shares of its side: the middle between
    eyes and mouth, and ``span``.

    ``span`` is hypot(eye to eye, eyes to mouth): of the measures tried it varies least, since a
    head that turns aside loses the first and one that nods the second. The values are FER2013's:
    medians over the 612 of 700 training pictures in which MTCNN, on the pictures enlarged four
    times, found a face (``python -m train.face.frame`` measures them again).
    """

    centre_x: float = 0.507
    centre_y: float = 0.588
    span: float = 0.545

    def map_to(self, landmarks: Points, size: int) -> Matrix:
        """The affine map (rotation, scale, translation) of a face, upright, into a (size, size)
        crop."""
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
    """Detector of faces at any rotation, and of those that the edge cuts."""

    def detect(
        self, picture: Picture, smallest: int = MIN_FACE_SIZE, thorough: bool = False
    ) -> list[Detection]:
        """All faces of an RGB picture from ``smallest`` pixels up, largest first.

        Those that stand upright are searched for first. Faces lying on their side or upside down
        are searched for where there is none, or if ``thorough``; what was found with little
        confidence is looked at from all sides.
        """
        short = min(picture.shape[:2])
        cut = max(smallest, int(short * (MIN_CUT_SHARE_THOROUGH if thorough else MIN_CUT_SHARE)))
        upright = self._find_upright(picture, smallest, cut)
        sure = [face for face in upright if face.is_upright]
        if len(sure) == len(upright) > 0 and not thorough:
            return upright
        doubtful = [face for face in upright if not face.is_upright]
        least = max(smallest, int(short * MIN_TURNED_SHARE)) if sure else smallest
        turned = self._find_turned(picture, least, cut) if thorough or not sure else []
        turned = drop_duplicates(sure, turned)[len(sure) :]
        straight = self._straighten_all(picture, doubtful + turned)
        found = [
            # what turns out to be upright, or nothing better, stays as it was found
            face if after is None or not (face.roll or after.roll) else after
            for face, after in zip(doubtful, straight, strict=False)
        ] + [face for face in straight[len(doubtful) :] if face is not None]
        return sorted(drop_duplicates(sure, found), key=lambda face: -area(face.box))

    def _find_upright(self, picture: Picture, smallest: int, cut: int) -> list[Detection]:
        """Upright faces from ``smallest`` pixels up, and those from ``cut`` pixels up that reach
        beyond the edge, where the nets without a margin have no place to look at."""
        whole = self.search(picture, smallest)
        beyond = [
            face
            for face in self.search(picture, cut, SEARCH_MARGIN)
            if face.probability >= MIN_CUT_PROBABILITY and _is_cut_by_edge(face, picture)
        ]
        return sorted(drop_duplicates(whole, beyond), key=lambda face: -area(face.box))

    def _find_turned(self, picture: Picture, smallest: int, cut: int) -> list[Detection]:
        """Faces found in the picture turned by quarters, in coordinates of the picture itself."""
        size = (picture.shape[1], picture.shape[0])
        return [
            Detection(
                unturn_box(face.box, size, quarters).astype(np.float32),
                face.probability,
                unturn_points(face.landmarks, size, quarters).astype(np.float32),
            )
            for quarters in (1, 2, 3)
            for face in self._find_upright(turn_quarters(picture, quarters), smallest, cut)
        ]

    def _straighten_all(self, picture: Picture, faces: list[Detection]) -> list[Detection | None]:
        """Each face as the last net sees it when it stands upright: from which of four sides it is
        most a face, then turned by its own landmarks. None for those that are not clearly a face
        then, or whose landmarks go on turning."""
        boxes = [face.box for face in faces for _ in QUARTERS]
        rolls = [face.roll + quarter for face in faces for quarter in QUARTERS]
        seen = self.relocate(picture, boxes, rolls)
        sides = [seen[i : i + len(QUARTERS)] for i in range(0, len(seen), len(QUARTERS))]
        return [self._straighten(picture, [one for one in four if one]) for four in sides]

    def _straighten(self, picture: Picture, sides: list[Detection]) -> Detection | None:
        best = max(sides, key=lambda face: face.probability, default=None)
        before = None
        for _ in range(MAX_ROLL_STEPS):
            if best is not None:
                before = roll_of(best.landmarks)
                (best,) = self.relocate(picture, [best.box], [before])
        if best is None or before is None or best.probability < MIN_TURNED_PROBABILITY:
            return None
        return best if angle_between(roll_of(best.landmarks), before) < MAX_UPRIGHT_ROLL else None


def _is_cut_by_edge(face: Detection, picture: Picture) -> bool:
    """Whether the edge of the picture cuts the face, or its middle lies inside at all."""
    height, width = picture.shape[:2]
    near = EDGE_TOLERANCE * (face.box[2] - face.box[0])
    x, y = face.landmarks.mean(axis=0)
    low, high = face.box[:2].min(), max(face.box[2] - width, face.box[3] - height)
    return bool((low < near or high > -near) and 0 <= x < width and 0 <= y < height)
