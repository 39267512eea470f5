"""Notes on the modalities of a clip: what is missing, and what follows from it."""

from collections.abc import Collection, Mapping, Sequence

from mmsent.pipelines.clip_watch import WatchedClip
from mmsent.text import OTHER_LANGUAGE, is_foreign
from mmsent.transcripts import Cue, Transcript

# what may be missing of each modality, and the consequence
NO_WORDS, EMPTY_TRANSCRIPT = "there is no transcript", "the transcript given is empty"
UNUSED_SUBTITLES = "The file has subtitles inside; leave the transcript out to have them read."
NO_SOUND, SILENT_SOUND = "the clip has no sound", "the sound is silent"
NO_PICTURE, NO_FACE = "the clip has no picture", "no face was found"
CONSEQUENCES = {
    "text": "no words count",
    "audio": "no voice counts",
    "face": "no face counts",
    "picture": "no picture counts",
}
FILLED = (
    "This model can’t do without words, voice and picture: where one is missing or switched off, the "
    "average of its training stands in."
)
NO_SPEECH = "No speech was found in the sound, so take what the voice seems to say with caution."
NO_INPUT = "There is nothing to go by: {}. Please {}choose another clip."


def missing_modalities(
    watched_clip: WatchedClip,
    cues: Sequence[Cue],
    transcript: Transcript | None,
    modalities: Collection[str],
) -> dict[str, str]:
    """What is missing of each of the chosen ``modalities``, by its name."""
    missing: dict[str, str] = {}
    if not any(cue.text.strip() for cue in cues):
        replaced = transcript is not None and watched_clip.embedded_note
        missing["text"] = EMPTY_TRANSCRIPT if replaced else NO_WORDS
    if not len(watched_clip.sounds.peaks):
        missing["audio"] = NO_SOUND
    elif watched_clip.sounds.is_silent:
        missing["audio"] = SILENT_SOUND
    if not len(watched_clip.faces):
        missing["face"] = NO_FACE
    if watched_clip.size == (0, 0):
        missing["face"] = missing["picture"] = NO_PICTURE
    return {name: reason for name, reason in missing.items() if name in modalities}


def no_input_message(missing: Mapping[str, str], modalities: Collection[str]) -> str:
    """The sentence for a clip without any usable modality."""
    return NO_INPUT.format(
        ", ".join(missing.values()),
        "" if len(modalities) == 3 else "switch on more, or ",
    )


def modality_notes(
    watched_clip: WatchedClip,
    cues: Sequence[Cue],
    transcript: Transcript | None,
    modalities: Collection[str],
) -> list[str]:
    """Notes on the chosen ``modalities``."""
    missing = missing_modalities(watched_clip, cues, transcript, modalities)
    notes = [
        f"{lack[0].upper()}{lack[1:]}, so {CONSEQUENCES[name]}." for name, lack in missing.items()
    ]
    if "text" in modalities and watched_clip.embedded_note and not (transcript and transcript.said):
        notes.append(
            watched_clip.embedded_note
            if transcript is None or not watched_clip.embedded
            else UNUSED_SUBTITLES
        )
    if "audio" in modalities and "audio" not in missing and not watched_clip.stretches:
        notes.append(NO_SPEECH)
    if "text" in modalities and is_foreign(" ".join(cue.text for cue in cues)):
        notes.append(OTHER_LANGUAGE)
    return notes
