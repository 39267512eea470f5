"""Scripted streams for the page's live core (mmsent/ui/live), and what Python makes of the same raw
readings: tests/js/live_parity.test.js holds one against the other."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmsent.calibrate import probabilities
from mmsent.faces import Detection, overlap
from mmsent.labels import FACE_EMOTIONS
from mmsent.pipelines.live import LiveFaces
from mmsent.results import Face, Scores
from mmsent.ui.face.live_settings import core_settings

FRAME = np.zeros((240, 320, 3), np.uint8)
FOLLOWS = 0.3  # overlap from which the scripted nets follow a box onto a face
FACE = SimpleNamespace(threshold=0.45, temperature=1.3)


def seen(x: float, y: float, lean: dict[str, float], noise: np.ndarray, found: bool = True) -> Any:
    """A face of 50 x 60 pixels with raw logits; ``found`` says whether a full search finds it."""
    raw = np.array([lean.get(name, 0.0) for name in FACE_EMOTIONS]) + noise
    return {"box": [x, y, x + 50, y + 60], "logits": raw.tolist(), "found": found}


def scenarios() -> dict[str, Any]:
    """Name -> {rate, smoothing, sensitivity, frames, orders}; a frame is a list of faces, an order
    "start" or "clear" of the baseline, by the number of the frame before which it is given."""
    noise = np.random.default_rng(0).normal(scale=0.5, size=(400, 3, 7))

    def stream(count: int, **settings: Any) -> dict[str, Any]:
        plan = {"rate": 12, "smoothing": 0.5, "sensitivity": 0.5, "orders": {}} | settings
        faces = plan.pop("faces")
        return plan | {"frames": [faces(i) for i in range(count)]}

    def crossing(i: int) -> list[Any]:
        happy, sad = {"happy": 3.0}, {"sad": 2.0 if i % 60 < 30 else -1.0, "neutral": 1.0}
        return [seen(4 * i, 40, happy, noise[i, 0]), seen(260 - 4 * i, 110, sad, noise[i, 1])]

    def leaving(i: int) -> list[Any]:
        here = [seen(100 + i % 7, 80, {"angry": 2.5}, noise[i, 0])] if i % 50 < 35 else []
        second = [seen(220, 60, {"fear": 2.0}, noise[i, 1])] if 20 <= i < 26 or i > 80 else []
        return here + second

    def resting(i: int) -> list[Any]:
        lean = {"sad": 2.0, "neutral": 1.0} | ({"happy": 5.0} if i > 90 else {})
        return [seen(100, 80, lean, noise[i, 0] / 4)]

    def missed(i: int) -> list[Any]:
        return [seen(100 + i, 80, {"surprise": 3.0}, noise[i, 0], found=i < 20 or i > 50)]

    def jumping(i: int) -> list[Any]:
        return [seen(20 if i // 9 % 2 else 180, 80, {"disgust": 2.0}, noise[i, 0])]

    return {
        "two faces cross": stream(65, faces=crossing),
        "two faces cross, slowly and sensitively": stream(
            65, faces=crossing, smoothing=1.5, sensitivity=1.0, rate=25
        ),
        "faces leave and come back": stream(150, faces=leaving, sensitivity=0.1),
        "a baseline": stream(130, faces=resting, orders={"20": "start", "115": "clear"}),
        "few frames and no smoothing": stream(40, faces=crossing, rate=1, smoothing=0.0),
        "a face that searches miss": stream(80, faces=missed),
        "a face that jumps": stream(60, faces=jumping),
    }


class ScriptedFace:
    """A face pipeline, and its detector, whose nets see what a scenario says."""

    threshold = FACE.threshold

    def __init__(self) -> None:
        self.detector: Any = self
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

    def read(self, picture: Any, faces: list[Detection]) -> tuple[list[Any], np.ndarray]:
        by_box = {tuple(face["box"]): face["logits"] for face in self.frame}
        rows = [by_box[tuple(float(v) for v in face.box)] for face in faces]
        return [None] * len(faces), np.array(rows).reshape(-1, 7)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return probabilities(logits, FACE.temperature)

    def face(self, picture: Any, found: Detection, probs: Any, track: int, crop: Any) -> Face:
        return Face((0, 0, 0, 0), 1.0, track, Scores.of(FACE_EMOTIONS, probs, self.threshold))


def played(scenario: dict[str, Any]) -> list[Any]:
    """[track, label, probabilities] of each face, for each frame."""
    script = ScriptedFace()
    live = LiveFaces(script, scenario["smoothing"], scenario["sensitivity"])
    told = []
    for i, script.frame in enumerate(scenario["frames"]):
        now, order = i / scenario["rate"], scenario["orders"].get(str(i))
        if order:
            live.start_baseline(now) if order == "start" else live.clear_baseline()
        result = live.update(FRAME, now)
        told.append(
            [
                [face.track, label, list(face.emotions.probs)]
                for face, label in zip(result.faces, result.labels, strict=True)
            ]
        )
    return told


def module() -> str:
    """The scenarios and what Python makes of them, as a module of JavaScript."""
    plans = scenarios()
    for plan in plans.values():
        plan["expected"] = played(plan)
        for face in (face for frame in plan["frames"] for face in frame):
            face["logits"] = [value / FACE.temperature for value in face["logits"]]
    made = {"scenarios": plans, "follows": FOLLOWS, "settings": core_settings(FACE)}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in made.items())
