"""Which pictures, sounds and subtitles a file holds, and which of them come first. Part of the
decoding process."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import av
from av.stream import Disposition, Stream

MAX_NAME_LENGTH = 60  # characters of a name that are kept
# What is no picture of the clip: its cover, and the small pictures that a player shows over its
# slider.
COVER_FLAGS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.dependent
# What speaks about the clip and not in it.
COMMENTARY_FLAGS = Disposition.comment | Disposition.descriptions | Disposition.visual_impaired
COMMENTARY_NAME = re.compile(
    r"(?<!\bno )(?<!without )(?<!ohne )(?<!sans )"
    r"(com+ent|kom+ent|коммент|解説|descri(ption|bed|ptive|pci)|audiodeskri|hörfilm)",
    re.IGNORECASE,
)
# what programs write in place of a name
HANDLER_NAMES = re.compile("handler|core media|google|gpac", re.IGNORECASE)

S = TypeVar("S", bound=Stream)


@dataclass(frozen=True)
class Wanted:
    """Which picture and which sound to decode: their numbers from 1, 0 for none, None for the best
    by what the file says."""

    picture: int | None = None
    sound: int | None = None


@dataclass(frozen=True)
class Track:
    """What a file says of one of its pictures, sounds or subtitles."""

    number: int  # from 1, among those of its kind
    name: str  # "" where it has none
    language: str  # as in ISO 639-2, "" where it is not told
    default: bool
    commentary: bool  # commentary on the clip, or its description for the blind
    forced: bool  # subtitles: of a few foreign words only
    readable: bool  # can be decoded; subtitles: are text, no pictures


def video_streams(container: av.container.InputContainer) -> list[av.VideoStream]:
    """Without covers."""
    return [stream for stream in container.streams.video if not stream.disposition & COVER_FLAGS]


def describe_tracks(streams: Sequence[Stream]) -> list[Track]:
    """What the file says of these, which are all it has of a kind."""
    return [_describe_track(stream, number) for number, stream in enumerate(streams, 1)]


def rank_tracks(tracks: Sequence[Track]) -> list[Track]:
    """The best first: those that can be read, that are no commentary, that the file names as its
    default, that come first. Without those that can't be read."""
    return sorted(
        (one for one in tracks if one.readable),
        key=lambda one: (one.commentary, not one.default, one.number),
    )


def choose_stream(streams: Sequence[S], number: int | None) -> S | None:
    """The one of that number, the best for None; None where there is no such track that can be
    read."""
    return next(
        (
            streams[one.number - 1]
            for one in rank_tracks(describe_tracks(streams))
            if number in (None, one.number)
        ),
        None,
    )


def _describe_track(stream: Stream, number: int) -> Track:
    context = stream.codec_context  # None: nobody here can decode it
    readable = context is not None
    if readable and stream.type == "subtitle":
        readable = bool(context.codec.text_sub)
    names = [_printable(stream.metadata.get(key, "")) for key in ("title", "name", "handler_name")]
    flags = stream.disposition
    return Track(
        number=number,
        name=next((name for name in names if name and not HANDLER_NAMES.search(name)), ""),
        language=_printable(stream.metadata.get("language", "")).replace("und", ""),
        default=bool(flags & Disposition.default),
        commentary=bool(flags & COMMENTARY_FLAGS) or any(map(COMMENTARY_NAME.search, names)),
        forced=bool(flags & Disposition.forced),
        readable=readable,
    )


def _printable(name: str) -> str:
    """On one line and without what steers a terminal."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[
        :MAX_NAME_LENGTH
    ]
