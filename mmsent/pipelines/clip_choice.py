"""Chooses the video, audio and subtitle track of a file with several, with notes on the choice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmsent.cancel import Cancel, stop_if
from mmsent.clip_streams import MediaTrack, Wanted, rank_tracks
from mmsent.clips import Clip, Frame, Sound, open_clip
from mmsent.media import MediaError
from mmsent.pipelines.clip_sound import SILENCE_LEVEL
from mmsent.transcripts import Cue, Transcript, read_transcript, write_srt
from mmsent.vad import FRAME_SECONDS, THRESHOLD, VoiceActivityStream

ENOUGH_SPEECH = 3.0  # seconds of speech after which an audio track is accepted
MIN_SPEECH_SHARE = 0.3  # of the speech in the best audio track; a track with less is not chosen
MAX_LOOK_SECONDS = 60.0  # seconds of a video track that are checked
MAX_FLAT_DEVIATION = 4.0  # deviation of the pixels (0..255) of a frame that shows nothing

CHOICE_NOTE = "The file has {} {} tracks; number {} was read{}."
EMBEDDED_NOTE = "The words are those of subtitle track {} inside the file."
PARTIAL_SUBTITLES = "The subtitles inside the file are a commentary, or for a few foreign words only, and were not read."
INCOMPLETE_SUBTITLES = "Some of its entries could not be read."
BITMAP_SUBTITLES = (
    "The subtitles inside the file are pictures and can’t be read; please type what is said."
)


@dataclass(frozen=True)
class TrackCheck:
    """The check of a track: a score, and its problem for the note."""

    score: float
    problem: str = ""


def open_best_tracks(
    path: str | Path, frames_per_second: float, cancelled: Cancel = None
) -> tuple[Clip, tuple[str, ...]]:
    """The clip, opened with the video track that shows something and the audio track with speech,
    no commentary, the file's default first; and notes on the choice, () where there is none. Raises
    MediaError as ``open_clip`` does, and Cancelled once ``cancelled()`` is true."""
    clip = open_clip(path, frames_per_second)
    if max(len(rank_tracks(clip.pictures)), len(rank_tracks(clip.sounds))) <= 1:
        return clip, _choice_notes("picture", clip.pictures, None, {}) + _choice_notes(
            "sound", clip.sounds, None, {}
        )
    clip.__exit__()
    picture_checks = _check_tracks(
        clip.pictures, lambda number: _check_picture(path, number, cancelled), enough=1.0
    )
    sound_checks = _check_tracks(
        clip.sounds, lambda number: _check_sound(path, number, cancelled), enough=ENOUGH_SPEECH
    )
    picture, sound = (
        _best_track(clip.pictures, picture_checks),
        _best_track(clip.sounds, sound_checks),
    )
    notes = _choice_notes("picture", clip.pictures, picture, picture_checks) + _choice_notes(
        "sound", clip.sounds, sound, sound_checks
    )
    wanted = Wanted(picture.number if picture else 0, sound.number if sound else 0)
    return open_clip(path, frames_per_second, wanted), notes


def embedded_transcript(clip: Clip) -> tuple[Transcript | None, str]:
    """The transcript from the subtitles inside a clip that was decoded, None where there are none,
    and a note on them. Of several tracks English comes first; a commentary, and forced ones, for a
    few foreign words, are not read."""
    whole = [text for text in clip.texts if not (text.track.commentary or text.track.forced)]
    order = sorted(whole, key=lambda text: text.track.language[:2] != "en")
    for text in order:
        cues = [
            Cue(max(start, 0.0), end, text_line)
            for start, end, text_line in text.entries
            if start < clip.info.duration and end > 0
        ]
        try:
            transcript = read_transcript(write_srt(cues))
        except MediaError:  # nothing is said in it
            continue
        if transcript.said:
            note = EMBEDDED_NOTE.format(_track_label(text.track))
            return transcript, note if text.complete and len(cues) == len(
                text.entries
            ) else f"{note} {INCOMPLETE_SUBTITLES}"
    if any(not track.readable for track in clip.subtitles):
        return None, BITMAP_SUBTITLES
    partial = any(text.entries for text in clip.texts if text not in whole)
    return None, PARTIAL_SUBTITLES if partial else ""


def _check_tracks(
    tracks: Sequence[MediaTrack], check: Callable[[int], TrackCheck], enough: float
) -> dict[int, TrackCheck]:
    """The check of each track, by its number, up to the first with a score of ``enough``."""
    checks: dict[int, TrackCheck] = {}
    order = rank_tracks(tracks)
    for track in order if len(order) > 1 else ():
        checks[track.number] = check(track.number)
        if checks[track.number].score >= enough and not track.commentary:
            break
    return checks


def _best_track(tracks: Sequence[MediaTrack], checks: dict[int, TrackCheck]) -> MediaTrack | None:
    """The first track by rank that is not empty, no commentary, and scores well enough."""
    order = rank_tracks(tracks)
    most = max((one.score for one in checks.values()), default=0.0)

    def worth(track: MediaTrack) -> tuple[bool, bool, bool]:
        one = checks.get(track.number, TrackCheck(0.0, "?"))
        return one.score < 0, track.commentary, one.score < MIN_SPEECH_SHARE * most

    return min(
        (track for track in order if not checks or track.number in checks), key=worth, default=None
    )


def _check_sound(path: str | Path, number: int, cancelled: Cancel) -> TrackCheck:
    """The seconds of speech in an audio track, at most about ENOUGH_SPEECH; -1 for silence."""
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
    """The score of a video track: 1 if it moves and shows something, 0 if it is still, -1 if it is
    blank."""
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
    """The frames or sound of one track, as far as it can be decoded."""
    try:
        with open_clip(path, wanted=wanted) as clip:
            for part in clip:
                stop_if(cancelled)
                yield part
    except MediaError:
        return


def _choice_notes(
    kind: str,
    tracks: Sequence[MediaTrack],
    selected: MediaTrack | None,
    checks: dict[int, TrackCheck],
) -> tuple[str, ...]:
    """The note on which of several tracks was chosen, and why not those ranked before it; () for a
    single track."""
    order = rank_tracks(tracks)
    selected = selected or next(iter(order), None)
    if len(tracks) < 2 or selected is None:
        return ()
    problems = {track.number: "can’t be decoded" for track in tracks if not track.readable}
    problems |= {
        track.number: checks[track.number].problem
        for track in order[: order.index(selected)]
        if track.number in checks
    }
    problems |= {
        track.number: "is a commentary"
        for track in order
        if track.commentary and not selected.commentary
    }
    reasons = [
        f"number {_track_label(track)} {problems[track.number]}"
        for track in tracks
        if track.number in problems
    ]
    why = f": {', '.join(reasons)}" if reasons else ", its default" if selected.default else ""
    return (CHOICE_NOTE.format(len(tracks), kind, _track_label(selected), why),)


def _track_label(track: MediaTrack) -> str:
    """The number of a track, with its name or language."""
    called = f"“{track.name}”" if track.name else track.language
    return f"{track.number} ({called})" if called else str(track.number)
