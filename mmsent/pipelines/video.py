"""The video pipeline: a clip and its transcript to emotion and sentiment over time."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmsent import hub
from mmsent.clips import open_clip
from mmsent.configs import read_checked
from mmsent.media import MediaError
from mmsent.models.video import VideoNet
from mmsent.pipelines.clip_answers import (
    LABELS,
    ModeProbabilities,
    encode_utterances,
    predict_by_mode,
)
from mmsent.pipelines.clip_moments import (
    agreement,
    durations,
    is_conflict,
    mean_weights,
    modality_weights,
    renumber_tracks,
    weighted_mean_scores,
)
from mmsent.pipelines.clip_reasons import WordReasons, side_shares
from mmsent.pipelines.clip_spans import Span, cover_clip
from mmsent.pipelines.clip_watch import Progress, WatchedClip, split_utterances, watch_clip
from mmsent.pipelines.encoders import TextFeatures, check_encoder, named_source, text_features
from mmsent.pipelines.face import FacePipeline, shared_face
from mmsent.pipelines.speech import SpeechFeatures, speech_features
from mmsent.pipelines.video_inputs import MODALITIES, calibration_of, check_modalities, mode_name
from mmsent.pipelines.video_notes import missing_modalities, modality_notes, no_input_message
from mmsent.results import Moment, Scores, VideoResult
from mmsent.runtime import Device, choose_device
from mmsent.text import text_or_none
from mmsent.transcripts import Transcript, open_transcript, read_transcript, write_srt

# seconds of work for a second of clip, until clips have been decoded on this machine
DEFAULT_PACE = 0.15


class VideoPipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(
        self,
        folder: Path,
        device: Device | None = None,
        encoders: tuple[TextFeatures, FacePipeline, SpeechFeatures] | None = None,
    ) -> None:
        """``encoders`` None: those the checkpoint names, shared with the other pipelines."""
        self.folder = folder
        self.device = choose_device(device)
        self._config = read_checked(folder, "video")
        if {name: tuple(labels) for name, labels in self._config["labels"].items()} != LABELS:
            raise hub.CheckpointError(
                f"{folder} names other labels than this version of mmsent knows."
            )
        named = self._config["encoders"]
        self.text, self.face, self.speech = encoders or (
            text_features(named_source(folder, named["text"]), self.device),
            shared_face(named_source(folder, named["face"]), self.device),
            speech_features(named_source(folder, named["speech"]), self.device),
        )
        for name, encoder in (("text", self.text), ("face", self.face), ("speech", self.speech)):
            check_encoder(folder, named[name], encoder)
        self.net = hub.build_net(folder, lambda: VideoNet(**self._config["architecture"]))
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.net.to(self.device).eval()
        self._pace = DEFAULT_PACE

    def predict(
        self,
        path: str | Path,
        transcript: str | Path | None = None,
        modalities: Collection[str] = MODALITIES,
        reasons: bool = True,
    ) -> VideoResult:
        """The emotion and sentiment of a clip over time. Without ``reasons`` what the words did is
        left out, and the answer is there up to two seconds sooner. ``transcript`` is plain text or
        subtitles (docs/transcripts.md), or the Path of a file that holds them; "": nothing is said;
        None: the subtitles inside the clip say it, else speech recognition writes it down, if it is
        there.
        Raises MediaError where the clip or the transcript can't be read, where a text is the name
        of a file, or there is nothing of what ``modalities`` names; ValueError for a name that is
        none of MODALITIES, TypeError for what is no text.
        """
        chosen_modalities = check_modalities(modalities)
        transcript = transcript if isinstance(transcript, Path) else text_or_none(transcript)
        # what is wrong with it is told at once
        parsed_transcript = None if transcript is None else open_transcript(transcript)
        return self.judge(
            self.watch(path, recognise=parsed_transcript is None and "text" in chosen_modalities),
            parsed_transcript,
            chosen_modalities,
            reasons,
        )

    def estimate(self, path: str | Path) -> float:
        """About how many seconds ``watch`` will take, without speech recognition. Raises MediaError
        as it does."""
        with open_clip(path) as clip:
            return clip.info.duration * self._pace

    def watch(
        self,
        path: str | Path,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        recognise: bool = False,
    ) -> WatchedClip:
        """The features of a clip (``watch_clip``): all of the work that needs the file."""
        start = time.perf_counter()
        watched = watch_clip(
            path, self.face, progress, cancelled, self.speech if recognise else None
        )
        if watched.duration > 1 and not recognise:
            self._pace = (self._pace + (time.perf_counter() - start) / watched.duration) / 2
        return watched

    def judge(
        self,
        watched_clip: WatchedClip,
        transcript: str | Transcript | None = None,
        modalities: Collection[str] = MODALITIES,
        reasons: bool = False,
        cancelled: Callable[[], bool] | None = None,
    ) -> VideoResult:
        """The result of ``predict`` from the features of a clip: fast, for every change of the
        transcript or of the modalities. No file is opened. Raises Cancelled once ``cancelled()`` is
        true while reasons are looked for."""
        chosen_modalities = check_modalities(modalities)
        parsed_transcript = (
            transcript if isinstance(transcript, Transcript) else _parse_transcript(transcript)
        )
        cues, transcript_notes = split_utterances(watched_clip, parsed_transcript)
        spans = cover_clip(cues, watched_clip.stretches, watched_clip.duration)
        inputs = encode_utterances(watched_clip, spans, self.text, self.speech, chosen_modalities)
        rows = np.flatnonzero(inputs.modality_mask.any(axis=1)).tolist()
        if not rows:
            raise MediaError(
                no_input_message(
                    missing_modalities(watched_clip, cues, parsed_transcript, chosen_modalities),
                    chosen_modalities,
                )
            )
        probabilities = predict_by_mode(self.net, self._config, inputs, self.face.width)
        modes = [mode_name(*inputs.modality_mask[row]) for row in rows]
        moments = tuple(
            self._moment(
                spans[row],
                row,
                mode,
                probabilities,
                watched_clip.faces.poor_between(spans[row].start, spans[row].end),
            )
            for row, mode in zip(rows, modes, strict=True)
        )
        emotion = self._whole("emotion", moments, modes)
        reason_notes: tuple[str, ...] = ()
        if reasons:
            words = WordReasons(moments, rows, inputs, self, emotion.top)
            moments, reason_notes = words.measured(cancelled)
        spoken_cues = [cue for cue in cues if cue.text.strip()]
        unknown = (
            self.text.describe_unknown(" ".join(cue.text for cue in spoken_cues))
            if "text" in chosen_modalities
            else None
        )
        # where nothing but faces counts that can't be read well
        poor = watched_clip.faces.notes() if set(modes) == {"face"} else ()
        return VideoResult(
            emotion=_abstain_if(emotion, unknown or poor),
            sentiment=_abstain_if(self._whole("sentiment", moments, modes), unknown or poor),
            moments=moments,
            faces=renumber_tracks(watched_clip.faces.results(self.face)),
            duration=watched_clip.duration,
            transcript=write_srt(spoken_cues) if spoken_cues else "",
            size=watched_clip.size,
            lead=1 if len(watched_clip.faces) else None,  # numbered so
            loudness=watched_clip.sounds.loudness(watched_clip.duration),
            weights=mean_weights(moments),
            shares=side_shares(probabilities, rows, modes, durations(moments), emotion.top),
            agreement=agreement(moments),
            notes=(
                *watched_clip.notes,
                *transcript_notes,
                *modality_notes(watched_clip, cues, parsed_transcript, chosen_modalities),
                *((unknown,) if unknown else ()),
                *reason_notes,
            ),
        )

    def _moment(
        self, span: Span, row: int, mode: str, probabilities: ModeProbabilities, poor: bool
    ) -> Moment:
        """The moment of one span, from its ``row`` of the probabilities; ``poor`` where its face
        can't be read well."""

        unknown = self.text.describe_unknown(span.text)

        def scores(mode: str, kind: str) -> Scores:
            probs = probabilities[mode][kind][row]
            plain = Scores.of(LABELS[kind], probs, self._threshold(mode, kind))
            return _abstain_if(plain, unknown if "text" in mode else poor and mode == "face")

        names = mode.split("+")
        by_modality = {name: scores(name, "emotion") for name in names}
        rest = {name: "+".join(other for other in names if other != name) for name in names}
        without = {
            name: probabilities[others]["emotion"][row] for name, others in rest.items() if others
        }
        emotion = scores(mode, "emotion")
        return Moment(
            start=span.start,
            end=span.end,
            text=span.text,
            emotion=emotion,
            sentiment=scores(mode, "sentiment"),
            by_modality=by_modality,
            weights=modality_weights(probabilities[mode]["emotion"][row], without)
            if without
            else {mode: 1.0},
            conflict=is_conflict(by_modality),
            doubtful=span.doubtful,
            shares=side_shares(probabilities, [row], [mode], np.ones(1), emotion.top),
        )

    def _whole(self, kind: str, moments: Sequence[Moment], modes: Sequence[str]) -> Scores:
        thresholds = [self._threshold(mode, kind) for mode in modes]
        return weighted_mean_scores(
            [getattr(moment, kind) for moment in moments], durations(moments), thresholds
        )

    def calibration(self, mode: str) -> Mapping[str, Mapping[str, float]]:
        """As ``calibration_of`` has it."""
        return calibration_of(self._config, mode)

    def _threshold(self, mode: str, kind: str) -> float:
        return self.calibration(mode)[kind]["threshold"]


def _abstain_if(scores: Scores, doubt: object) -> Scores:
    """The scores, with the model abstaining where there is a ``doubt``: so many unknown words that
    a sentence says so, or a face that can't be read well."""
    return replace(scores, unsure=True) if doubt else scores


def _parse_transcript(transcript: str | None) -> Transcript | None:
    text = text_or_none(transcript)
    return None if text is None else read_transcript(text)
