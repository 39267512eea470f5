"""What a clip is: its suffixes and signatures, and how long it may be."""

from pathlib import Path

MAX_SECONDS = 600  # of a clip: the rest is not read
VIDEO_SUFFIXES = (
    ".mp4",
    ".m4v",
    ".mov",
    ".3gp",
    ".3g2",
    ".mkv",
    ".webm",
    ".avi",
    ".mts",
    ".m2ts",
    ".mpg",
    ".mpeg",
    ".wmv",
)
AUDIO_SUFFIXES = (".m4a", ".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".aac", ".mka", ".wma")
CLIP_SUFFIXES = frozenset((*VIDEO_SUFFIXES, *AUDIO_SUFFIXES))
# At the beginning of a file, by their place in it. Sound begins with a tag or the header of its
# first frame.
SIGNATURES = (
    (4, (b"ftyp", b"moov", b"mdat", b"wide")),  # MP4, MOV, 3GP
    (0, (b"\x1aE\xdf\xa3",)),  # MKV, WebM
    (8, (b"AVI ", b"WAVE")),
    (0, (b"OggS", b"fLaC", b"ID3")),
    (0, (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1", b"\xff\xf9")),
    (0, (b"\x00\x00\x01\xba",)),  # MPEG
    (0, (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",)),  # WMV, WMA
)
TRANSPORT_PACKETS = (
    (0, 188),
    (4, 192),
)  # MTS and M2TS: where the first one begins, and how long each is


def is_clip(path: Path) -> bool:
    """Whether a file is a clip by its first bytes, whatever its name; it may be damaged after them,
    and a picture in a file like MP4's (HEIC, AVIF) begins like one. Raises OSError where it can't
    be opened."""
    with path.open("rb") as file:
        head = file.read(1024)
    if any(head.startswith(signs, place) for place, signs in SIGNATURES):
        return True
    return any(head[start::length][:4] == b"GGGG" for start, length in TRANSPORT_PACKETS)
