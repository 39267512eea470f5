"""The live pipeline: faces in one visitor's camera, with stable numbers, probabilities and
labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mmsent.face_tracker import LOST_TRACK_SECONDS, FaceTrack, FaceTracker
from mmsent.faces import Detection, FaceDetector
from mmsent.labels import FACE_EMOTIONS, NOT_SURE
from mmsent.media import Picture
from mmsent.results import Face, LiveResult, Scores

# faces classified in one frame; with more they take turns, the one that has waited longest first
MAX_CLASSIFIED_PER_FRAME = 3
BASELINE_SECONDS = 3.0
BASELINE_MARGIN = (
    2.5  # logits by which neutral is ahead of every emotion on a person's resting face
)
# Probability by which another emotion must be ahead before the label changes, at the lowest and at
# the highest sensitivity.
LABEL_MARGINS = (0.3, 0.02)
# Factors of the threshold of abstaining at the lowest and at the highest sensitivity.
THRESHOLD_FACTORS = (1.25, 0.75)
HYSTERESIS = 0.05  # "not sure" is left this far above the threshold and entered this far below it


class FaceReader(Protocol):
    """All that a live stream needs of ``FacePipeline``."""

    threshold: float  # of abstaining

    @property
    def detector(self) -> FaceDetector:
        """The detector that a tracker may call for every frame."""

    def read(
        self, picture: Picture, faces: Sequence[Detection]
    ) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
        """The crops of detected faces, and their (N, 7) raw logits."""

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """(..., 7) raw logits -> calibrated probabilities."""

    def face(
        self,
        picture: Picture,
        found: Detection,
        probs: NDArray[np.floating],
        track: int | None = None,
        crop: NDArray[np.uint8] | None = None,
    ) -> Face:
        """The result for a detection with calibrated probabilities (7,)."""


@dataclass
class _Person:
    """State of one track: its smoothed probabilities (7,), the crop they came from last, the label
    shown, and ``excess`` (7,), what its resting face adds to the logits."""

    probs: NDArray[np.floating]
    classified_at: float
    seen_at: float
    crop: NDArray[np.uint8]
    label: str = NOT_SURE
    excess: NDArray[np.floating] | None = None
    samples: list[NDArray[np.float64]] = field(default_factory=list)


class LiveFaces:
    """One visitor's stream; feed it frames in order, one at a time.

    ``smoothing`` is the time in seconds after which a change shows to two thirds (0..2);
    ``sensitivity`` 0..1 says how readily labels change and how soon a weak expression gets a name.
    Both may be set at any time.
    """

    def __init__(self, face: FaceReader, smoothing: float = 0.5, sensitivity: float = 0.5) -> None:
        self._face = face
        self._tracker = FaceTracker(face.detector)
        self._people: dict[int, _Person] = {}
        self._baseline_until: float | None = None
        self.smoothing = smoothing
        self.sensitivity = sensitivity

    def update(self, frame: Picture, now: float) -> LiveResult:
        """The faces in an RGB uint8 frame (H, W, 3); ``now`` is in seconds and never goes back."""
        tracks = self._tracker.update(frame, now)
        self._classify(frame, tracks, now)
        self._finish_baseline(now)
        pairs = [
            (track, self._people[track.number]) for track in tracks if track.number in self._people
        ]
        faces, labels = [], []
        for track, person in pairs:
            person.seen_at = now
            found = self._face.face(frame, track.face, person.probs, track.number, person.crop)
            person.label = self._steady_label(person.label, found.emotions)
            faces.append(found)
            labels.append(NOT_SURE if found.quality else person.label)
        self._forget(now)
        return LiveResult(
            tuple(faces),
            (frame.shape[1], frame.shape[0]),
            labels=tuple(labels),
            baseline=self.baseline,
        )

    @property
    def baseline(self) -> str | None:
        """One of "collecting" while neutral faces are recorded, "set" while somebody is there who
        has one, else None."""
        if self._baseline_until is not None:
            return "collecting"
        return "set" if any(person.excess is not None for person in self._people.values()) else None

    def start_baseline(self, now: float) -> None:
        """Starts recording: the mean of each face over the next three seconds becomes its neutral
        expression."""
        self.clear_baseline()
        self._baseline_until = now + BASELINE_SECONDS

    def clear_baseline(self) -> None:
        self._baseline_until = None
        for person in self._people.values():
            person.excess, person.samples = None, []

    def _classify(self, frame: Picture, tracks: list[FaceTrack], now: float) -> None:
        waiting = sorted(tracks, key=lambda track: self._classified_at(track.number))[
            :MAX_CLASSIFIED_PER_FRAME
        ]
        crops, raw = self._face.read(frame, [track.face for track in waiting])
        logits = raw.astype(np.float64)
        for track, row, crop in zip(waiting, logits, crops, strict=True):
            person = self._people.get(track.number)
            if person is None:
                probs = self._face.probabilities(row)
                self._people[track.number] = _Person(
                    probs, classified_at=now, seen_at=now, crop=crop
                )
                continue
            person.crop = crop
            # Exponential smoothing by elapsed time, so it is the same at 5 and at 30 frames a
            # second.
            keep = (
                np.exp(-(now - person.classified_at) / self.smoothing)
                if self.smoothing > 0
                else 0.0
            )
            own = row if person.excess is None else row - person.excess
            person.probs = keep * person.probs + (1 - keep) * self._face.probabilities(own)
            person.classified_at = now
            if self._baseline_until is not None:
                person.samples.append(row)

    def _classified_at(self, number: int) -> float:
        return self._people[number].classified_at if number in self._people else -np.inf

    def _finish_baseline(self, now: float) -> None:
        if self._baseline_until is None or now < self._baseline_until:
            return
        for person in self._people.values():
            if person.samples:
                person.excess = self._excess(np.mean(person.samples, axis=0))
            person.samples = []
        self._baseline_until = None

    def _excess(self, resting: NDArray[np.float64]) -> NDArray[np.float64]:
        """The correction (7,) to subtract from the logits of a person whose resting face gives
        ``resting``: of each emotion as much as keeps it from being ahead of neutral. Emotions that
        the resting face does not lean to keep their logits."""
        neutral = FACE_EMOTIONS.index("neutral")
        excess = np.maximum(resting - resting[neutral] + BASELINE_MARGIN, 0)
        excess[neutral] = 0
        return excess

    def _steady_label(self, shown: str, scores: Scores) -> str:
        """The label to show next, with hysteresis: the present one stays until another is clearly
        ahead, or it falls clearly below the threshold."""
        threshold = self._face.threshold * float(
            np.interp(self.sensitivity, (0, 1), THRESHOLD_FACTORS)
        )
        if shown == NOT_SURE:
            return scores.top if scores.confidence >= threshold + HYSTERESIS else NOT_SURE
        held = scores.as_dict()[shown]
        if scores.confidence >= max(
            held + float(np.interp(self.sensitivity, (0, 1), LABEL_MARGINS)), threshold
        ):
            return scores.top
        return shown if held >= threshold - HYSTERESIS else NOT_SURE

    def _forget(self, now: float) -> None:
        self._people = {
            n: person
            for n, person in self._people.items()
            if now - person.seen_at <= LOST_TRACK_SECONDS
        }
