"""Watches a clip once, and keeps of it what its verdicts need."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent.clips import Frame
from mmsent.media import MediaError
from mmsent.pipelines.clip_choice import Cancelled as Cancelled
from mmsent.pipelines.clip_choice import open_chosen, words_inside
from mmsent.pipelines.clip_faces import MOST, Faces, FaceWatcher
from mmsent.pipelines.clip_sound import Sounds, SoundWatcher
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.speech import fixed_windows
from mmsent.subtitle_entry import MAX_CUES, Cue, listed
from mmsent.subtitles import Transcript, spread
from mmsent.transcribe import Unavailable, transcribe

FRAMES_PER_SECOND = 5.0
WATCHING, RECOGNISING = "Watching and listening", "Writing down what is said"  # stages
BEYOND = "The times of the transcript lie behind the end of the clip ({:.1f} s). Please choose the one that belongs to it."
BEHIND = "{} of {} entries were not read, since the clip ends before, after {:.1f} s: {}."
SCRAP = 0.1  # seconds that are left of an entry, too few to count
TOO_MUCH = f"The transcript has more than {MAX_CUES:,} sentences. Please send a shorter one."
CROWD = f"Some frames hold more than {MOST} faces; the {MOST} largest of each were read."

Progress = Callable[[str, float], None]  # the stage's name and how much of it is done, 0..1


@dataclass(frozen=True, eq=False)
class Watched:
    """All that is kept of a clip, a few megabytes for ten minutes: enough to judge it again and
    again without its file.

    ``size`` is (width, height) of the frames the faces lie in, (0, 0) without picture.
    ``stretches`` are (start, end) seconds in which somebody seems to speak. ``recognised`` is what
    speech recognition wrote down, () where it was not asked, not there, or heard nothing.
    ``inside`` is what the subtitles inside the file say, if there are any, and ``inside_note`` what
    is to be told where they are wanted. ``notes`` are sentences the reader should know. ``voices``
    is what was made of the voice so far, by the times of the utterance.
    """

    duration: float
    size: tuple[int, int]
    faces: Faces
    sounds: Sounds
    stretches: tuple[tuple[float, float], ...]
    recognised: tuple[Cue, ...] = ()
    notes: tuple[str, ...] = ()
    inside: Transcript | None = None
    inside_note: str = ""
    voices: dict[tuple[float, float], NDArray[np.float32]] = field(default_factory=dict)


def watch_clip(
    path: str | Path,
    face: FacePipeline,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    ear: SpeechFeatures | None = None,
) -> Watched:
    """Decodes a clip in one pass. With an ``ear`` what is said is written down if no subtitles in
    the file say it and speech recognition is not switched off; if it is, a note says so. Raises
    MediaError where the file can't be read, and Cancelled once ``cancelled()`` is true."""
    faces, sound, size, done = FaceWatcher(face), SoundWatcher(keep=ear is not None), (0, 0), 0.0
    clip, notes = open_chosen(path, FRAMES_PER_SECOND, cancelled)
    with clip:
        for part in clip:
            if cancelled and cancelled():
                raise Cancelled
            if isinstance(part, Frame):
                faces.add(part.picture, part.time)
                size = (part.picture.shape[1], part.picture.shape[0])
            else:
                sound.add(part)
            if progress:
                # sound may come early
                done = max(done, min(part.time / max(clip.info.duration, 1e-3), 1.0))
                progress(WATCHING, done)
    sounds, notes = sound.sounds(), (*notes, *clip.notes, *((CROWD,) if faces.crowded else ()))
    inside, inside_note = words_inside(clip)
    stretches = () if sounds.silent else sound.stretches()
    recognised: tuple[Cue, ...] = ()
    if ear and not inside and stretches:
        told = partial(progress, RECOGNISING) if progress else None
        if told:
            told(0.0)
        try:
            heard, doubts = transcribe(sound.samples(), stretches, ear, cancelled, told)
            recognised, notes = tuple(heard), (*notes, *doubts)
        except Unavailable as reason:
            notes = (*notes, str(reason))
        if cancelled and cancelled():
            raise Cancelled
    seen = faces.faces()
    return Watched(
        clip.info.duration,
        size,
        seen,
        sounds,
        stretches,
        recognised,
        (*notes, *seen.notes()),
        inside,
        inside_note,
    )


def utterances(
    watched: Watched, transcript: Transcript | None
) -> tuple[list[Cue], tuple[str, ...]]:
    """A clip cut into what is said, in the order of time, and what to tell of the transcript: its
    cues, or its sentences (plain text) over the stretches in which somebody speaks, or where it is
    None the file's own subtitles or what was recognised. Without any words those stretches, else
    even windows. Raises MediaError where it is no transcript of this clip."""
    given = (
        transcript
        or watched.inside
        or Transcript(list(watched.recognised), len(watched.recognised))
    )
    end, cues = watched.duration, given.said
    if isinstance(cues, str):
        cues = spread(cues, list(watched.stretches) or [(0.0, end)]) if cues else []
    if len(cues) > MAX_CUES:
        raise MediaError(TOO_MUCH)
    within = [replace(cue, end=min(cue.end, end)) for cue in cues if not _is_behind(cue, end)]
    if cues and not within:
        raise MediaError(BEYOND.format(end))
    behind = [cue.place for cue in cues if _is_behind(cue, end)]
    notes = (
        (*given.notes, BEHIND.format(len(behind), given.count, end, listed(given.unit, behind)))
        if behind
        else given.notes
    )
    empty = [Cue(start, stop, "") for start, stop in watched.stretches or fixed_windows(end)]
    return sorted(within, key=lambda cue: cue.start) or empty, notes


def _is_behind(cue: Cue, end: float) -> bool:
    """Whether it begins after the ``end`` of the clip, or so late that hardly anything of it is
    left."""
    return cue.start > 0 and end - cue.start < min(SCRAP, (cue.end - cue.start) / 2)
