"""Frames as a player shows them. Part of the decoding process (mmsent/clip_decoder.py): imports
only av and numpy."""

import struct
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

# transfer characteristics of HDR10 and most Dolby Vision (ITU-T H.273); HLG is made to be shown as
# it is
PQ = 16
# candela per square metre: of diffuse white in HDR (ITU-R BT.2408), and the brightest kept
REFERENCE_WHITE, PEAK_LUMINANCE = 203.0, 1000.0
UPRIGHT = (1, 0, 0, 1)  # a, b, c, d of a display matrix: x' = ax + cy, y' = bx + dy

Picture = NDArray[np.uint8]  # RGB (height, width, 3)


class Display:
    """Renders the frames of one stream: square pixels, rotated and mirrored as the file says,
    transparent parts over black, one field of interlaced frames, HDR tone-mapped. All frames have
    the size of the first; ``side`` is the limit of its longer side."""

    def __init__(self, stream: av.VideoStream, side: int) -> None:
        # as shown, known when the first frame is
        self.size = (stream.codec_context.width, stream.codec_context.height)
        self._stretch = float(stream.sample_aspect_ratio or 1)  # width of a pixel over its height
        self._rotation: int | None = None  # degrees, of the last frame; None before the first
        self._matrix = UPRIGHT
        self._tones = _pq_tone_map() if stream.codec_context.color_trc == PQ else None
        self._side = side
        # size of the first frame, in square pixels, before it is turned
        self._first: tuple[int, int] | None = None
        self._frame_size = self.size  # what is given out of it

    def show(self, frame: av.VideoFrame) -> Picture:
        if frame.rotation != self._rotation:
            self._rotation, self._matrix = frame.rotation, _matrix(frame)
        a, b, c, d = self._matrix
        turned = abs(b) + abs(c) > abs(a) + abs(d)  # right becomes up or down
        width, height = max(round(frame.width * self._stretch), 1), frame.height
        if self._first is None:
            self._first = width, height
            self.size = (height, width) if turned else (width, height)
            scale = min(1.0, self._side / max(width, height))
            self._frame_size = max(int(width * scale), 1), max(int(height * scale), 1)
        picture = (
            _resize(frame, *self._frame_size)
            if self._first == (width, height)
            else self._letterbox(frame, width, height)
        )
        picture = self._tones[picture] if self._tones is not None else picture
        across, down = (c, b) if turned else (a, d)
        picture = picture.transpose(1, 0, 2) if turned else picture
        return picture[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]

    def _letterbox(self, frame: av.VideoFrame, width: int, height: int) -> Picture:
        """A frame of another size than the first, letterboxed with black to the same size."""
        scale = min(self._frame_size[0] / width, self._frame_size[1] / height)
        picture = _resize(frame, round(width * scale), round(height * scale))
        beside, above = (
            self._frame_size[0] - picture.shape[1],
            self._frame_size[1] - picture.shape[0],
        )
        return np.pad(
            picture, ((above // 2, above - above // 2), (beside // 2, beside - beside // 2), (0, 0))
        )


def _resize(frame: av.VideoFrame, width: int, height: int) -> Picture:
    clear = any(component.is_alpha for component in frame.format.components)
    kind = "rgba" if clear or frame.format.has_palette else "rgb24"
    # two moments, line by line: the earlier or the later one alone
    if frame.interlaced_frame and frame.height > 1:
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(_pixels(frame.reformat(format=kind))[::2]), kind
        )
    picture = _pixels(frame.reformat(max(width, 1), max(height, 1), kind, interpolation="AREA"))
    if kind == "rgba":
        picture = (picture[..., :3].astype(np.uint16) * picture[..., 3:] // 255).astype(np.uint8)
    return picture


def _matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """The display matrix of a frame: rotation and mirroring. Not for every frame: PyAV keeps the
    frame until the garbage is collected, and hundreds of them take all the memory."""
    side_data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]  # PyAV's names are no strings
    a, b, _, c, d = struct.unpack_from("<5i", bytes(side_data)) if side_data else (1, 0, 0, 0, 1)
    return a, b, c, d


def _pixels(frame: av.VideoFrame) -> Picture:
    return cast(Picture, frame.to_ndarray())


def _pq_tone_map() -> NDArray[np.uint8]:
    """The tone map (256,) from PQ values (SMPTE ST 2084) to sRGB-like ones, by Reinhard's curve."""
    coded = (np.arange(256) / 255) ** (32 / 2523)
    light = 10_000 * (np.maximum(coded - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * coded)) ** (
        8192 / 1305
    )
    shown = light / REFERENCE_WHITE
    shown = shown * (1 + shown / (PEAK_LUMINANCE / REFERENCE_WHITE) ** 2) / (1 + shown)
    return (255 * shown.clip(0, 1) ** (1 / 2.2)).round().astype(np.uint8)
