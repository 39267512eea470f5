"""Scripted streams for the page's live core (mmsent/ui/live), and the tracks that Python, which
follows faces in clips, makes of them: tests/js/live_tracks.test.js holds one against the other."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmsent.face_tracker import FaceTracker
from mmsent.faces import Detection, overlap
from mmsent.labels import EMOTION_COLOURS, FACE_EMOTIONS
from mmsent.ui.common import assets
from mmsent.ui.face.live_settings import SLOWEST_READING, TRIAL_READINGS, core_settings

FRAME = np.zeros((240, 320, 3), np.uint8)
FOLLOWS = 0.3  # overlap from which the scripted nets follow a box onto a face
FACE = SimpleNamespace(threshold=0.4, temperature=1.3)


def seen(x: float, y: float, found: bool = True) -> Any:
    """A face of 50 x 60 pixels; ``found`` says whether a full search finds it."""
    return {"box": [x, y, x + 50, y + 60], "found": found}


def scenarios() -> dict[str, Any]:
    """Name -> {rate, frames}; a frame is a list of faces."""

    def stream(count: int, faces: Callable[[int], list[Any]], rate: int = 12) -> dict[str, Any]:
        return {"rate": rate, "frames": [faces(i) for i in range(count)]}

    def crossing(i: int) -> list[Any]:
        return [seen(4 * i, 40), seen(260 - 4 * i, 110)]

    def leaving(i: int) -> list[Any]:
        first = [seen(100 + i % 7, 80)] if i % 50 < 35 else []
        return first + ([seen(220, 60)] if 20 <= i < 26 or i > 80 else [])

    def missed(i: int) -> list[Any]:
        return [seen(100 + i, 80, found=i < 20 or i > 50)]

    def jumping(i: int) -> list[Any]:
        return [seen(20 if i // 9 % 2 else 180, 80)]

    def merging(i: int) -> list[Any]:
        return [seen(100, 80), seen(max(104, 200 - 4 * i), 80)]

    def crowd(i: int) -> list[Any]:
        return [seen(60 * n + 3 * (i % 5), 20 + 90 * (n % 2)) for n in range(i // 6 % 6)]

    return {
        "two faces cross": stream(65, crossing),
        "two faces cross at 25 frames a second": stream(65, crossing, rate=25),
        "few frames": stream(40, crossing, rate=1),
        "faces leave and come back": stream(150, leaving),
        "a face that searches miss": stream(80, missed),
        "a face that jumps": stream(60, jumping),
        "two faces run into one": stream(50, merging),
        "a crowd comes and goes": stream(150, crowd),
    }


class ScriptedDetector:
    """A detector that sees what a scenario says."""

    def __init__(self) -> None:
        self.frame: list[Any] = []

    def _detection(self, face: Any) -> Detection:
        x, y = face["box"][:2]
        points = np.float32([[x + 10, y], [x + 40, y], [x + 25, y], [x + 10, y], [x + 40, y]])
        return Detection(np.float32(face["box"]), 0.99, points)

    def detect(self, picture: Any, smallest: int) -> list[Detection]:
        return [self._detection(face) for face in self.frame if face["found"]]

    def relocate(self, picture: Any, boxes: list[Any]) -> list[Detection | None]:
        return [self._nearest(box) for box in boxes]

    def _nearest(self, box: Any) -> Detection | None:
        faces = [self._detection(face) for face in self.frame]
        best = max(faces, key=lambda face: overlap(face.box, box), default=None)
        return best if best and overlap(best.box, box) >= FOLLOWS else None


def tracked(scenario: dict[str, Any]) -> list[Any]:
    """[number, x0] of each track, for each frame."""
    script = ScriptedDetector()
    tracker, told = FaceTracker(script), []  # type: ignore[arg-type]
    for i, script.frame in enumerate(scenario["frames"]):
        tracks = tracker.update(FRAME, i / scenario["rate"])
        told.append([[track.number, float(track.face.box[0])] for track in tracks])
    return told


def module() -> str:
    """The scenarios and what Python makes of them, as a module of JavaScript."""
    plans = {name: plan | {"expected": tracked(plan)} for name, plan in scenarios().items()}
    made = {"scenarios": plans, "follows": FOLLOWS, "settings": core_settings(FACE)}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in made.items())


def page() -> str:
    """The live tab's markup and what its module is told where the server reads, likewise."""
    settings = {
        "emotions": FACE_EMOTIONS,
        "colours": EMOTION_COLOURS,
        "core": core_settings(FACE),
        "device": None,
        "default": "server",
        "trial": {"readings": TRIAL_READINGS, "slowest": SLOWEST_READING},
    }
    made = {"html": assets.read("face/live.html"), "settings": settings}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in made.items())
