"""The faces of a clip: followed from frame to frame, read in batches, and which of them counts."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mmsent.faces import clip_box
from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.results import Box, ClipFace
from mmsent.track import FaceTracker, Track

# faces of one frame that are read, the largest first: a crowd must not take the whole time
MOST = 6
BATCH = 64  # crops that go through the face net together
# frames a face must be seen in, if the clip has so many: what flashes up once is mostly no face
GLIMPSE = 3
POOR = "In {} of {} frames the face that counts can't be read well ({}): take it with caution."
REACH = 0.2  # seconds around a moment too short to hold a frame


@dataclass(frozen=True, eq=False)
class Faces:
    """What is kept of the faces of a clip: N of them in the order of time.

    ``times`` (N,) float64 seconds, ``boxes`` (N, 4) int32 pixels of the frames, ``tracks`` (N,)
    int32, ``logits`` (N, 7) float16 raw, in the order of the face net's labels. Of these,
    ``leading`` (L,) are the rows that count, at most one a frame, with their ``embeddings`` (L,
    width) float16. ``poor`` (N,) are the reasons why a face can't be read well, None where it can;
    () stands for none.
    """

    times: NDArray[np.float64]
    boxes: NDArray[np.int32]
    tracks: NDArray[np.int32]
    logits: NDArray[np.float16]
    leading: NDArray[np.int64]
    embeddings: NDArray[np.float16]
    poor: tuple[str | None, ...] = ()

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def lead(self) -> int | None:
        """The track that is largest and most present, None without faces."""
        sizes = presence(self.tracks, self.boxes)
        return max(sizes, key=sizes.__getitem__) if sizes else None

    def between(self, start: float, end: float) -> NDArray[np.float32] | None:
        """(K, width) embeddings, in the order of time, of the face that leads from ``start`` to
        ``end`` seconds: the largest and most present there of those that count. None where there is
        none."""
        times = self.times[self.leading]
        inside = np.flatnonzero((times >= start) & (times < end))
        if not len(inside):
            inside = np.flatnonzero((times >= start - REACH) & (times < end + REACH))
        if not len(inside):
            return None
        rows = self.leading[inside]
        sizes = presence(self.tracks[rows], self.boxes[rows])
        track = max(sizes, key=sizes.__getitem__)
        return self.embeddings[inside[self.tracks[rows] == track]].astype(np.float32)

    def results(self, face: FacePipeline) -> tuple[ClipFace, ...]:
        """All of them as plain results, with calibrated emotions."""
        poor = self.poor or (None,) * len(self)
        return tuple(
            ClipFace(
                float(time),
                _box(box),
                int(track),
                replace(scores, unsure=True) if reason else scores,
                reason,
            )
            for time, box, track, scores, reason in zip(
                self.times, self.boxes, self.tracks, face.scores(self.logits), poor, strict=True
            )
        )

    def poor_between(self, start: float, end: float) -> bool:
        """Whether half or more of the faces that count from ``start`` to ``end`` seconds can't be
        read well."""
        times = self.times[self.leading]
        inside = self.leading[(times >= start - REACH) & (times < end + REACH)]
        poor = sum(bool(self.poor and self.poor[row]) for row in inside)
        return 0 < len(inside) <= 2 * poor

    def notes(self) -> tuple[str, ...]:
        """What to tell of the faces that count, if half of them or more can't be read well."""
        reasons = [self.poor[row] for row in self.leading if self.poor and self.poor[row]]
        if not reasons or 2 * len(reasons) < len(self.leading):
            return ()
        named = ", ".join(sorted({str(reason) for reason in reasons}))
        return (POOR.format(len(reasons), len(self.leading), named),)


@dataclass
class FaceWatcher:
    """Collects the faces of a clip; feed it frames in the order of time, then ask once for
    ``faces``."""

    face: FacePipeline
    crowded: bool = False  # some frame had more than MOST faces
    _frames: int = 0
    _times: list[float] = field(default_factory=list)
    _boxes: list[Box] = field(default_factory=list)
    _tracks: list[int] = field(default_factory=list)
    _poor: list[str | None] = field(default_factory=list)
    _waiting: list[NDArray[np.uint8]] = field(default_factory=list)  # crops (size, size), grey
    # their embeddings, half as large
    _read: list[NDArray[np.float16]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tracker = FaceTracker(self.face.detector)

    def add(self, picture: Picture, time: float) -> None:
        """An RGB frame (H, W, 3) at ``time`` seconds."""
        self._frames += 1
        tracks = sorted(self._tracker.update(picture, time), key=_height, reverse=True)
        self.crowded |= len(tracks) > MOST
        for track in tracks[:MOST]:
            self._times.append(time)
            self._boxes.append(clip_box(track.face.box, picture))
            self._tracks.append(track.number)
            crop = self.face.crop(picture, track.face)
            self._waiting.append(crop)
            self._poor.append(self.face.quality(picture, track.face, crop))
        if len(self._waiting) >= BATCH:
            self._read_waiting()

    def faces(self) -> Faces:
        self._read_waiting()
        tracks, boxes = (
            np.array(self._tracks, np.int32),
            np.array(self._boxes, np.int32).reshape(-1, 4),
        )
        rows = (
            np.concatenate(self._read)
            if self._read
            else np.empty((0, len(self.face.labels)), np.float16)
        )
        seen = np.bincount(tracks, minlength=1)[tracks]
        kept = seen >= min(GLIMPSE, self._frames)
        times, tracks, boxes, rows = (
            np.array(self._times, np.float64)[kept],
            tracks[kept],
            boxes[kept],
            rows[kept],
        )
        leading = _leading(times, tracks, boxes)
        logits = rows[:, -len(self.face.labels) :]  # the last columns of an embedding
        poor = tuple(reason for reason, keep in zip(self._poor, kept, strict=True) if keep)
        return Faces(times, boxes, tracks, logits.copy(), leading, rows[leading], poor)

    def _read_waiting(self) -> None:
        if self._waiting:
            self._read.append(self.face.embeddings(self._waiting).astype(np.float16))
            self._waiting = []


def presence(tracks: NDArray[np.int32], boxes: NDArray[np.int32]) -> dict[int, float]:
    """How large and how present each track is: its heights in pixels, added up over the frames."""
    heights = boxes[:, 3] - boxes[:, 1]
    return {int(track): float(heights[tracks == track].sum()) for track in np.unique(tracks)}


def _leading(
    times: NDArray[np.float64], tracks: NDArray[np.int32], boxes: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Of each frame the row whose track is largest and most present in the whole clip."""
    sizes = presence(tracks, boxes)
    best: dict[float, int] = {}
    for row, (time, track) in enumerate(zip(times.tolist(), tracks.tolist(), strict=True)):
        if time not in best or sizes[track] > sizes[int(tracks[best[time]])]:
            best[time] = row
    return np.array(list(best.values()), np.int64)


def _height(track: Track) -> float:
    return float(track.face.box[3] - track.face.box[1])


def _box(row: NDArray[np.int32]) -> Box:
    x0, y0, x1, y1 = row.tolist()
    return x0, y0, x1, y1
