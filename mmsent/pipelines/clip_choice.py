"""Which picture, which sound and which subtitles of a file with several are the clip's, and what
the reader is told of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmsent.clip_streams import Track, Wanted, rank_tracks
from mmsent.clips import Clip, Frame, Sound, open_clip
from mmsent.media import MediaError
from mmsent.pipelines.clip_sound import SILENCE_LEVEL
from mmsent.subtitles import Cue, Transcript, read_transcript, write_srt
from mmsent.vad import FRAME_SECONDS, THRESHOLD, VoiceActivityStream

ENOUGH_SPEECH = 3.0  # seconds of speech: somebody talks in this sound
MIN_SPEECH_SHARE = 0.3  # of the speech in another sound, less than which is none
MAX_LOOK_SECONDS = 60.0  # seconds of a picture that are looked at
MAX_FLAT_DEVIATION = 4.0  # deviation of the pixels (0..255) of a frame that shows nothing

CHOICE_NOTE = "The file has {} {} tracks; number {} was read{}."
EMBEDDED_NOTE = "The words are those of subtitle track {} inside the file."
INCOMPLETE_SUBTITLES = "Some of its entries could not be read."
BITMAP_SUBTITLES = (
    "The subtitles inside the file are pictures and can’t be read; please type what is said."
)

Cancel = Callable[[], bool] | None


class Cancelled(Exception):  # noqa: N818 (nothing went wrong)
    """Whoever wanted the answer has gone."""


@dataclass(frozen=True)
class TrackCheck:
    """What was found in a track: how much of what is wanted, and what to say where that is too
    little."""

    score: float
    problem: str = ""


def open_best_tracks(
    path: str | Path, frames_per_second: float, cancelled: Cancel = None
) -> tuple[Clip, tuple[str, ...]]:
    """``open_clip`` with the picture that shows something and the sound in which somebody talks,
    commentaries left out, the file's default before others; and sentences on the choice, () where
    there is none. Raises MediaError as it does, Cancelled once ``cancelled()`` is true."""
    clip = open_clip(path, frames_per_second)
    if max(len(rank_tracks(clip.pictures)), len(rank_tracks(clip.sounds))) <= 1:
        return clip, _choice_notes("picture", clip.pictures, None, {}) + _choice_notes(
            "sound", clip.sounds, None, {}
        )
    clip.__exit__()
    seen = _check_tracks(
        clip.pictures, lambda number: _check_picture(path, number, cancelled), enough=1.0
    )
    heard = _check_tracks(
        clip.sounds, lambda number: _check_sound(path, number, cancelled), enough=ENOUGH_SPEECH
    )
    picture, sound = _best_track(clip.pictures, seen), _best_track(clip.sounds, heard)
    notes = _choice_notes("picture", clip.pictures, picture, seen) + _choice_notes(
        "sound", clip.sounds, sound, heard
    )
    wanted = Wanted(picture.number if picture else 0, sound.number if sound else 0)
    return open_clip(path, frames_per_second, wanted), notes


def embedded_transcript(clip: Clip) -> tuple[Transcript | None, str]:
    """What is said by the subtitles of a file that was read, of several the ones in English, which
    the models know best, and not those for a few foreign words alone; and a sentence on where it is
    from, or on what there is instead."""
    order = sorted(
        clip.texts,
        key=lambda text: (
            text.track.commentary,
            text.track.forced,
            text.track.language[:2] != "en",
        ),
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
            note = EMBEDDED_NOTE.format(_track_label(text.track))
            return read, note if text.complete and len(cues) == len(
                text.entries
            ) else f"{note} {INCOMPLETE_SUBTITLES}"
    return None, BITMAP_SUBTITLES if any(not track.readable for track in clip.subtitles) else ""


def _check_tracks(
    tracks: Sequence[Track], look: Callable[[int], TrackCheck], enough: float
) -> dict[int, TrackCheck]:
    """What is in each track, by its number, up to the first that leaves nothing to be wished
    for."""
    found: dict[int, TrackCheck] = {}
    order = rank_tracks(tracks)
    for track in order if len(order) > 1 else ():
        found[track.number] = look(track.number)
        if found[track.number].score >= enough and not track.commentary:
            break
    return found


def _best_track(tracks: Sequence[Track], found: dict[int, TrackCheck]) -> Track | None:
    """Of those that hold anything at all the ones that are no commentary, of these those with
    enough in them."""
    order = rank_tracks(tracks)
    most = max((one.score for one in found.values()), default=0.0)

    def worth(track: Track) -> tuple[bool, bool, bool]:
        one = found.get(track.number, TrackCheck(0.0, "?"))
        return one.score < 0, track.commentary, one.score < MIN_SPEECH_SHARE * most

    return min(
        (track for track in order if not found or track.number in found), key=worth, default=None
    )


def _check_sound(path: str | Path, number: int, cancelled: Cancel) -> TrackCheck:
    """How many seconds of speech there are, at most about ENOUGH_SPEECH; below 0 where it is silent."""
    voice, silent = VoiceActivityStream(), True
    speech = 0.0
    for part in _decode_track(path, Wanted(picture=0, sound=number), cancelled):
        if isinstance(part, Sound) and np.abs(part.samples).max(initial=0) >= SILENCE_LEVEL:
            silent = False
            voice.feed(part.samples)
            speech = float((voice.probabilities() >= THRESHOLD).sum()) * FRAME_SECONDS
        if speech >= ENOUGH_SPEECH:
            break
    return (
        TrackCheck(-1.0, "is silent") if silent else TrackCheck(speech, "holds little or no speech")
    )


def _check_picture(path: str | Path, number: int, cancelled: Cancel) -> TrackCheck:
    """1 where a moving picture shows something, 0 where it stands still, below 0 where it shows
    nothing."""
    shown = 0
    for part in _decode_track(path, Wanted(picture=number, sound=0), cancelled):
        if isinstance(part, Frame):
            shown += bool(part.picture.std() > MAX_FLAT_DEVIATION)
            if shown > 1:
                return TrackCheck(1.0)
            if part.time > MAX_LOOK_SECONDS:
                break
    return TrackCheck(0.0, "stands still") if shown else TrackCheck(-1.0, "shows nothing")


def _decode_track(path: str | Path, wanted: Wanted, cancelled: Cancel) -> Iterator[Frame | Sound]:
    """Those of one track, as far as it can be decoded."""
    try:
        with open_clip(path, wanted=wanted) as clip:
            for part in clip:
                if cancelled and cancelled():
                    raise Cancelled
                yield part
    except MediaError:
        return


def _choice_notes(
    kind: str, tracks: Sequence[Track], taken: Track | None, found: dict[int, TrackCheck]
) -> tuple[str, ...]:
    """Which of several was taken, and why not those that would have come before it; () where there
    is one."""
    order = rank_tracks(tracks)
    taken = taken or next(iter(order), None)
    if len(tracks) < 2 or taken is None:
        return ()
    lacks = {track.number: "can’t be decoded" for track in tracks if not track.readable}
    lacks |= {
        track.number: found[track.number].problem
        for track in order[: order.index(taken)]
        if track.number in found
    }
    lacks |= {
        track.number: "is a commentary"
        for track in order
        if track.commentary and not taken.commentary
    }
    reasons = [
        f"number {_track_label(track)} {lacks[track.number]}"
        for track in tracks
        if track.number in lacks
    ]
    why = f": {', '.join(reasons)}" if reasons else ", its default" if taken.default else ""
    return (CHOICE_NOTE.format(len(tracks), kind, _track_label(taken), why),)


def _track_label(track: Track) -> str:
    """Its number, and what it is called or which language it is in."""
    called = f"“{track.name}”" if track.name else track.language
    return f"{track.number} ({called})" if called else str(track.number)
