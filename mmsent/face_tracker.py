"""Tracks of the faces in a stream: a full search now and then, and in between one small net for
each known face."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mmsent.faces import Detection, FaceDetector, overlap
from mmsent.media import Picture

# seconds between full searches while faces are followed: how late a newcomer is seen at worst
SEARCH_SECONDS = 1.0
# frames at least between full searches, so that a loaded server, which gets few, skips some
MIN_SEARCH_FRAMES = 5
# seconds between full searches while there is nobody, or somebody was lost just now
SEARCH_SECONDS_WHILE_LOST = 0.2
LOST_TRACK_SECONDS = 1.0  # seconds for which a lost face keeps its number
# overlap of one box with the next, one frame later, from which it is the same face
MIN_FOLLOW_OVERLAP = 0.3
MIN_MATCH_OVERLAP = 0.1  # the same for a full search, which may come several frames later
DUPLICATE_OVERLAP = 0.6  # overlap from which two tracks have run onto one face
MIN_KEEP_PROBABILITY = 0.95  # a face this probable is kept although the full search missed it
MAX_MISSES = 2  # ... but not for more full searches than this in a row
# smallest face searched for, as a share of the frame's short side: 40 px of 480
MIN_FACE_SHARE = 1 / 12


@dataclass(eq=False)
class FaceTrack:
    """One tracked face; ``last_seen`` is the time in seconds of the last frame it was found in."""

    number: int
    face: Detection
    last_seen: float
    misses: int = 0


@dataclass
class FaceTracker:
    """Tracks with stable numbers for the faces of a stream. Takes frames in order, from one thread
    at a time."""

    detector: FaceDetector
    _present: list[FaceTrack] = field(default_factory=list)
    _lost: list[FaceTrack] = field(default_factory=list)
    _last_search: float = -np.inf
    _frames_since_search: int = 0
    _count: int = 0

    def update(self, frame: Picture, now: float) -> list[FaceTrack]:
        """The faces in an RGB frame, oldest track first. ``now`` is in seconds and never goes
        back."""
        self._lost = [track for track in self._lost if now - track.last_seen <= LOST_TRACK_SECONDS]
        self._follow(frame, now)
        self._frames_since_search += 1
        if self._is_search_due(now):
            self._search(frame, now)
        self._merge()
        return list(self._present)

    def _is_search_due(self, now: float) -> bool:
        """Whether it is time for a full search."""
        waited = now - self._last_search
        if self._lost or not self._present:
            return waited >= SEARCH_SECONDS_WHILE_LOST
        return waited >= SEARCH_SECONDS and self._frames_since_search >= MIN_SEARCH_FRAMES

    def _follow(self, frame: Picture, now: float) -> None:
        boxes = [track.face.box for track in self._present]
        rolls = [track.face.roll for track in self._present]
        faces = self.detector.relocate(frame, boxes, *((rolls,) if any(rolls) else ()))
        present = []
        for track, face in zip(self._present, faces, strict=True):
            if face is not None and overlap(face.box, track.face.box) >= MIN_FOLLOW_OVERLAP:
                track.face, track.last_seen = face, now
                present.append(track)
            else:
                self._lost.append(track)
        self._present = present

    def _search(self, frame: Picture, now: float) -> None:
        self._last_search, self._frames_since_search = now, 0
        found = self.detector.detect(frame, smallest_face(frame))
        tracks = self._present + self._lost
        face_of = match_boxes([track.face.box for track in tracks], [face.box for face in found])
        for row, column in face_of.items():
            tracks[row].face, tracks[row].last_seen, tracks[row].misses = found[column], now, 0
        found_tracks = [tracks[row] for row in face_of]
        for track in self._present:
            if track not in found_tracks:
                track.misses += 1
        doubtful = [
            track
            for track in self._present
            if track not in found_tracks
            and track.misses <= MAX_MISSES
            and track.face.probability >= MIN_KEEP_PROBABILITY
        ]
        new = [face for column, face in enumerate(found) if column not in face_of.values()]
        new_tracks = [FaceTrack(self._count + 1 + i, face, now) for i, face in enumerate(new)]
        self._count += len(new)
        self._lost = [track for track in self._lost if track not in found_tracks]
        self._present = found_tracks + doubtful + new_tracks

    def _merge(self) -> None:
        """Of two tracks on one face the older one stays."""
        kept: list[FaceTrack] = []
        for track in sorted(self._present, key=lambda track: track.number):
            if all(overlap(track.face.box, other.face.box) < DUPLICATE_OVERLAP for other in kept):
                kept.append(track)
        self._present = kept


def smallest_face(frame: Picture) -> int:
    """Pixels of the smallest face that is searched for in a frame of a stream."""
    return int(min(frame.shape[:2]) * MIN_FACE_SHARE)


def match_boxes(old: list[NDArray], new: list[NDArray]) -> dict[int, int]:
    """Index in ``old`` -> index in ``new`` of the same box: the pairing with the largest overlap in
    total."""
    if not old or not new:
        return {}
    overlaps = np.array([[overlap(a, b) for b in new] for a in old])
    rows, columns = linear_sum_assignment(-overlaps)
    return {
        int(r): int(c)
        for r, c in zip(rows, columns, strict=True)
        if overlaps[r, c] >= MIN_MATCH_OVERLAP
    }
