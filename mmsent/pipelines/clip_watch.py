"""Decodes a clip once and keeps the features that predictions need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent.cancel import Cancel, stop_if
from mmsent.clips import Frame
from mmsent.media import MediaError
from mmsent.mel import MELS, fixed_windows
from mmsent.pipelines.clip_choice import embedded_transcript, open_best_tracks
from mmsent.pipelines.clip_faces import MAX_FACES_PER_FRAME, NO_FACES, Faces, FaceWatcher
from mmsent.pipelines.clip_scenes import NO_SCENES, Scenes, SceneWatcher
from mmsent.pipelines.clip_sound import SoundFeatures, SoundWatcher
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.transcribe import Unavailable, transcribe
from mmsent.transcripts import MAX_CUES, Cue, Transcript, list_places, spread_over_speech

FRAMES_PER_SECOND = 5.0
WATCHING, RECOGNISING = "Watching and listening", "Writing down what is said"  # stages
TRANSCRIPT_AFTER_END = (
    "The times of the transcript are after the end of the clip ({:.1f} s). Please choose the "
    "transcript that belongs to it."
)
ENTRIES_AFTER_END = (
    "{} of {} entries were not read, since the clip ends before, after {:.1f} s: {}."
)
MIN_ENTRY_REST = (
    0.1  # seconds of an entry before the end of the clip; with less it counts as after the end
)
TOO_MANY_SENTENCES = (
    f"The transcript has more than {MAX_CUES:,} sentences. Please send a shorter one."
)
CROWD_NOTE = f"Some frames hold more than {MAX_FACES_PER_FRAME} faces; the {MAX_FACES_PER_FRAME} largest of each were read."

Progress = Callable[[str, float], None]  # the stage's name and how much of it is done, 0..1


@dataclass(eq=False)
class Encoded:
    """Embeddings of voices and pictures by the times of the utterance. Each is replaced as a whole,
    never changed, since two threads may ask about one clip."""

    voices: Mapping[tuple[float, float], NDArray[np.float32]] = field(default_factory=dict)
    pictures: Mapping[tuple[float, float], NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class WatchedClip:
    """The features of a clip, a few megabytes for ten minutes: enough to predict again without its
    file.

    ``size`` is (width, height) of the frames the faces lie in, (0, 0) without picture.
    ``stretches`` are (start, end) seconds of speech. ``recognised`` is what
    speech recognition wrote down, () where it was not asked, not there, or heard nothing.
    ``inside`` is what the subtitles inside the file say, if there are any, and ``inside_note`` what
    is to be told where they are wanted. ``notes`` are sentences the reader should know. ``scenes``
    is the whole picture, where the net takes that and no faces. ``cache`` is what encoders made of it
    when it was last asked about.
    """

    duration: float
    size: tuple[int, int]
    faces: Faces
    sounds: SoundFeatures
    stretches: tuple[tuple[float, float], ...]
    recognised: tuple[Cue, ...] = ()
    notes: tuple[str, ...] = ()
    embedded: Transcript | None = None
    embedded_note: str = ""
    scenes: Scenes = NO_SCENES
    cache: Encoded = field(default_factory=Encoded)


def watch_clip(
    path: str | Path,
    watcher: FaceWatcher | SceneWatcher,
    progress: Progress | None = None,
    cancelled: Cancel = None,
    speech: SpeechFeatures | None = None,
    mels: int = MELS,
) -> WatchedClip:
    """The features of a clip, decoded in one pass: of its frames what ``watcher`` collects, of its
    sound log-mel of ``mels`` bands. With ``speech`` it is transcribed if no
    subtitles in the file say it and speech recognition is not switched off; if it is, a note says
    so. Raises MediaError where the file can't be read, and Cancelled once ``cancelled()`` is
    true."""
    sound, size, done = SoundWatcher(speech is not None, mels), (0, 0), 0.0
    clip, notes = open_best_tracks(path, FRAMES_PER_SECOND, cancelled)
    with clip:
        for part in clip:
            stop_if(cancelled)
            if isinstance(part, Frame):
                watcher.add(part.picture, part.time)
                size = (part.picture.shape[1], part.picture.shape[0])
            else:
                sound.add(part)
            if progress:
                # sound may come early
                done = max(done, min(part.time / max(clip.info.duration, 1e-3), 1.0))
                progress(WATCHING, done)
    sounds, notes = sound.sounds(), (*notes, *clip.notes)
    faces, scenes = NO_FACES, NO_SCENES
    if isinstance(watcher, SceneWatcher):
        scenes = watcher.scenes()
    else:
        faces, notes = watcher.faces(), (*notes, *((CROWD_NOTE,) if watcher.crowded else ()))
    inside, inside_note = embedded_transcript(clip)
    stretches = () if sounds.is_silent else sound.stretches()
    recognised: tuple[Cue, ...] = ()
    if speech and not inside and stretches:
        report_recognition = partial(progress, RECOGNISING) if progress else None
        if report_recognition:
            report_recognition(0.0)
        try:
            recognised_cues, doubts = transcribe(
                sound.samples(), stretches, speech, cancelled, report_recognition
            )
            recognised, notes = tuple(recognised_cues), (*notes, *doubts)
        except Unavailable as reason:
            notes = (*notes, str(reason))
        stop_if(cancelled)
    return WatchedClip(
        clip.info.duration,
        size,
        faces,
        sounds,
        stretches,
        recognised,
        (*notes, *faces.notes()),
        inside,
        inside_note,
        scenes,
    )


def split_utterances(
    watched_clip: WatchedClip, transcript: Transcript | None
) -> tuple[list[Cue], tuple[str, ...]]:
    """A clip cut into what is said, in the order of time, and what to tell of the transcript: its
    cues, or its sentences (plain text) over the stretches in which somebody speaks, or where it is
    None the file's own subtitles or what was recognised. Without any words those stretches, else
    even windows. Raises MediaError where it is no transcript of this clip."""
    source = (
        transcript
        or watched_clip.embedded
        or Transcript(list(watched_clip.recognised), len(watched_clip.recognised))
    )
    end, cues = watched_clip.duration, source.said
    if isinstance(cues, str):
        cues = (
            spread_over_speech(cues, list(watched_clip.stretches) or [(0.0, end)]) if cues else []
        )
    if len(cues) > MAX_CUES:
        raise MediaError(TOO_MANY_SENTENCES)
    within = [replace(cue, end=min(cue.end, end)) for cue in cues if not _is_after_end(cue, end)]
    if cues and not within:
        raise MediaError(TRANSCRIPT_AFTER_END.format(end))
    behind = [cue.place for cue in cues if _is_after_end(cue, end)]
    notes = (
        (
            *source.notes,
            ENTRIES_AFTER_END.format(
                len(behind), source.count, end, list_places(source.unit, behind)
            ),
        )
        if behind
        else source.notes
    )
    empty = [Cue(start, stop, "") for start, stop in watched_clip.stretches or fixed_windows(end)]
    return sorted(within, key=lambda cue: cue.start) or empty, notes


def _is_after_end(cue: Cue, end: float) -> bool:
    """Whether it begins after the ``end`` of the clip, or so late that hardly anything of it is
    left."""
    return cue.start > 0 and end - cue.start < min(MIN_ENTRY_REST, (cue.end - cue.start) / 2)
