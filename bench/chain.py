"""The whole chain on photos: what finding and cutting out the face costs in accuracy, against
ready-made crops.

    python -m bench.chain --data ../shared/data/face            # PrivateTest, about five minutes on two cores

No photos with trusted labels are at hand, so photos are made from the test pictures: each 48x48
face is enlarged four to six times, turned by up to 15 degrees and laid at random on a grey 640x480
page. The chain must find it, cut it out and name it. Printed are the share found, the accuracy on
those, that of the ready-made crops of the same rows, and both over all rows, where a face not found
counts as wrong.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

import mmsent
from mmsent.console import manual_parser
from mmsent.media import Picture
from train.face.data import SIDE, read_fer
from train.face.evaluate import labels_of

WIDTH, HEIGHT = 640, 480


def photo(grey: NDArray[np.uint8], random: np.random.Generator) -> Picture:
    """A (48, 48) face on a page of (480, 640, 3)."""
    scale, turn = random.uniform(4, 6), random.uniform(-15, 15)
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), turn, scale)
    reach = SIDE * scale * 0.62  # half the side of the turned face
    matrix[:, 2] += random.uniform((reach, reach), (WIDTH - reach, HEIGHT - reach)) - SIDE / 2
    page = np.full((HEIGHT, WIDTH), 110, np.uint8)
    face = cv2.warpAffine(grey, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    mask = cv2.warpAffine(np.full_like(grey, 255), matrix, (WIDTH, HEIGHT))
    return cv2.cvtColor(np.where(mask > 127, face, page), cv2.COLOR_GRAY2RGB)


def main() -> None:
    parser = manual_parser("python -m bench.chain", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with df_test.parquet.gzip")
    parser.add_argument("--checkpoint", help="folder or owner/name; the shipped one by default")
    parser.add_argument("--usage", default="PrivateTest")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    face = mmsent.load("face", args.checkpoint)
    fer = read_fer(args.data / "df_test.parquet.gzip", args.usage, args.limit)
    truth = np.array(face.labels)[labels_of(fer).numpy()]
    crops = list(fer.pixels[:, 0].numpy())
    ready = np.array([scores.top for scores in face.classify(crops)])
    random = np.random.default_rng(0)
    chain = []
    for crop in tqdm(crops, "photos", mininterval=2):
        found = face.predict(photo(crop, random)).faces
        chain.append(found[0].emotions.top if found else "")
    named = np.array(chain)
    seen = named != ""
    print(
        f"{args.usage}, n = {len(truth)}: found in {seen.mean():.1%} of the photos ({seen.sum()})"
    )
    print(
        f"where found:  chain {(named == truth)[seen].mean():.3f}   ready-made crops "
        f"{(ready == truth)[seen].mean():.3f}"
    )
    print(
        f"all rows:     chain {(named == truth).mean():.3f}   ready-made crops "
        f"{(ready == truth).mean():.3f}"
    )


if __name__ == "__main__":
    main()
