"""What faces get that are turned, blurred, tiny, covered or cut: right, not sure, or sure and
wrong.

    python -m bench.face_robustness --photos DIR      # minutes; photos with faces, upright

Each face found upright in a photo is cut out with its surroundings and brought to 160 px; its label
there is the right one for all its variants. Thresholds of ``mmsent/face_quality.py`` were chosen on
every other photo in the order of names ("dev"); "rest" are the others.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

import mmsent
from mmsent.faces import Detection
from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.face import FacePipeline
from mmsent.results import Face

SIDE = 160  # pixels of the larger side of a face's box
PER_PHOTO = 3  # faces of one photo, the largest
GREY = 90
COLUMNS = ("n", "found", "right", "unsure", "sure and wrong", "poor")


def portraits(face: FacePipeline, photo: Picture) -> Iterator[Picture]:
    """The largest faces of a photo, each with as much around it as it is wide and high."""
    for found in face.detector.search(photo)[:PER_PHOTO]:
        x0, y0, x1, y1 = found.box
        width, height = x1 - x0, y1 - y0
        part = photo[
            max(int(y0 - height), 0) : int(y1 + height), max(int(x0 - width), 0) : int(x1 + width)
        ]
        zoom = SIDE / max(width, height)
        yield cv2.resize(
            part,
            None,
            fx=zoom,
            fy=zoom,
            interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR,
        )


def turned(picture: Picture, degrees: int) -> Picture:
    """The picture turned clockwise, black around it."""
    height, width = picture.shape[:2]
    side = int(np.hypot(height, width)) + 1
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += side / 2 - np.array([width, height]) / 2
    return cv2.warpAffine(picture, matrix, (side, side))


def variants(picture: Picture, found: Detection) -> Iterator[tuple[str, Picture]]:
    """The kinds of variants and their pictures."""
    for degrees in range(0, 360, 45):
        yield f"turned {degrees}", turned(picture, degrees)
    for sigma in (2, 4, 6, 9):
        yield f"blurred, sigma {sigma} px", cv2.GaussianBlur(picture, (0, 0), sigma)
    for side in (64, 40, 32, 24, 16):
        zoom = side / SIDE
        yield (
            f"{side} px",
            cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA),
        )
    x0, y0, x1, y1 = (int(value) for value in np.maximum(found.box, 0))
    middle, lower = (x0 + x1) // 2, (y0 + y1) // 2
    for name, rows, columns in (
        ("upper half", slice(y0, lower), slice(x0, x1)),
        ("lower half", slice(lower, y1), slice(x0, x1)),
        ("left half", slice(y0, y1), slice(x0, middle)),
    ):
        covered = picture.copy()
        covered[rows, columns] = GREY
        yield f"{name} covered", covered
    for share in (0.2, 0.35):
        yield (
            f"{share:.0%} cut off",
            np.ascontiguousarray(picture[:, x0 + int(share * (x1 - x0)) :]),
        )


def largest(face: FacePipeline, picture: Picture) -> Face | None:
    faces = face.predict(picture).faces
    return faces[0] if faces else None


def measure(face: FacePipeline, photos: Path) -> dict[tuple[str, str], Counter[str]]:
    """How often each happened, by half and kind."""
    table: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with_faces = 0
    for path in sorted(photos.iterdir()):
        try:
            photo = open_image(path)
        except MediaError:
            continue
        people = list(portraits(face, photo))
        half = "dev" if with_faces % 2 == 0 else "rest"
        with_faces += bool(people)
        for picture in people:
            found = face.detector.search(picture)
            if not found:
                continue
            right = face.scores(face.logits([face.crop(picture, found[0])]))[0].top
            for kind, variant in variants(picture, found[0]):
                table[half, kind].update(_outcome(largest(face, variant), right))
    return table


def _outcome(seen: Face | None, right: str) -> list[str]:
    """The columns that count one face."""
    if seen is None:
        return ["n"]
    poor = ["poor"] if seen.quality else []
    if seen.emotions.unsure:
        return ["n", "found", "unsure", *poor]
    return ["n", "found", "right" if seen.emotions.top == right else "sure and wrong", *poor]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder of upright photos")
    parser.add_argument("--checkpoint", help="folder or owner/name; the shipped one by default")
    args = parser.parse_args()
    table = measure(mmsent.load("face", args.checkpoint), args.photos)
    print(f"{'half':<6}{'variant':<26}" + "".join(f"{name:>16}" for name in COLUMNS))
    for (half, kind), counts in sorted(table.items()):
        print(f"{half:<6}{kind:<26}" + "".join(f"{counts[name]:>16}" for name in COLUMNS))


if __name__ == "__main__":
    main()
