"""Decodes one clip, in the process that mmsent/clip_process.py starts; imports only av and
numpy."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import FFmpegError

from mmsent.clip_process import Outbox
from mmsent.clip_streams import Wanted, choose_stream, describe_tracks, video_streams
from mmsent.clip_times import declared_duration, first_timestamp, last_packet_end
from mmsent.clip_tracks import RATE, Limits, PictureTrack, RefusedError, SoundTrack, SubtitleTrack

if TYPE_CHECKING:
    from mmsent.clip_process import Outbox  # whose module is __main__ in that process

# What FFmpeg calls the containers we open: no playlists, no lists of files, no devices, no single
# pictures.
FORMATS = "mov,mp4,m4a,matroska,webm,avi,mpegts,mpeg,asf,mp3,wav,ogg,flac,aac"
TIMED_STREAMS = (
    "video",
    "audio",
    "subtitle",
)  # other streams have packets that stand for the whole clip
MAX_HEADER_PACKETS = (
    300  # packets to wait for the first frame, which alone tells the rotation of the clip
)
# Tags that are not UTF-8 end nothing: PyAV 19 and later reads them so by itself and no longer takes
# the option.
METADATA_OPTIONS: dict[str, Any] = (
    {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
)
MAX_LATE_PACKETS = (
    500  # packets in a row past the limit: then it is reached, not by one wrong time stamp
)


class Decoder:
    """Goes through the packets of an open file once."""

    def __init__(
        self,
        container: av.container.InputContainer,
        limits: Limits,
        wanted: Wanted,
        outbox: "Outbox",
    ) -> None:
        """Raises RefusedError where there is nothing to decode, or too much."""
        videos, sounds, subtitles = (
            video_streams(container),
            container.streams.audio,
            container.streams.subtitles,
        )
        picture, sound = choose_stream(videos, wanted.picture), choose_stream(sounds, wanted.sound)
        parts = [stream for stream in (picture, sound) if stream]
        if not parts:
            raise RefusedError("nothing")
        self._picture = PictureTrack(picture, limits) if picture else None
        self._sound = SoundTrack(limits) if sound else None
        self._tracks = {
            "pictures": describe_tracks(videos),
            "sounds": describe_tracks(sounds),
            "subtitles": describe_tracks(subtitles),
        }
        self._subtitles = {
            one.number: SubtitleTrack() for one in self._tracks["subtitles"] if one.readable
        }
        self._entries = {
            subtitles[number - 1].index: text for number, text in self._subtitles.items()
        }
        self._stream_indices = {part.index for part in parts} | set(
            self._entries
        )  # indices of streams
        self._container, self._limits, self._outbox = container, limits, outbox
        self._start = first_timestamp(container, parts)
        self._declared = (
            declared_duration(container, self._start)
            or last_packet_end(container, parts) - self._start
        )
        # what was decoded before I is sent
        self._pending: list[tuple[bytes, float, np.ndarray]] | None = []
        self._end = 0.0  # seconds: where the last frame ends
        self._last = 0.0  # seconds: where the last packet ends, also of what is not read
        self._frames = 0
        self._damaged = {"video": 0, "audio": 0}  # packets or frames
        self._cut_reason = ""  # why the rest is not read

    def run(self) -> None:
        """Raises RefusedError where nothing could be decoded."""
        for number, packet in enumerate(self._packets()):
            if time.process_time() > self._limits.work or self._frames > self._limits.frames:
                self._cut_reason = "work"
                break
            if packet.stream.type == "subtitle":
                self._entries[packet.stream.index].take(packet, self._start)
            else:
                self._decode(packet)
            if self._pending is not None and (self._frames or number >= MAX_HEADER_PACKETS):
                self._send_header()
        if self._sound:
            self._emit(b"S", self._sound.take(None, self._start))
        if not self._frames and not (self._sound and self._sound.count):
            raise RefusedError("nothing")
        self._send_header()
        self._send_info(b"D", self._frames > 0, bool(self._sound and self._sound.count))

    def _packets(self) -> Iterator[av.Packet]:
        """All packets before the limit; the last ones are empty and flush the decoders."""
        past = 0
        # where the rest of the file can't be parsed, it ends
        with contextlib.suppress(FFmpegError):
            for packet in self._container.demux():
                if (
                    packet.pts is not None
                    and packet.time_base
                    and packet.stream.type in TIMED_STREAMS
                ):
                    after = (packet.pts + (packet.duration or 0)) * packet.time_base
                    self._last = max(self._last, float(after) - self._start)
                if packet.stream.index not in self._stream_indices:
                    continue
                late = (
                    packet.dts is not None
                    and packet.dts * packet.time_base - self._start >= self._limits.seconds
                )
                past = past + 1 if late else past * (packet.dts is None)
                if past >= MAX_LATE_PACKETS:
                    break
                if not late:
                    yield packet
        if past:
            self._cut_reason = "length"

    def _decode(self, packet: av.Packet) -> None:
        decode = (
            self._picture.decode
            if self._picture and packet.stream.type == "video"
            else av.Packet.decode
        )
        try:
            frames = decode(packet)
        except MemoryError:  # FFmpeg's is an FFmpegError too
            raise
        except FFmpegError:
            self._damaged[packet.stream.type] += 1
            return
        for frame in frames:
            if frame.is_corrupt or frame.time is None:
                self._damaged[packet.stream.type] += 1
            elif isinstance(frame, av.AudioFrame) and self._sound:
                self._emit(b"S", self._sound.take(frame, self._start))
            elif isinstance(frame, av.VideoFrame) and self._picture:
                self._take_picture(self._picture, frame, frame.time - self._start)

    def _take_picture(self, track: PictureTrack, frame: av.VideoFrame, seconds: float) -> None:
        self._frames += 1
        if 0 <= seconds < self._limits.seconds:
            self._end = max(
                self._end, seconds + float((frame.duration or 0) * (frame.time_base or 0))
            )
            self._emit(b"F", track.take(frame, seconds))

    def _emit(self, kind: bytes, pieces: Iterator[tuple[float, np.ndarray]]) -> None:
        for seconds, array in pieces:
            if self._pending is None:
                self._outbox.send(kind, seconds, array)
            else:
                self._pending.append((kind, seconds, array))

    def _send_header(self) -> None:
        """Sends the header (I) once the first frame is decoded or none is expected, and then the
        pending messages."""
        if self._pending is not None:
            self._send_info(b"I", self._picture is not None, self._sound is not None)
            for message in self._pending:
                self._outbox.send(*message)
            self._pending = None

    def _send_info(self, kind: bytes, has_picture: bool, has_sound: bool) -> None:
        end = max(self._end, self._sound.count / RATE if self._sound else 0.0)
        self._outbox.send_facts(
            kind,
            done=kind == b"D",
            declared=self._declared,
            end=end,
            last=max(end, self._last),
            size=self._picture.size if self._picture else (0, 0),
            has_picture=has_picture,
            has_sound=has_sound,
            damaged=self._damaged,
            cut=self._cut_reason,
            tracks={
                kind: [asdict(track) for track in tracks] for kind, tracks in self._tracks.items()
            },
            texts=[
                (number, text.entries(), text.complete) for number, text in self._subtitles.items()
            ],
        )


def apply_resource_limits(limits: Limits) -> None:
    """Lowers the priority of this process, caps its memory and CPU time, and forbids file
    writes."""
    import resource  # not on Windows, where no decoder is started

    os.nice(5)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        # for a decoder in an endless loop; others stop by themselves before
        (resource.RLIMIT_CPU, limits.work + 10),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system knows every limit
            resource.setrlimit(kind, (most, most))


def decode(path: str, limits: Limits, wanted: Wanted, outbox: "Outbox") -> None:
    only = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        with av.open(f"file:{path}", container_options=only, **METADATA_OPTIONS) as container:
            Decoder(container, limits, wanted, outbox).run()
    except RefusedError as refusal:
        outbox.send_facts(b"E", problem=str(refusal))
    except MemoryError:
        outbox.send_facts(b"E", problem="memory")
    except FFmpegError:
        outbox.send_facts(b"E", problem="unreadable")


def run(path: str, limits: dict[str, Any], wanted: dict[str, Any], outbox: "Outbox") -> None:
    """``limits`` and ``wanted`` are the fields of Limits and of Wanted."""
    bounds = Limits(**limits)
    apply_resource_limits(bounds)
    decode(path, bounds, Wanted(**wanted), outbox)
