"""Follows faces through a stream: a full search now and then, one small net for each known face in
between."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mmsent.faces import Detection, FaceDetector, overlap
from mmsent.media import Picture

# seconds between full searches while faces are followed: how late a newcomer is seen at worst
SEARCH_EVERY = 1.0
# at least from one to the next: where frames are rare, on a crowded server, not each can be
# searched
SEARCH_FRAMES = 5
# seconds between full searches while there is nobody, or somebody was lost just now
SEARCH_SOON = 0.2
REMEMBER = 1.0  # seconds a lost face keeps its number
# overlap of one box with the next, one frame later, from which it is the same face
STILL_THERE = 0.3
SAME_FACE = 0.1  # the same for a full search, which may come several frames later
DUPLICATE = 0.6  # overlap from which two tracks have run onto one face
SURE = 0.95  # a face this probable is kept although the full search missed it
MISSES = 2  # ... but not for more full searches than this in a row
# smallest face searched for, as a share of the frame's short side: 40 px of 480
SMALLEST_SHARE = 1 / 12


@dataclass(eq=False)
class Track:
    """One face followed; ``seen`` is the time in seconds of the last frame it was found in."""

    number: int
    face: Detection
    seen: float
    misses: int = 0


@dataclass
class FaceTracker:
    """Gives each face of a stream a number that stays. Feed it frames in order; not for several
    threads at once."""

    detector: FaceDetector
    _present: list[Track] = field(default_factory=list)
    _lost: list[Track] = field(default_factory=list)
    _searched: float = -np.inf
    _followed: int = 0  # frames since then
    _count: int = 0

    def update(self, frame: Picture, now: float) -> list[Track]:
        """The faces in an RGB frame, oldest track first. ``now`` is in seconds and never goes
        back."""
        self._lost = [track for track in self._lost if now - track.seen <= REMEMBER]
        self._follow(frame, now)
        self._followed += 1
        if self._is_due(now):
            self._search(frame, now)
        self._merge()
        return list(self._present)

    def _is_due(self, now: float) -> bool:
        """Whether it is time for a full search."""
        waited = now - self._searched
        if self._lost or not self._present:
            return waited >= SEARCH_SOON
        return waited >= SEARCH_EVERY and self._followed >= SEARCH_FRAMES

    def _follow(self, frame: Picture, now: float) -> None:
        boxes = [track.face.box for track in self._present]
        rolls = [track.face.roll for track in self._present]
        faces = self.detector.relocate(frame, boxes, *((rolls,) if any(rolls) else ()))
        still = []
        for track, face in zip(self._present, faces, strict=True):
            if face is not None and overlap(face.box, track.face.box) >= STILL_THERE:
                track.face, track.seen = face, now
                still.append(track)
            else:
                self._lost.append(track)
        self._present = still

    def _search(self, frame: Picture, now: float) -> None:
        self._searched, self._followed = now, 0
        found = self.detector.detect(frame, int(min(frame.shape[:2]) * SMALLEST_SHARE))
        tracks = self._present + self._lost
        face_of = match([track.face.box for track in tracks], [face.box for face in found])
        for row, column in face_of.items():
            tracks[row].face, tracks[row].seen, tracks[row].misses = found[column], now, 0
        seen = [tracks[row] for row in face_of]
        for track in self._present:
            if track not in seen:
                track.misses += 1
        doubtful = [
            track
            for track in self._present
            if track not in seen and track.misses <= MISSES and track.face.probability >= SURE
        ]
        new = [face for column, face in enumerate(found) if column not in face_of.values()]
        fresh = [Track(self._count + 1 + i, face, now) for i, face in enumerate(new)]
        self._count += len(new)
        self._lost = [track for track in self._lost if track not in seen]
        self._present = seen + doubtful + fresh

    def _merge(self) -> None:
        """Of two tracks on one face the older one stays."""
        kept: list[Track] = []
        for track in sorted(self._present, key=lambda track: track.number):
            if all(overlap(track.face.box, other.face.box) < DUPLICATE for other in kept):
                kept.append(track)
        self._present = kept


def match(old: list[NDArray], new: list[NDArray]) -> dict[int, int]:
    """Which box of ``old`` is which of ``new`` (index to index): the pairing with the largest
    overlap in total."""
    if not old or not new:
        return {}
    overlaps = np.array([[overlap(a, b) for b in new] for a in old])
    rows, columns = linear_sum_assignment(-overlaps)
    return {
        int(r): int(c) for r, c in zip(rows, columns, strict=True) if overlaps[r, c] >= SAME_FACE
    }
