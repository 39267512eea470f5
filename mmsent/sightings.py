"""Where a face of a clip is between the frames it was seen in, and what to call it there.

The one rule for the MP4 and for the page, whose script (ui/video/sightings.js) gets the same words
and constants with the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent.labels import FACE_TO_CONVERSATION, NOT_SURE
from mmsent.results import ClipFace, Scores, VideoResult

# seconds between two sightings of a face up to which its box moves on between them
MAX_SIGHTING_GAP = 0.5
LINGER = 0.15  # seconds a box stays before the first and after the last of them
SMOOTHING_WINDOW = 5  # sightings that vote on the label shown, so that it does not flicker

Corners = NDArray[np.float64]  # (4,) x0, y0, x1, y1 in pixels


def label_text(scores: Scores) -> str:
    """The label to show, as conversations call it: "joy" for a face that is "happy"."""
    return NOT_SURE if scores.unsure else FACE_TO_CONVERSATION.get(scores.top, scores.top)


@dataclass(frozen=True, eq=False)
class Sightings:
    """The sightings of one face: ``times`` (K,) seconds in order, ``boxes`` (K, 4), and the label
    of each."""

    times: NDArray[np.float64]
    boxes: Corners
    words: list[str]

    def at(self, time: float) -> tuple[Corners, str] | None:
        """Box and word at ``time``, moved on between two sightings; None where the face is not
        there."""
        after = int(np.searchsorted(self.times, time, side="right"))
        before = after - 1
        if (
            before >= 0
            and after < len(self.times)
            and self.times[after] - self.times[before] <= MAX_SIGHTING_GAP
        ):
            share = (time - self.times[before]) / (self.times[after] - self.times[before])
            return (1 - share) * self.boxes[before] + share * self.boxes[after], self.words[before]
        if before >= 0 and time - self.times[before] <= LINGER:
            return self.boxes[before], self.words[before]
        if after < len(self.times) and self.times[after] - time <= LINGER:
            return self.boxes[after], self.words[after]
        return None


def sightings_of(faces: Sequence[ClipFace]) -> list[Sightings]:
    """Each face of a clip, in the order in which they appear."""
    words = smoothed_labels(faces)
    return [
        Sightings(
            np.array([faces[row].time for row in rows]),
            np.array([faces[row].box for row in rows], np.float64),
            [words[row] for row in rows],
        )
        for rows in _rows_by_track(faces)
    ]


def smoothed_labels(faces: Sequence[ClipFace]) -> list[str]:
    """The label of each of ``faces``: of the mean of the SMOOTHING_WINDOW sightings of its track
    around it, "not sure" where most of them are."""
    words = [""] * len(faces)
    half = SMOOTHING_WINDOW // 2
    for rows in _rows_by_track(faces):
        for at, row in enumerate(rows):
            around = rows[max(0, at - half) : at + half + 1]
            words[row] = _smoothed_label([faces[one].emotions for one in around])
    return words


def drawing_of(result: VideoResult) -> dict[str, Any]:
    """What the page needs to draw the same boxes and words as ``Sightings``: the constants, and the
    word for each of ``result.faces``."""
    return {"sameShot": MAX_SIGHTING_GAP, "linger": LINGER, "words": smoothed_labels(result.faces)}


def _smoothed_label(scores: list[Scores]) -> str:
    unsure = 2 * sum(one.unsure for one in scores) > len(scores)
    mean = np.mean([one.probs for one in scores], axis=0)
    return label_text(Scores(scores[0].labels, tuple(map(float, mean)), unsure))


def _rows_by_track(faces: Sequence[ClipFace]) -> list[list[int]]:
    rows: dict[int, list[int]] = {}
    for row, face in enumerate(faces):
        rows.setdefault(face.track, []).append(row)
    return list(rows.values())
