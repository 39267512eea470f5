"""A clip file -> frames and sound, in one pass, decoded in a process of its own that can be killed.

with open_clip("clip.mp4") as clip:
    for part in clip:
        ...                                     # Frame or Sound, in about the order of time
print(clip.info.duration, *clip.notes)
"""

import io
import json
import logging
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from mmsent.clip_kinds import MAX_SECONDS as MAX_SECONDS
from mmsent.clip_notes import ClipInfo as ClipInfo
from mmsent.clip_notes import info_of, notes_of
from mmsent.clip_parts import Frame as Frame
from mmsent.clip_parts import Sound as Sound
from mmsent.clip_parts import Subtitles as Subtitles
from mmsent.clip_process import HEADER, python_path
from mmsent.clip_streams import MediaTrack, Wanted
from mmsent.clip_tracks import RATE as RATE  # 16,000 samples a second
from mmsent.clip_tracks import Limits
from mmsent.media import NO_FILE, MediaError

log = logging.getLogger(__name__)

MAX_BYTES = 500 * 2**20
MAX_PIXELS = 4096 * 2304
MAX_FRAMES = 120 * MAX_SECONDS  # decoded; at most frames_per_second a second are given out
MAX_CPU_SECONDS = 600  # seconds of processor time
MAX_MEMORY = 3 * 2**30  # bytes of address space; 4K took half a GB
MAX_WAIT = 60  # seconds without a word from the decoder: it hangs
LONG_SIDE = 960  # pixels: larger frames are shrunk

KINDS = "Please send MP4, MOV, 3GP, MKV, WebM, AVI, MTS, MPEG or WMV, or sound as M4A, MP3, WAV, OGG or FLAC."
PROBLEMS = {
    "unreadable": f"This is not a clip we can read, or it is damaged or incomplete. {KINDS}",
    "nothing": "This file has neither a picture nor sound that can be decoded. Please save it again or choose another.",
    "pixels": f"The picture has more than {MAX_PIXELS / 1e6:.0f} megapixels. Please send a smaller clip, for example in 1080p.",
    "memory": "Decoding the clip takes more memory than we can give it. Please send a smaller one, for example in 1080p.",
}
DECODER_DIED = (
    "The clip could not be decoded: it is damaged, or takes too much time or memory. Please save "
    "it again or choose another."
)
UNSUPPORTED_PLATFORM = (
    "Clips can be read on Linux and macOS only, and mmsent runs on Windows here; images and texts "
    "can be read."
)
INTERNAL_FAULT = (
    "The clip could not be decoded. This is a fault of the program, not of the clip; see its log."
)
START = ("-P", "-m", "mmsent.clip_process")  # what Python is told for a decoder


class DecoderError(MediaError):
    """The decoder failed where it is our own mistake; a sentence to show, too. The log has the
    traceback."""


class Clip:
    """An open clip. Iterate over it once; close it, or use it in a ``with``, and the decoder is
    gone.

    ``pictures``, ``sounds`` and ``subtitles`` are the tracks that the file declares, without cover
    images; ``texts`` are the subtitles that could be decoded, and ``notes`` sentences for the
    reader; both are complete after the last part.
    """

    def __init__(self, path: Path, frames_per_second: float, wanted: Wanted) -> None:
        limits = Limits(
            MAX_SECONDS,
            MAX_PIXELS,
            LONG_SIDE,
            frames_per_second,
            MAX_FRAMES,
            MAX_CPU_SECONDS,
            MAX_MEMORY,
        )
        self.notes: tuple[str, ...] = ()
        self.texts: tuple[Subtitles, ...] = ()
        self._closed = False
        self._decoder = subprocess.Popen(
            [sys.executable, *START, str(path), _to_json(limits), _to_json(wanted)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": python_path(), "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            self.info = self._read_header()
        except BaseException:
            self.__exit__()
            raise

    def __iter__(self) -> Iterator[Frame | Sound]:
        """Raises MediaError with a sentence for the visitor where the clip can't be read any
        further. Ends at once where the clip is closed, also by another thread."""
        while not self._closed:
            try:
                part = self._read_message()
            except EOFError:
                if self._closed:
                    return
                raise self._exit_error() from None
            if not isinstance(part, dict):
                yield part
                continue
            self.notes = notes_of(part, self.info)
            self.info = info_of(part)
            self.texts = tuple(
                Subtitles(self.subtitles[number - 1], tuple(map(tuple, entries)), complete)
                for number, entries, complete in part["texts"]
            )
            self.close()

    def close(self) -> None:
        """Ends the decoder at once. May be called by another thread, and more than once."""
        self._closed = True
        self._decoder.kill()
        self._decoder.wait()

    def __enter__(self) -> "Clip":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._pipe.close()

    @property
    def _pipe(self) -> io.FileIO:
        return cast(io.FileIO, self._decoder.stdout)

    def _read_header(self) -> ClipInfo:
        try:
            first = self._read_message()
        except EOFError:
            raise self._exit_error() from None
        if not isinstance(first, dict):
            raise MediaError(DECODER_DIED)
        tracks = {
            kind: tuple(MediaTrack(**one) for one in records)
            for kind, records in first["tracks"].items()
        }
        self.pictures, self.sounds, self.subtitles = (
            tracks["pictures"],
            tracks["sounds"],
            tracks["subtitles"],
        )
        return info_of(first)

    def _exit_error(self) -> MediaError:
        """The error for a decoder that ended without a message: killed by the system because of the
        clip, or failed by itself."""
        status = self._decoder.wait()
        if status <= 0:
            return MediaError(DECODER_DIED)
        log.error(
            "the decoder of clips ended with status %d; what it says of it stands above", status
        )
        return DecoderError(INTERNAL_FAULT)

    def _read_message(self) -> Frame | Sound | dict[str, Any]:
        """The next message; facts as a dict. Raises EOFError where the decoder is gone, MediaError
        where it gave up or hangs."""
        kind, seconds, rows, columns = HEADER.unpack(self._read_bytes(HEADER.size))
        if kind == b"F":
            return Frame(
                seconds,
                np.frombuffer(self._read_bytes(rows * columns * 3), np.uint8).reshape(
                    rows, columns, 3
                ),
            )
        if kind == b"S":
            return Sound(seconds, np.frombuffer(self._read_bytes(rows * 4), np.float32))
        facts = json.loads(self._read_bytes(rows))
        if kind == b"E":
            raise _problem(facts)
        return facts

    def _read_bytes(self, size: int) -> bytearray:
        """Exactly ``size`` bytes from the decoder."""
        if size > LONG_SIDE * LONG_SIDE * 3:
            raise EOFError  # it writes nonsense
        content = bytearray(size)
        view, ready = memoryview(content), select.poll()
        ready.register(self._pipe, select.POLLIN)
        while view:
            if not ready.poll(MAX_WAIT * 1000):
                self.close()
                raise MediaError(DECODER_DIED)
            got = self._pipe.readinto(view)
            if not got:
                raise EOFError
            view = view[got:]
        return content


def open_clip(path: str | Path, frames_per_second: float = 5.0, wanted: Wanted = Wanted()) -> Clip:  # noqa: B008 (frozen)
    """An open clip of a local file of one of the KINDS, whatever its name, with
    ``frames_per_second`` frames a second. Of several tracks those in ``wanted`` are decoded.

    Raises MediaError with one sentence for the visitor where it can't be read, and TypeError where
    ``path`` is none.
    """
    # no limits on memory and time there, and a hostile file would have all of the machine
    if sys.platform == "win32":
        raise MediaError(UNSUPPORTED_PLATFORM)
    if not isinstance(path, str | Path):
        raise TypeError(f"a clip is the path of its file, not {type(path).__name__}")
    path = Path(path).absolute()
    try:
        if not path.is_file():  # a device has no end
            raise MediaError(NO_FILE)
        size = path.stat().st_size
    except (OSError, ValueError):  # ValueError: a name that no file can have
        raise MediaError(NO_FILE) from None
    if not size:
        raise MediaError("The file is empty (0 bytes). Please choose another clip.")
    if size > MAX_BYTES:
        raise MediaError(
            f"The file is larger than {MAX_BYTES // 2**20} MB. Please send a shorter or smaller "
            "clip."
        )
    return Clip(path, frames_per_second, wanted)


def _to_json(record: Limits | Wanted) -> str:
    return json.dumps(asdict(record))


def _problem(facts: dict[str, Any]) -> MediaError:
    if facts["problem"] != "fault":
        return MediaError(PROBLEMS[facts["problem"]])
    # The log of the page must quote no visitor's file, and the text of an error might.
    log.error(
        "the decoder of clips failed: %s at %s", facts["error"], " < ".join(reversed(facts["at"]))
    )
    log.debug("%s", facts["traceback"])
    return DecoderError(INTERNAL_FAULT)
