"""Clips with something wrong, made of good ones or of nothing."""

import struct
from pathlib import Path

import numpy as np


def damaged(
    path: Path, source: Path, seed: int = 0, share: float = 0.002, spare: float = 0.1
) -> Path:
    """``source`` with a share of its bytes changed; not those in the first and last part, which
    hold the tables."""
    content = bytearray(source.read_bytes())
    random = np.random.default_rng(seed)
    low, high = int(len(content) * spare), int(len(content) * (1 - spare))
    for place in random.integers(low, high, max(int((high - low) * share), 1)):
        content[place] = random.integers(256)
    path.write_bytes(content)
    return path


def truncated(path: Path, source: Path, share: float = 0.5) -> Path:
    """The first part of ``source``: of an MP4 without the table of its frames, which stands at the
    end."""
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def renamed_text(path: Path) -> Path:
    path.write_text("This is no video. " * 200)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def declaring(path: Path, source: Path, seconds: float) -> Path:
    """A WebM or Matroska file that claims to last so long."""
    content = bytearray(source.read_bytes())
    at = content.index(b"\x44\x89\x88") + 3  # the element Duration: milliseconds in eight bytes
    content[at : at + 8] = struct.pack(">d", seconds * 1000)
    path.write_bytes(content)
    return path
