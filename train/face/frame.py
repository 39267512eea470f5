"""Measures where the face lies in the pictures of FER2013, which is where every live face is then
put.

    python -m train.face.frame --data ../shared/data/face

Prints the medians that are the defaults of ``mmsent.faces.FaceFrame``. Takes about half a minute.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent.console import manual_parser
from mmsent.faces import FaceDetector, Points
from train.face.data import SIDE, read_fer

ENLARGE = 4  # MTCNN does not find faces of 48 px that fill the picture
BORDER = SIDE  # pixels of repeated border, since most of these faces touch the edge
SMALLEST = 60  # of the 192 px that an enlarged picture has


def landmarks_of(grey: NDArray[np.uint8], detector: FaceDetector) -> Points | None:
    """(5, 2) landmarks of a (48, 48) picture's largest face, in shares of its side, or None."""
    side = SIDE * ENLARGE
    large = cv2.resize(grey, (side, side), interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
    found = detector.detect(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), SMALLEST)
    return (found[0].landmarks - np.float32(BORDER)) / np.float32(side) if found else None


def main() -> None:
    parser = manual_parser("python -m train.face.frame", __doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with df_train.parquet.gzip"
    )
    parser.add_argument("--pictures", type=int, default=700)
    args = parser.parse_args()
    detector = FaceDetector()
    pictures = (
        read_fer(args.data / "df_train.parquet.gzip", limit=args.pictures).pixels[:, 0].numpy()
    )
    found = [
        points
        for picture in tqdm(pictures)
        if (points := landmarks_of(picture, detector)) is not None
    ]
    eyes = np.array([points[:2].mean(axis=0) for points in found])
    mouth = np.array([points[3:].mean(axis=0) for points in found])
    across = np.array([points[1] - points[0] for points in found])
    span = np.hypot(np.linalg.norm(across, axis=1), np.linalg.norm(mouth - eyes, axis=1))
    turn = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    print(f"found in {len(found)} of {len(pictures)} pictures; median (standard deviation)")
    for name, values in (
        ("centre_x", (eyes + mouth)[:, 0] / 2),
        ("centre_y", (eyes + mouth)[:, 1] / 2),
        ("span", span),
        ("eye line, share of the height", eyes[:, 1]),
        ("eye to eye, share of the width", np.linalg.norm(across, axis=1)),
        ("turn in degrees", turn),
    ):
        print(f"  {name:32} {np.median(values):7.3f} ({values.std():.3f})")


if __name__ == "__main__":
    main()
