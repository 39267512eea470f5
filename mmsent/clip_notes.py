"""Facts of a clip from its decoder: length and size, and notes on what was not decoded."""

from dataclasses import dataclass
from typing import Any

# seconds that sound may exceed the declared end, as codecs pad their last block
CODEC_PADDING = 0.1


@dataclass(frozen=True)
class ClipInfo:
    """What the file declares; once it is read to its end, what it holds."""

    duration: float  # seconds; of a clip that is cut at MAX_SECONDS still the whole
    size: tuple[int, int]  # (width, height) as a player shows it, (0, 0) without a picture
    has_picture: bool
    has_sound: bool


def info_of(facts: dict[str, Any]) -> ClipInfo:
    """The info by what the file declares; at the end by what was decoded, unless it was
    truncated."""
    declared, end = facts["declared"], facts["end"]
    is_complete = facts["done"] and not facts["cut"]
    duration = end if is_complete and abs(declared - end) > CODEC_PADDING else max(declared, end)
    return ClipInfo(duration, tuple(facts["size"]), facts["has_picture"], facts["has_sound"])


def notes_of(facts: dict[str, Any], declared: ClipInfo) -> tuple[str, ...]:
    end, damaged = facts["end"], facts["damaged"]
    missing = not facts["cut"] and declared.duration - facts["last"] > max(
        1.0, 0.1 * declared.duration
    )
    notes = {
        f"The clip is long: only its first {_clock(end)} were read.": facts["cut"] == "length",
        f"Decoding the clip takes too long: only its first {_clock(end)} were read.": facts["cut"]
        == "work",
        f"The clip should last {_clock(declared.duration)} but ends after {_clock(end)}; the rest is missing.": missing,
        "The picture can't be decoded and was left out.": facts["tracks"]["pictures"]
        and not facts["has_picture"],
        "The sound can't be decoded and was left out.": facts["tracks"]["sounds"]
        and not facts["has_sound"],
        "Damaged parts of the picture were skipped.": facts["has_picture"] and damaged["video"],
        "Damaged parts of the sound were replaced by silence.": facts["has_sound"]
        and damaged["audio"],
    }
    return tuple(sentence for sentence, applies in notes.items() if applies)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
