"""Raw readings of one camera picture. What they come to over time (tracks, smoothing, labels, the
neutral baseline) is the page's part: mmsent/ui/live, in the visitor's browser. The constants of it
that are about emotions stand here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mmsent.face_tracker import smallest_face
from mmsent.faces import Detection, FaceDetector
from mmsent.media import Picture

# faces classified in one picture; with more they take turns, the one that has waited longest first
MAX_CLASSIFIED_PER_FRAME = 3
# Seconds without a search for each second of one while nobody is in view: an empty room must not keep
# a phone busy. A newcomer is seen after face_tracker.SEARCH_SECONDS at the latest.
SEARCH_REST = 2.0
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
    """All that a live picture needs of ``FacePipeline``."""

    temperature: float

    @property
    def detector(self) -> FaceDetector:
        """The detector that is asked for every picture."""

    def read(
        self, picture: Picture, faces: Sequence[Detection]
    ) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
        """The crops of detected faces, and their (N, 7) raw logits."""

    def quality(
        self, picture: Picture, found: Detection, crop: NDArray[np.uint8] | None = None
    ) -> str | None:
        """The reason why a face can't be read with confidence, None where it can."""


@dataclass(frozen=True)
class FaceReading:
    """A face and its (7,) logits, divided by the checkpoint's temperature. None with the ``reason``
    why it can't be read with confidence; None without one where it was not its turn."""

    face: Detection
    logits: NDArray[np.float64] | None = None
    reason: str | None = None


def read_picture(
    face: FaceReader,
    picture: Picture,
    following: Sequence[NDArray[np.float32]] | None = None,
    rolls: Sequence[float] | None = None,
) -> list[FaceReading | None]:
    """A reading for each of the ``following`` boxes (4,), None where the face is there no more;
    with None for ``following`` one for each face of the RGB picture, largest first.

    At most ``MAX_CLASSIFIED_PER_FRAME`` faces have logits, the first ones. ``rolls`` are the degrees
    by which the followed faces are turned, as ``FaceDetector.relocate`` takes them.
    """
    found: list[Detection | None]
    if following is None:
        found = list(face.detector.detect(picture, smallest_face(picture)))
    else:
        found = face.detector.relocate(picture, following, rolls if any(rolls or ()) else None)
    first = [one for one in found if one is not None][:MAX_CLASSIFIED_PER_FRAME]
    crops, logits = face.read(picture, first)
    rows = logits.astype(np.float64) / face.temperature
    read = (
        _judged(face, picture, one, crop, row)
        for one, crop, row in zip(first, crops, rows, strict=True)
    )
    return [None if one is None else next(read, FaceReading(one)) for one in found]


def _judged(
    face: FaceReader,
    picture: Picture,
    found: Detection,
    crop: NDArray[np.uint8],
    logits: NDArray[np.float64],
) -> FaceReading:
    reason = face.quality(picture, found, crop)
    return FaceReading(found, None if reason else logits, reason)
