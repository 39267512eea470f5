"""The start, the duration and the end of a file by its time stamps. Part of the decoding
process."""

import contextlib

import av
from av.error import FFmpegError

# those that declare their last time stamp in place of their length
END_TIME_FORMATS = {"matroska", "ogg"}


def first_timestamp(container: av.container.InputContainer, streams: list) -> float:
    """The time stamp that counts as second 0: the first of these streams. Recordings cut out of
    longer ones do not begin at 0."""
    starts = [
        stream.start_time * stream.time_base for stream in streams if stream.start_time is not None
    ]
    return float(min(starts, default=(container.start_time or 0) / av.time_base))


def declared_duration(container: av.container.InputContainer, start: float) -> float:
    """The duration in seconds that the file declares, 0 where it declares none."""
    seconds = (container.duration or 0) / av.time_base
    return (
        seconds - start
        if 0 < start < seconds and set(container.format.name.split(",")) & END_TIME_FORMATS
        else seconds
    )


def last_packet_end(container: av.container.InputContainer, streams: list) -> float:
    """The end in seconds of the last packet, for files that declare no duration, as browsers record
    them: all packets are read, none is decoded."""
    last = 0.0
    with contextlib.suppress(FFmpegError):
        for packet in container.demux(streams):
            last = max(last, float(((packet.pts or 0) + (packet.duration or 0)) * packet.time_base))
    container.seek(0)
    return last
