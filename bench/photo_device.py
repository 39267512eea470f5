"""Photos read on the visitor's own device and on the server: the same faces, and by how much their
probabilities differ at most.

    python -m bench.photo_device --photos DIR [DIR ...]      # seconds a photo

Prints a line a photo and the sum of all. The device is Chromium on this machine; the server is the
pipeline itself, with the same net. Files that neither can read count where both say the same.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page

import mmsent
from mmsent.console import manual_parser
from mmsent.media import MediaError
from mmsent.pipelines.face import FacePipeline
from tests.chromium import CHROMIUM, launched
from tests.photo_page import open_reader, read_photo


class Row(NamedTuple):
    """Of one photo: faces on the device and on the server, the largest difference of a probability
    and of a box in pixels, faces whose label, reason or doubt differ, whether notes, or the
    sentences that refuse it, are the same, and seconds on the device and on the server."""

    name: str
    device: int
    server: int
    gap: float
    box: float
    differ: int
    told: bool
    took: float
    took_here: float


def on_server(face: FacePipeline, content: bytes) -> dict[str, Any]:
    try:
        return face.predict(content).to_dict()
    except MediaError as problem:
        return {"problem": str(problem)}


def compare(page: Page, face: FacePipeline, path: Path) -> Row:
    content, begun = path.read_bytes(), time.perf_counter()
    found, middle = read_photo(page, content), time.perf_counter()
    expected = on_server(face, content)
    ended = time.perf_counter()
    pairs = list(zip(found.get("faces", ()), expected.get("faces", ()), strict=False))
    gaps = [
        abs(one["emotions"]["probs"][name] - p)
        for one, other in pairs
        for name, p in other["emotions"]["probs"].items()
    ]
    boxes = [np.abs(np.subtract(one["box"], other["box"])).max() for one, other in pairs]
    differ = sum(_answer(one) != _answer(other) for one, other in pairs)
    told = [(one.get("problem"), one.get("notes")) for one in (found, expected)]
    return Row(
        path.name,
        len(found.get("faces", ())),
        len(expected.get("faces", ())),
        max(gaps, default=0.0),
        float(max(boxes, default=0.0)),
        differ,
        told[0] == told[1],
        middle - begun,
        ended - middle,
    )


def _answer(face: dict[str, Any]) -> tuple[Any, ...]:
    return face["emotions"]["top"], face["emotions"]["unsure"], face["quality"]


def rows(face: FacePipeline, photos: list[Path]) -> Iterator[Row]:
    with launched(program=CHROMIUM) as browser:
        page = browser.new_page()
        open_reader(page, face)
        for path in photos:
            yield compare(page, face, path)


def main() -> None:
    parser = manual_parser("python -m bench.photo_device", __doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="folders of photos")
    parser.add_argument("--checkpoint", help="folder or owner/name; the shipped one by default")
    args: argparse.Namespace = parser.parse_args()
    photos = [path for folder in args.photos for path in sorted(folder.iterdir()) if path.is_file()]
    read = []
    for row in rows(mmsent.load("face", args.checkpoint, "cpu"), photos):
        read.append(row)
        print(
            f"{row.name:<36}{row.device:4} and {row.server:2} faces, {row.gap:.4f} and {row.box:.0f} px apart, "
            f"{row.took:.1f} s and {row.took_here:.1f} s" + ("" if row.told else ", told otherwise")
        )
    same = sum(row.device == row.server for row in read)
    print(
        f"n {len(read)} files, {sum(row.server for row in read)} faces: {same} with the same number of faces, "
        f"{sum(row.told for row in read)} told the same; largest difference of a probability "
        f"{max(row.gap for row in read):.4f}, of a box {max(row.box for row in read):.0f} px, "
        f"{sum(row.differ for row in read)} faces answered otherwise"
    )


if __name__ == "__main__":
    main()
