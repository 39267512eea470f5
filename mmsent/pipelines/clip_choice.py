"""Which picture, which sound and which subtitles of a file with several are the clip's, and what
the reader is told of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmsent.clip_streams import Track, Wanted, ranked
from mmsent.clips import Clip, Frame, Sound, open_clip
from mmsent.media import MediaError
from mmsent.pipelines.clip_sound import SILENT
from mmsent.subtitles import Cue, Transcript, read_transcript, write_srt
from mmsent.voice import STEP, THRESHOLD, VoiceStream

ENOUGH = 3.0  # seconds of speech: somebody talks in this sound
SHARE = 0.3  # of the speech in another sound, less than which is none
LOOK = 60.0  # seconds of a picture that are looked at
FLAT = 4.0  # deviation of the pixels (0..255) of a frame that shows nothing

CHOSEN = "The file has {} {} tracks; number {} was read{}."
WORDS = "The words are those of subtitle track {} inside the file."
INCOMPLETE = "Some of its entries could not be read."
PICTURED = "The subtitles inside the file are pictures and can’t be read; please type what is said."

Cancel = Callable[[], bool] | None


class Cancelled(Exception):  # noqa: N818 (nothing went wrong)
    """Whoever wanted the answer has gone."""


@dataclass(frozen=True)
class Found:
    """What was found in a track: how much of what is wanted, and what to say where that is too
    little."""

    good: float
    lacks: str = ""


def open_chosen(
    path: str | Path, frames_per_second: float, cancelled: Cancel = None
) -> tuple[Clip, tuple[str, ...]]:
    """``open_clip`` with the picture that shows something and the sound in which somebody talks,
    commentaries left out, the file's default before others; and sentences on the choice, () where
    there is none. Raises MediaError as it does, Cancelled once ``cancelled()`` is true."""
    clip = open_clip(path, frames_per_second)
    if max(len(ranked(clip.pictures)), len(ranked(clip.sounds))) <= 1:
        return clip, _told("picture", clip.pictures, None, {}) + _told(
            "sound", clip.sounds, None, {}
        )
    clip.__exit__()
    seen = _searched(clip.pictures, lambda number: _look(path, number, cancelled), enough=1.0)
    heard = _searched(clip.sounds, lambda number: _listen(path, number, cancelled), enough=ENOUGH)
    picture, sound = _best(clip.pictures, seen), _best(clip.sounds, heard)
    notes = _told("picture", clip.pictures, picture, seen) + _told(
        "sound", clip.sounds, sound, heard
    )
    wanted = Wanted(picture.number if picture else 0, sound.number if sound else 0)
    return open_clip(path, frames_per_second, wanted), notes


def words_inside(clip: Clip) -> tuple[Transcript | None, str]:
    """What is said by the subtitles of a file that was read, of several the ones in English, which
    the models know best, and not those for a few foreign words alone; and a sentence on where it is
    from, or on what there is instead."""
    order = sorted(
        clip.texts,
        key=lambda text: (text.track.aside, text.track.forced, text.track.language[:2] != "en"),
    )
    for text in order:
        cues = [
            Cue(max(start, 0.0), end, said)
            for start, end, said in text.entries
            if start < clip.info.duration and end > 0
        ]
        try:
            read = read_transcript(write_srt(cues))
        except MediaError:  # nothing is said in it
            continue
        if read.said:
            note = WORDS.format(_named(text.track))
            return read, note if text.complete and len(cues) == len(
                text.entries
            ) else f"{note} {INCOMPLETE}"
    return None, PICTURED if any(not track.readable for track in clip.subtitles) else ""


def _searched(
    tracks: Sequence[Track], look: Callable[[int], Found], enough: float
) -> dict[int, Found]:
    """What is in each track, by its number, up to the first that leaves nothing to be wished
    for."""
    found: dict[int, Found] = {}
    order = ranked(tracks)
    for track in order if len(order) > 1 else ():
        found[track.number] = look(track.number)
        if found[track.number].good >= enough and not track.aside:
            break
    return found


def _best(tracks: Sequence[Track], found: dict[int, Found]) -> Track | None:
    """Of those that hold anything at all the ones that are no commentary, of these those with
    enough in them."""
    order = ranked(tracks)
    most = max((one.good for one in found.values()), default=0.0)

    def worth(track: Track) -> tuple[bool, bool, bool]:
        one = found.get(track.number, Found(0.0, "?"))
        return one.good < 0, track.aside, one.good < SHARE * most

    return min(
        (track for track in order if not found or track.number in found), key=worth, default=None
    )


def _listen(path: str | Path, number: int, cancelled: Cancel) -> Found:
    """How many seconds of speech there are, at most about ENOUGH; below 0 where it is silent."""
    voice, silent = VoiceStream(), True
    speech = 0.0
    for part in _parts(path, Wanted(picture=0, sound=number), cancelled):
        if isinstance(part, Sound) and np.abs(part.samples).max(initial=0) >= SILENT:
            silent = False
            voice.feed(part.samples)
            speech = float((voice.voice() >= THRESHOLD).sum()) * STEP
        if speech >= ENOUGH:
            break
    return Found(-1.0, "is silent") if silent else Found(speech, "holds little or no speech")


def _look(path: str | Path, number: int, cancelled: Cancel) -> Found:
    """1 where a moving picture shows something, 0 where it stands still, below 0 where it shows
    nothing."""
    shown = 0
    for part in _parts(path, Wanted(picture=number, sound=0), cancelled):
        if isinstance(part, Frame):
            shown += bool(part.picture.std() > FLAT)
            if shown > 1:
                return Found(1.0)
            if part.time > LOOK:
                break
    return Found(0.0, "stands still") if shown else Found(-1.0, "shows nothing")


def _parts(path: str | Path, wanted: Wanted, cancelled: Cancel) -> Iterator[Frame | Sound]:
    """Those of one track, as far as it can be decoded."""
    try:
        with open_clip(path, wanted=wanted) as clip:
            for part in clip:
                if cancelled and cancelled():
                    raise Cancelled
                yield part
    except MediaError:
        return


def _told(
    kind: str, tracks: Sequence[Track], taken: Track | None, found: dict[int, Found]
) -> tuple[str, ...]:
    """Which of several was taken, and why not those that would have come before it; () where there
    is one."""
    order = ranked(tracks)
    taken = taken or next(iter(order), None)
    if len(tracks) < 2 or taken is None:
        return ()
    lacks = {track.number: "can’t be decoded" for track in tracks if not track.readable}
    lacks |= {
        track.number: found[track.number].lacks
        for track in order[: order.index(taken)]
        if track.number in found
    }
    lacks |= {track.number: "is a commentary" for track in order if track.aside and not taken.aside}
    reasons = [
        f"number {_named(track)} {lacks[track.number]}" for track in tracks if track.number in lacks
    ]
    why = f": {', '.join(reasons)}" if reasons else ", its default" if taken.default else ""
    return (CHOSEN.format(len(tracks), kind, _named(taken), why),)


def _named(track: Track) -> str:
    """Its number, and what it is called or which language it is in."""
    called = f"“{track.name}”" if track.name else track.language
    return f"{track.number} ({called})" if called else str(track.number)
