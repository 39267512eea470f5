"""What a net for clips gets of each span, by the kind of net that the config names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mmsent import hub
from mmsent.mel import MELS, fixed_windows, rows_between, speech_rows
from mmsent.pipelines.clip_faces import FaceWatcher
from mmsent.pipelines.clip_scenes import SceneWatcher
from mmsent.pipelines.clip_spans import Span
from mmsent.pipelines.clip_watch import WatchedClip
from mmsent.pipelines.encoders import (
    TextFeatures,
    check_encoder,
    check_width,
    named_source,
    text_features,
)
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.pipelines.motion_encoder import MotionFeatures, motion_features
from mmsent.pipelines.speech import SpeechFeatures, speech_features
from mmsent.pipelines.video_inputs import MODALITIES, Rows, face_rows, sentence_rows, text_rows

Voice = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Utterances:
    """N utterances as inputs of the net; ``modality_mask`` (N, 3) is False where one of the
    reader's modalities is missing or switched off. There ``faces`` (of a net that takes the whole
    picture: its vector) and ``voices`` hold None, ``text`` (N, width) any values."""

    modality_mask: NDArray[np.bool_]
    text: Rows
    voices: Sequence[Voice | None]
    faces: Sequence[Rows | None]


class ClipReader(Protocol):
    """Encoders, and what they make of a clip; ``mels`` are the bands of the log-mel it takes,
    ``seen_width`` the numbers of what it sees."""

    text: TextFeatures
    mels: int
    seen_width: int

    @property
    def modalities(self) -> tuple[str, str, str]:
        """The names of words, voice and what is seen."""

    @property
    def face(self) -> FacePipeline | None:
        """None where no face is looked for."""

    @property
    def speech(self) -> SpeechFeatures | None:
        """What writes down what is said; None: nothing does."""

    def watcher(self) -> FaceWatcher | SceneWatcher:
        """What collects of the frames what ``seen`` needs."""

    def texts(
        self, texts: Sequence[str], earlier: Sequence[Sequence[str]]
    ) -> tuple[Rows, NDArray[np.bool_]]:
        """(N, text_width) rows of the ``texts``, (N,) False where one is empty; ``earlier`` are those
        before each."""

    def voices(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Voice | None]:
        """What is heard in each span, None where nobody speaks."""

    def seen(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Rows | None]:
        """What is seen in each span, None where there is nothing."""

    def seconds(self, duration: float) -> float:
        """About how long ``seen`` takes of a clip of ``duration`` seconds."""


class FaceClipReader:
    """Words in their context, the voice as Whisper hears it, the leading face: for ``VideoNet``."""

    modalities = MODALITIES
    mels = MELS

    def __init__(self, text: TextFeatures, face: FacePipeline, speech: SpeechFeatures) -> None:
        self.text, self.face, self.speech = text, face, speech
        self.seen_width = face.width

    def watcher(self) -> FaceWatcher:
        return FaceWatcher(self.face)

    def texts(
        self, texts: Sequence[str], earlier: Sequence[Sequence[str]]
    ) -> tuple[Rows, NDArray[np.bool_]]:
        return text_rows(self.text, texts, earlier)

    def voices(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Voice | None]:
        """This is the slowest step after a change of the transcript, so embeddings are cached by
        their times. Two questions about a clip may be answered at once: each goes by its own copy."""
        cached, heard = clip.cache.voices, {}
        for span in spans:
            times = (span.start, span.end)
            if span.has_speech and times in cached:
                heard[times] = cached[times]
            elif span.has_speech and clip.sounds.audible(*times):
                heard[times] = self.speech.voice(
                    speech_rows(clip.sounds.mel, clip.stretches, *times)
                )
        clip.cache.voices = heard
        return [heard.get((span.start, span.end)) for span in spans]

    def seen(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Rows | None]:
        faces = [clip.faces.between(span.start, span.end) for span in spans]
        return [None if part is None else face_rows(part) for part in faces]

    def seconds(self, duration: float) -> float:
        return 0.0  # faces are read while the clip is watched


class SceneClipReader:
    """The sentence as BERT pools it, the log-mel itself, the whole picture as a video net sees it:
    for ``ReferenceVideoNet``."""

    modalities = (*MODALITIES[:2], "picture")
    face = None

    def __init__(
        self,
        text: TextFeatures,
        motion: MotionFeatures,
        mels: int,
        mel_rows: int,
        speech: SpeechFeatures | None = None,
    ) -> None:
        """``speech`` writes down what is said; None: nothing does."""
        self.text, self.motion, self.speech = text, motion, speech
        self.mels, self.mel_rows = mels, mel_rows
        self.seen_width = motion.width

    def watcher(self) -> SceneWatcher:
        return SceneWatcher(self.motion.size)

    def texts(
        self, texts: Sequence[str], earlier: Sequence[Sequence[str]]
    ) -> tuple[Rows, NDArray[np.bool_]]:
        return sentence_rows(self.text, texts)

    def voices(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Voice | None]:
        return [
            self._sound(clip, span)
            if span.has_speech and clip.sounds.audible(span.start, span.end)
            else None
            for span in spans
        ]

    def seen(self, clip: WatchedClip, spans: Sequence[Span]) -> list[Rows | None]:
        """As of voices, what was encoded is cached by its times."""
        times = [(span.start, span.end) for span in spans]
        cached = clip.cache.pictures
        known = {at: cached[at] for at in times if at in cached}
        fresh = {at: self.frames(clip, *at) for at in dict.fromkeys(times) if at not in known}
        given = {at: frames for at, frames in fresh.items() if frames is not None}
        known |= zip(given, self.motion(list(given.values())), strict=True)
        clip.cache.pictures = known
        return [known[at][None] if at in known else None for at in times]

    def seconds(self, duration: float) -> float:
        return len(fixed_windows(duration)) * self.motion.seconds

    def frames(self, clip: WatchedClip, start: float, end: float) -> NDArray[np.uint8] | None:
        """What ``motion`` takes of a span."""
        return clip.scenes.between(start, end, self.motion.frames)

    def _sound(self, clip: WatchedClip, span: Span) -> NDArray[np.float16]:
        """(mel_rows * mels,) log-mel of the beginning of the span, standardised, zeros behind it."""
        mel = clip.sounds.mel[rows_between(span.start, span.end)][: self.mel_rows]
        mel = mel.astype(np.float32)
        sound = np.zeros((self.mel_rows, self.mels), np.float16)
        sound[: len(mel)] = (mel - mel.mean()) / (mel.std() + 1e-3)
        return sound.reshape(-1)


def encode_utterances(
    reader: ClipReader, clip: WatchedClip, spans: Sequence[Span], modalities: Collection[str]
) -> Utterances:
    """The inputs of the net for each span, in the given ``modalities``; of spans without speech only
    what is seen. Raises MediaError where a text is too long."""
    words, sound, sight = reader.modalities
    texts = [span.text if words in modalities else "" for span in spans]
    earlier = [line for line in texts if line.strip()]
    count = np.cumsum([0, *(bool(line.strip()) for line in texts)])
    rows, text_mask = reader.texts(texts, [earlier[:n] for n in count[:-1]])
    nothing = [None] * len(spans)
    voices = reader.voices(clip, spans) if sound in modalities else nothing
    seen = reader.seen(clip, spans) if sight in modalities else nothing
    there = [np.array([part is not None for part in parts], bool) for parts in (voices, seen)]
    return Utterances(np.stack([text_mask, *there], axis=1), rows, voices, seen)


def make_reader(folder: Path, config: hub.Config, device: str) -> ClipReader:
    """The reader of the head in ``folder`` with the encoders that it names, shared with the other
    pipelines. Raises CheckpointError."""
    named = config["encoders"]
    text = text_features(named_source(folder, named["text"]), device)
    check_encoder(folder, named["text"], text)
    if "motion" not in named:
        face = shared_face(named_source(folder, named["face"]), device)
        check_encoder(folder, named["face"], face)
        speech = speech_features(named_source(folder, named["speech"]), device)
        check_encoder(folder, named["speech"], speech)
        check_width(folder, config, "voice", speech.width)
        return FaceClipReader(text, face, speech)
    place = named_source(folder, named["motion"])
    if place is None:  # none ships
        raise hub.CheckpointError(f"{folder} lacks its encoder “motion”; fetch it again.")
    motion = motion_features(place, device)
    check_encoder(folder, named["motion"], motion)
    check_width(folder, config, "text", text.width)
    check_width(folder, config, "picture", motion.width)
    shape = config["architecture"]
    return SceneClipReader(text, motion, shape["mels"], shape["mel_rows"], _shipped_speech(device))


def _shipped_speech(device: str) -> SpeechFeatures | None:
    try:
        return speech_features(None, device)
    except hub.NoCheckpointError:
        return None
