"""The video, audio and subtitle tracks of a file, and their rank. Part of the decoding process."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import av
from av.stream import Disposition, Stream

MAX_NAME_LENGTH = 60  # characters of a name that are kept
# Video streams that are not the clip: cover images and thumbnails.
COVER_FLAGS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.dependent
# Tracks that comment on the clip.
COMMENTARY_FLAGS = Disposition.comment | Disposition.descriptions | Disposition.visual_impaired
COMMENTARY_NAME = re.compile(
    r"(?<!\bno )(?<!without )(?<!ohne )(?<!sans )"
    r"(com+ent|kom+ent|коммент|解説|descri(ption|bed|ptive|pci)|audiodeskri|hörfilm)",
    re.IGNORECASE,
)
# subtitles of a few words only
FORCED_NAME = re.compile(r"\b(forced|signs|songs|foreign (parts|only))\b", re.IGNORECASE)
# what programs write in place of a name
HANDLER_NAMES = re.compile("handler|core media|google|gpac", re.IGNORECASE)

S = TypeVar("S", bound=Stream)


@dataclass(frozen=True)
class Wanted:
    """Which video and which audio track to decode: their numbers from 1, 0 for none, None for the
    best by what the file says."""

    picture: int | None = None
    sound: int | None = None


@dataclass(frozen=True)
class MediaTrack:
    """What a file says of one of its video, audio or subtitle tracks."""

    number: int  # from 1, among those of its kind
    name: str  # "" where it has none
    language: str  # as in ISO 639-2, "" where it is not told
    default: bool
    commentary: bool  # commentary on the clip, or its description for the blind
    forced: bool  # subtitles: of a few foreign words only
    readable: bool  # can be decoded; subtitles: are text, no pictures


def video_streams(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video streams of a file, without cover images."""
    return [stream for stream in container.streams.video if not stream.disposition & COVER_FLAGS]


def describe_tracks(streams: Sequence[Stream]) -> list[MediaTrack]:
    """A MediaTrack for each of ``streams``, which are all of one kind."""
    return [_describe_track(stream, number) for number, stream in enumerate(streams, 1)]


def rank_tracks(tracks: Sequence[MediaTrack]) -> list[MediaTrack]:
    """The readable tracks, the best first: no commentary, then the file's default, then the order
    in the file."""
    return sorted(
        (one for one in tracks if one.readable),
        key=lambda one: (one.commentary, not one.default, one.number),
    )


def choose_stream(streams: Sequence[S], number: int | None) -> S | None:
    """The stream of that number, the best for None; None where no such track can be decoded."""
    return next(
        (
            streams[one.number - 1]
            for one in rank_tracks(describe_tracks(streams))
            if number in (None, one.number)
        ),
        None,
    )


def _describe_track(stream: Stream, number: int) -> MediaTrack:
    context = stream.codec_context  # None: nobody here can decode it
    readable = context is not None
    if readable and stream.type == "subtitle":
        readable = bool(context.codec.text_sub)
    names = [_printable(stream.metadata.get(key, "")) for key in ("title", "name", "handler_name")]
    flags = stream.disposition
    return MediaTrack(
        number=number,
        name=next((name for name in names if name and not HANDLER_NAMES.search(name)), ""),
        language=_printable(stream.metadata.get("language", "")).replace("und", ""),
        default=bool(flags & Disposition.default),
        commentary=bool(flags & COMMENTARY_FLAGS) or any(map(COMMENTARY_NAME.search, names)),
        forced=bool(flags & Disposition.forced) or any(map(FORCED_NAME.search, names)),
        readable=readable,
    )


def _printable(name: str) -> str:
    """The name on one line, without control characters, at most MAX_NAME_LENGTH long."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[
        :MAX_NAME_LENGTH
    ]
