"""Whether a visitor's own device reads what the server reads.

    python -m bench.live_parity                  200 frames with one face, three and none

An empty page in headless Chromium runs the nets as the live view does, Python runs them as the
server does, and both are given the same frames (a public-domain portrait, moved about). Printed are
the largest gaps of boxes and probabilities beside what is allowed, how many of the labels differ
before and after the live core has smoothed them, and the time of a reading.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.sync_api import Page

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.console import manual_parser
from mmsent.device_nets import device_reader
from mmsent.face_boxes import overlap
from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.live import FaceReading, read_picture
from mmsent.ui.face.live_settings import core_settings
from tests.chromium import CHROMIUM, launched, no_face, portrait
from tests.device_page import address_of, moved, open_device, read_on_device

MAX_BOX_GAP, MIN_OVERLAP, MAX_PROBABILITY_GAP = 2.0, 0.95, 0.01  # pixels, IoU
BATCH = 20  # frames handed to the page at once
RATE = 10  # readings a second of the smoothed films
# The labels that the live core shows, in each frame those of its faces.
SMOOTHED = """async ([module, constants, film, rate]) => {
  const {Core} = await import(module);
  let faces;
  const core = new Core({read: async () => ({faces, searched: true})}, constants);
  const labels = [];
  for (const [i, frame] of film.entries()) {
    faces = frame;
    const picture = {data: null, width: 320, height: 240};
    const reply = await core.read(picture, i / rate, {smoothing: 0.5, sensitivity: 0.5});
    labels.push(reply.faces.map(face => [face.track, face.label]));
  }
  return labels;
}"""


@dataclass
class Gaps:
    """Of all faces compared."""

    boxes: list[float] = field(default_factory=list)  # pixels
    overlaps: list[float] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    labels: int = 0  # that differ
    others: int = 0  # frames with another number of faces, or faces with another reason
    smoothed: int = 0  # labels that differ after smoothing
    took: list[float] = field(default_factory=list)  # ms a frame

    def add(self, read: dict[str, Any], expected: list[FaceReading | None]) -> None:
        self.took.append(read["took"])
        if len(read["faces"]) != len(expected):
            self.others += 1
            return
        for found, one in zip(read["faces"], expected, strict=True):
            assert one is not None  # a full search finds what there is
            box = np.array(found["box"])
            self.boxes.append(float(np.abs(box - one.face.box).max()))
            self.overlaps.append(overlap(box, one.face.box))
            if found["reason"] != one.reason:
                self.others += 1
            elif one.logits is not None and found["logits"]:
                here, there = probabilities(np.array([found["logits"], one.logits]), 1.0)
                self.probabilities.append(float(np.abs(here - there).max()))
                self.labels += int(here.argmax() != there.argmax())


def films(frames: int) -> Iterator[tuple[str, list[Picture]]]:
    """Moving films, ``frames`` in all."""
    one = portrait()
    three = np.concatenate([one[:, 120:440], one[:, 120:440][:, ::-1], one[:, 120:440]], axis=1)
    part = frames // 4
    for name, picture, count, zoom in (
        ("one face", one, frames - 2 * part, 1.0),
        ("three faces", three, part, 0.66),
        ("no face", no_face(), part, 1.0),
    ):
        way = np.linspace(0, 2 * np.pi, count, endpoint=False)
        yield (
            name,
            [
                moved(
                    picture,
                    roll=float(15 * np.sin(3 * t)),
                    zoom=float(zoom * (1 + 0.3 * np.sin(2 * t))),
                    right=float(25 * np.sin(5 * t)),
                )
                for t in way
            ],
        )


def measure(frames: int) -> bool:
    """Prints the table; True when every target is met."""
    face = FacePipeline(hub.find("face"), "cpu")
    reader = device_reader(face)
    met = True
    with launched(program=CHROMIUM) as browser:
        page = browser.new_page()
        told = open_device(page, face)
        print(f"fetched {told['total'] / 1e6:.1f} MB, net of {reader.folder.name}")
        for name, film in films(frames):
            gaps, here, there = Gaps(), [], []
            for start in range(0, len(film), BATCH):
                part = film[start : start + BATCH]
                for frame, read in zip(part, read_on_device(page, part), strict=True):
                    expected = read_picture(reader, frame)
                    gaps.add(read, expected)
                    here.append(read["faces"])
                    there.append([_plain(one) for one in expected if one])
            shown = [_smoothed(page, reader, readings) for readings in (here, there)]
            gaps.smoothed = sum(a != b for a, b in zip(*shown, strict=True))
            met &= _print(name, len(film), gaps)
    return met


def _plain(one: FaceReading) -> dict[str, Any]:
    """As a source of the live core tells it."""
    return {
        "box": one.face.box.tolist(),
        "points": one.face.landmarks.tolist(),
        "score": float(one.face.probability),
        "logits": None if one.logits is None else one.logits.tolist(),
        "reason": one.reason,
    }


def _smoothed(page: Page, reader: FacePipeline, film: list[list[dict[str, Any]]]) -> list[Any]:
    """Of each frame the numbers and labels that the live core shows."""
    return page.evaluate(SMOOTHED, [address_of("live/core.js"), core_settings(reader), film, RATE])


def _print(name: str, frames: int, gaps: Gaps) -> bool:
    rows: list[tuple[str, float, str, bool]] = [
        ("frames or faces that differ", gaps.others, "0", not gaps.others),
        ("labels that differ", gaps.labels, "0", not gaps.labels),
        ("frames whose shown labels differ", gaps.smoothed, "0", not gaps.smoothed),
    ]
    if gaps.boxes:
        box, least = max(gaps.boxes), min(gaps.overlaps)
        rows.append(("largest gap of a box, px", box, "<= 2", box <= MAX_BOX_GAP))
        rows.append(("least overlap of two boxes", least, ">= .95", least >= MIN_OVERLAP))
    if gaps.probabilities:
        gap = max(gaps.probabilities)
        rows.append(("largest gap of a probability", gap, "<= .01", gap <= MAX_PROBABILITY_GAP))
    print(
        f"{name}: {frames} frames, {len(gaps.boxes)} faces, a search {np.median(gaps.took):.0f} ms"
    )
    for what, value, target, met in rows:
        print(f"  {what:<32}{value:>10.4f}   {target:<7} {'ok' if met else 'MISSED'}")
    return all(met for *_, met in rows)


def main() -> None:
    parser = manual_parser("python -m bench.live_parity", __doc__)
    parser.add_argument("--frames", type=int, default=200)
    args = parser.parse_args()
    if not CHROMIUM.exists():
        sys.exit(f"This measurement needs Chromium at {CHROMIUM}.")
    if not measure(args.frames):
        sys.exit(1)


if __name__ == "__main__":
    main()
