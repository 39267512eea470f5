"""HEIC files as phones write them, which no library here writes: HEVC key frames in boxes (ISO/IEC
23008-12)."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av

from mmsent.media import Picture

PARAMETERS = (32, 33, 34)  # units of the stream that say how to decode it: VPS, SPS, PPS


def write_heic(pictures: Sequence[Picture]) -> bytes:
    """A file that holds ``pictures`` (H, W, 3), sides even; the first is the main one."""
    coded = [_encode(picture) for picture in pictures]
    sizes = [_full(b"ispe", struct.pack(">II", *picture.shape[1::-1])) for picture in pictures]
    properties = [
        part for (settings, _), size in zip(coded, sizes, strict=True) for part in (settings, size)
    ]
    count = struct.pack(">H", len(coded))
    items = [
        _full(b"infe", struct.pack(">HH4s", number, 0, b"hvc1"), b"\0", version=2)
        for number in range(1, len(coded) + 1)
    ]
    owns = [
        struct.pack(">HBBB", number, 2, 0x80 | 2 * number - 1, 2 * number)
        for number in range(1, len(coded) + 1)
    ]
    described = [
        _full(b"hdlr", bytes(4), b"pict", bytes(13)),
        _full(b"pitm", struct.pack(">H", 1)),
        _full(b"iinf", count, *items),
        _box(
            b"iprp",
            _box(b"ipco", *properties),
            _full(b"ipma", struct.pack(">I", len(coded)), *owns),
        ),
    ]
    kind = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(start: int) -> bytes:
        """Everything before the pictures, which begin at ``start``."""
        places = b""
        for number, (_, data) in enumerate(coded, 1):
            places += struct.pack(">HHHII", number, 0, 1, start, len(data))
            start += len(data)
        return _full(b"meta", *described, _full(b"iloc", b"\x44\0", count, places))

    return kind + meta(len(kind) + len(meta(0)) + 8) + _box(b"mdat", *(data for _, data in coded))


def _encode(picture: Picture) -> tuple[bytes, bytes]:
    """The box that says how to decode it, and the picture."""
    codec: Any = av.CodecContext.create("libx265", "w")
    codec.height, codec.width = picture.shape[:2]
    codec.pix_fmt, codec.time_base = "yuv420p", Fraction(1, 25)
    codec.options = {"x265-params": "keyint=1:info=0:log-level=none", "crf": "10"}
    packets = [*codec.encode(av.VideoFrame.from_ndarray(picture, "rgb24")), *codec.encode(None)]
    units = [unit.rstrip(b"\0") for unit in b"".join(map(bytes, packets)).split(b"\0\0\1")]
    kinds = {unit[0] >> 1 & 63: unit for unit in units if unit}
    told = b"".join(
        struct.pack(">BHH", kind, 1, len(kinds[kind])) + kinds[kind] for kind in PARAMETERS
    )
    level = kinds[33].replace(b"\0\0\3", b"\0\0")[3:15]
    fixed = struct.pack(">HBBBBHB", 0xF000, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0x0F)
    slices = [unit for unit in units if unit and unit[0] >> 1 & 63 < 32]
    data = b"".join(struct.pack(">I", len(unit)) + unit for unit in slices)
    return _box(b"hvcC", b"\1", level, fixed, b"\3", told), data


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)
