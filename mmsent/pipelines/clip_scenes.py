"""The whole picture of a clip, shrunk, for nets that don't look for faces."""

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmsent.media import Picture
from mmsent.pipelines.clip_faces import TIME_TOLERANCE

# of the JPEGs that a frame is kept as, a fifth of its bytes: 8 kB at 112 pixels, 24 MB for ten
# minutes. Training sees its frames through the same.
QUALITY = 95


@dataclass(frozen=True, eq=False)
class Scenes:
    """N frames in the order of time: ``times`` (N,) seconds, ``frames`` as JPEG, all of one size."""

    times: NDArray[np.float64]
    frames: tuple[bytes, ...]

    def between(self, start: float, end: float, count: int) -> NDArray[np.uint8] | None:
        """(count, size, size, 3) RGB: frames from ``start`` to ``end`` seconds, evenly over them,
        some of them twice where there are fewer. None where there is none."""
        inside = np.flatnonzero((self.times >= start) & (self.times < end))
        if not len(inside):
            near = (self.times >= start - TIME_TOLERANCE) & (self.times < end + TIME_TOLERANCE)
            inside = np.flatnonzero(near)
        if not len(inside):
            return None
        chosen = inside[np.linspace(0, len(inside) - 1, count).round().astype(int)]
        pictures = {i: np.asarray(Image.open(io.BytesIO(self.frames[i]))) for i in set(chosen)}
        return np.stack([pictures[i] for i in chosen])


NO_SCENES = Scenes(np.empty(0, np.float64), ())


@dataclass
class SceneWatcher:
    """Collects the frames of a clip; feed it them in the order of time, then ask for ``scenes``."""

    size: int  # pixels
    _times: list[float] = field(default_factory=list)
    _frames: list[bytes] = field(default_factory=list)

    def add(self, picture: Picture, time: float) -> None:
        """An RGB frame (H, W, 3) at ``time`` seconds, squeezed, not cropped: who speaks may stand at
        the edge."""
        file = io.BytesIO()
        square = Image.fromarray(picture).resize((self.size, self.size))
        square.save(file, "JPEG", quality=QUALITY)
        self._times.append(time)
        self._frames.append(file.getvalue())

    def scenes(self) -> Scenes:
        return Scenes(np.array(self._times, np.float64), tuple(self._frames))
