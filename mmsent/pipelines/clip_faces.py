"""The faces of a clip: tracked from frame to frame, classified in batches, and the leading one."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mmsent.face_tracker import FaceTrack, FaceTracker
from mmsent.faces import clip_box
from mmsent.media import Picture
from mmsent.pipelines.face import FacePipeline
from mmsent.results import Box, ClipFace

# faces classified in one frame, the largest first: a crowd must not take the whole time
MAX_FACES_PER_FRAME = 6
BATCH_SIZE = 64  # crops that go through the face net together
# frames a track must have, if the clip has so many: a single detection is mostly no face
MIN_TRACK_FRAMES = 3
POOR_QUALITY_NOTE = (
    "In {} of {} frames the face that counts can't be read well ({}): take it with caution."
)
TIME_TOLERANCE = 0.2  # seconds added to both ends of a moment that is too short to hold a frame


@dataclass(frozen=True, eq=False)
class Faces:
    """N faces of a clip in the order of time, as arrays.

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
            inside = np.flatnonzero(
                (times >= start - TIME_TOLERANCE) & (times < end + TIME_TOLERANCE)
            )
        if not len(inside):
            return None
        rows = self.leading[inside]
        sizes = presence(self.tracks[rows], self.boxes[rows])
        track = max(sizes, key=sizes.__getitem__)
        return self.embeddings[inside[self.tracks[rows] == track]].astype(np.float32)

    def results(self, face: FacePipeline) -> tuple[ClipFace, ...]:
        """The faces as plain results, with calibrated emotions."""
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
        inside = self.leading[(times >= start - TIME_TOLERANCE) & (times < end + TIME_TOLERANCE)]
        poor = sum(bool(self.poor and self.poor[row]) for row in inside)
        return 0 < len(inside) <= 2 * poor

    def notes(self) -> tuple[str, ...]:
        """A note on the leading faces, if half of them or more can't be read well."""
        reasons = [self.poor[row] for row in self.leading if self.poor and self.poor[row]]
        if not reasons or 2 * len(reasons) < len(self.leading):
            return ()
        named = ", ".join(sorted({str(reason) for reason in reasons}))
        return (POOR_QUALITY_NOTE.format(len(reasons), len(self.leading), named),)


NO_FACES = Faces(
    *(np.empty(0, np.float64), np.empty((0, 4), np.int32), np.empty(0, np.int32)),
    *(np.empty((0, 0), np.float16), np.empty(0, np.int64), np.empty((0, 0), np.float16)),
)


@dataclass
class FaceWatcher:
    """Collects the faces of a clip; feed it frames in the order of time, then ask once for
    ``faces``."""

    face: FacePipeline
    crowded: bool = False  # some frame had more than MAX_FACES_PER_FRAME faces
    _frames: int = 0
    _times: list[float] = field(default_factory=list)
    _boxes: list[Box] = field(default_factory=list)
    _tracks: list[int] = field(default_factory=list)
    _poor: list[str | None] = field(default_factory=list)
    _waiting_crops: list[NDArray[np.uint8]] = field(
        default_factory=list
    )  # crops (size, size), grey
    # their embeddings, half as large
    _embeddings: list[NDArray[np.float16]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tracker = FaceTracker(self.face.detector)

    def add(self, picture: Picture, time: float) -> None:
        """An RGB frame (H, W, 3) at ``time`` seconds."""
        self._frames += 1
        tracks = sorted(self._tracker.update(picture, time), key=_height, reverse=True)
        self.crowded |= len(tracks) > MAX_FACES_PER_FRAME
        for track in tracks[:MAX_FACES_PER_FRAME]:
            self._times.append(time)
            self._boxes.append(clip_box(track.face.box, picture))
            self._tracks.append(track.number)
            crop = self.face.crop(picture, track.face)
            self._waiting_crops.append(crop)
            self._poor.append(self.face.quality(picture, track.face, crop))
        if len(self._waiting_crops) >= BATCH_SIZE:
            self._embed_waiting()

    def faces(self) -> Faces:
        self._embed_waiting()
        tracks, boxes = (
            np.array(self._tracks, np.int32),
            np.array(self._boxes, np.int32).reshape(-1, 4),
        )
        rows = (
            np.concatenate(self._embeddings)
            if self._embeddings
            else np.empty((0, len(self.face.labels)), np.float16)
        )
        frame_counts = np.bincount(tracks, minlength=1)[tracks]
        kept_mask = frame_counts >= min(MIN_TRACK_FRAMES, self._frames)
        times, tracks, boxes, rows = (
            np.array(self._times, np.float64)[kept_mask],
            tracks[kept_mask],
            boxes[kept_mask],
            rows[kept_mask],
        )
        leading = _leading(times, tracks, boxes)
        logits = rows[:, -len(self.face.labels) :]  # the last columns of an embedding
        poor = tuple(
            reason for reason, is_kept in zip(self._poor, kept_mask, strict=True) if is_kept
        )
        return Faces(times, boxes, tracks, logits.copy(), leading, rows[leading], poor)

    def _embed_waiting(self) -> None:
        if self._waiting_crops:
            self._embeddings.append(self.face.embeddings(self._waiting_crops).astype(np.float16))
            self._waiting_crops = []


def presence(tracks: NDArray[np.int32], boxes: NDArray[np.int32]) -> dict[int, float]:
    """FaceTrack -> its size and presence: its heights in pixels, added up over the frames."""
    heights = boxes[:, 3] - boxes[:, 1]
    return {int(track): float(heights[tracks == track].sum()) for track in np.unique(tracks)}


def _leading(
    times: NDArray[np.float64], tracks: NDArray[np.int32], boxes: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(L,) rows, one for each frame: its face whose track is largest and most present in the
    clip."""
    sizes = presence(tracks, boxes)
    best: dict[float, int] = {}
    for row, (time, track) in enumerate(zip(times.tolist(), tracks.tolist(), strict=True)):
        if time not in best or sizes[track] > sizes[int(tracks[best[time]])]:
            best[time] = row
    return np.array(list(best.values()), np.int64)


def _height(track: FaceTrack) -> float:
    return float(track.face.box[3] - track.face.box[1])


def _box(row: NDArray[np.int32]) -> Box:
    x0, y0, x1, y1 = row.tolist()
    return x0, y0, x1, y1
