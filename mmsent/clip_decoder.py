"""The process that decodes one clip, started by mmsent/clips.py. It imports av and numpy alone, so it is there at once; and
whatever a hostile file does to it, the app only sees a pipe end.

What it finds goes to standard output as messages: HEADER, then as many bytes as the kind says.

    I  what the file declares: JSON of ``rows`` bytes, first
    F  a frame: RGB uint8 (rows, columns, 3)
    S  sound: float32 (rows,)
    D  what turned out, like I: last, the file is read to its end or limit
    E  {"problem"}, a word: last, it can't be read
"""

import contextlib
import json
import os
import queue
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Disposition

from mmsent.clip_tracks import RATE, Limits, PictureTrack, RefusedError, SoundTrack

HEADER = struct.Struct("<cdII")  # kind, seconds, rows, columns
# What FFmpeg calls the containers we open: no playlists, no lists of files, no devices, no single pictures.
FORMATS = "mov,mp4,m4a,matroska,webm,avi,mpegts,mpeg,asf,mp3,wav,ogg,flac,aac"
AHEAD = 8  # messages decoded ahead of the reader: 12 MB of the largest frames
HEAD = 300  # packets to wait for the first frame, which alone tells how the clip is turned
# Tags that are not UTF-8 end nothing: PyAV 19 and later reads them so by itself and no longer takes the option.
LENIENT: dict[str, Any] = {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
BEYOND = 500  # packets in a row past the limit: it is reached, and not by one wrong time stamp


class Outbox:
    """Writes messages while the next ones are decoded."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[bytes, bytes] | None] = queue.Queue(AHEAD)
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def send(self, kind: bytes, seconds: float, array: np.ndarray) -> None:
        rows, columns = (*array.shape, 0)[:2]
        self._queue.put((HEADER.pack(kind, seconds, rows, columns), array.tobytes()))

    def send_facts(self, kind: bytes, **facts: object) -> None:
        self.send(kind, 0.0, np.frombuffer(json.dumps(facts).encode(), np.uint8))

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        try:
            while (message := self._queue.get()) is not None:
                for part in message:
                    sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
        except OSError:  # nobody listens any more
            os._exit(0)


class Decoder:
    """Goes through the packets of an open file once."""

    def __init__(self, container: av.container.InputContainer, limits: Limits, outbox: Outbox) -> None:
        """Raises RefusedError where there is nothing to decode, or too much."""
        videos = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
        sounds = [s for s in container.streams.audio if s.codec_context]
        self._streams = [*videos[:1], *sounds[:1]]
        if not self._streams:
            raise RefusedError("nothing")
        self._picture = PictureTrack(videos[0], limits) if videos else None
        self._sound = SoundTrack(limits) if sounds else None
        self._container, self._limits, self._outbox = container, limits, outbox
        self._start = (container.start_time or 0) / av.time_base
        self._declared = (container.duration or 0) / av.time_base or last_time(container, self._streams) - self._start
        self._early: list[tuple[bytes, float, np.ndarray]] | None = []  # what was decoded before I is sent
        self._end = 0.0  # seconds: where the last frame ends
        self._frames = 0
        self._damaged = {"video": 0, "audio": 0}  # packets or frames
        self._cut = ""  # why the rest is not read

    def run(self) -> None:
        """Raises RefusedError where nothing could be decoded."""
        for number, packet in enumerate(self._packets()):
            if time.process_time() > self._limits.work or self._frames > self._limits.frames:
                self._cut = "work"
                break
            self._decode(packet)
            if self._early is not None and (self._frames or number >= HEAD):
                self._tell()
        if self._sound:
            self._give(b"S", self._sound.take(None, self._start))
        if not self._frames and not (self._sound and self._sound.count):
            raise RefusedError("nothing")
        self._tell()
        self._send_info(b"D", self._frames > 0, bool(self._sound and self._sound.count))

    def _packets(self) -> Iterator[av.Packet]:
        """All packets before the limit; the last ones are empty and make the decoders give out what they still hold."""
        past = 0
        with contextlib.suppress(FFmpegError):  # where the rest of the file can't be parsed, it ends
            for packet in self._container.demux(self._streams):
                late = packet.dts is not None and packet.dts * packet.time_base - self._start >= self._limits.seconds
                past = past + 1 if late else past * (packet.dts is None)
                if past >= BEYOND:
                    break
                if not late:
                    yield packet
        if past:
            self._cut = "length"

    def _decode(self, packet: av.Packet) -> None:
        try:
            frames = packet.decode()
        except MemoryError:  # FFmpeg's is an FFmpegError too
            raise
        except FFmpegError:
            self._damaged[packet.stream.type] += 1
            return
        for frame in frames:
            if frame.is_corrupt or frame.time is None:
                self._damaged[packet.stream.type] += 1
            elif isinstance(frame, av.AudioFrame) and self._sound:
                self._give(b"S", self._sound.take(frame, self._start))
            elif isinstance(frame, av.VideoFrame) and self._picture:
                self._take_picture(self._picture, frame, frame.time - self._start)

    def _take_picture(self, track: PictureTrack, frame: av.VideoFrame, seconds: float) -> None:
        self._frames += 1
        if 0 <= seconds < self._limits.seconds:
            self._end = max(self._end, seconds + float((frame.duration or 0) * (frame.time_base or 0)))
            self._give(b"F", track.take(frame, seconds))

    def _give(self, kind: bytes, pieces: Iterator[tuple[float, np.ndarray]]) -> None:
        for seconds, array in pieces:
            if self._early is None:
                self._outbox.send(kind, seconds, array)
            else:
                self._early.append((kind, seconds, array))

    def _tell(self) -> None:
        """Sends I, now that the first frame is decoded or none is to be expected, and what was waiting for it."""
        if self._early is not None:
            self._send_info(b"I", self._picture is not None, self._sound is not None)
            for message in self._early:
                self._outbox.send(*message)
            self._early = None

    def _send_info(self, kind: bytes, has_picture: bool, has_sound: bool) -> None:
        end = max(self._end, self._sound.count / RATE if self._sound else 0.0)
        self._outbox.send_facts(
            kind,
            done=kind == b"D",
            declared=self._declared,
            end=end,
            size=self._picture.size if self._picture else (0, 0),
            has_picture=has_picture,
            has_sound=has_sound,
            damaged=self._damaged,
            cut=self._cut,
        )


def last_time(container: av.container.InputContainer, streams: list) -> float:
    """Where the packets of a file end that does not say how long it is, as browsers record them: they are all looked at,
    none is decoded."""
    last = 0.0
    with contextlib.suppress(FFmpegError):
        for packet in container.demux(streams):
            last = max(last, float(((packet.pts or 0) + (packet.duration or 0)) * packet.time_base))
    container.seek(0)
    return last


def lock_up(limits: Limits) -> None:
    """Makes this process humble: behind all others, little memory and time, no files written."""
    import resource  # not on Windows, where clips.py starts no decoder but takes HEADER from here

    os.nice(5)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.work + 10),  # for a decoder in an endless loop; others stop by themselves before
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system knows every limit
            resource.setrlimit(kind, (most, most))


def decode(path: str, limits: Limits, outbox: Outbox) -> None:
    only = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        with av.open(f"file:{path}", container_options=only, **LENIENT) as container:
            Decoder(container, limits, outbox).run()
    except RefusedError as refusal:
        outbox.send_facts(b"E", problem=str(refusal))
    except MemoryError:
        outbox.send_facts(b"E", problem="memory")
    except FFmpegError:
        outbox.send_facts(b"E", problem="unreadable")


def main(path: str, limits: str) -> None:
    """``limits`` is JSON: the fields of Limits."""
    outbox = Outbox()
    try:
        bounds = Limits(**json.loads(limits))
        lock_up(bounds)
        decode(path, bounds, outbox)
    finally:
        outbox.close()
