"""The video pipeline: a clip and its transcript to emotion and sentiment over time."""

import time
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from mmsent import hub
from mmsent.cancel import Cancel
from mmsent.clips import open_clip
from mmsent.configs import read_checked
from mmsent.media import MediaError
from mmsent.models import build_head
from mmsent.pipelines.clip_answers import LABELS, predict_by_mode
from mmsent.pipelines.clip_moments import agreement, durations, mean_weights, renumber_tracks
from mmsent.pipelines.clip_readers import encode_utterances, make_reader
from mmsent.pipelines.clip_reasons import WordReasons, side_shares, word_seconds
from mmsent.pipelines.clip_spans import cover_clip
from mmsent.pipelines.clip_verdicts import abstain_if, moment_of, whole
from mmsent.pipelines.clip_watch import Progress, WatchedClip, split_utterances, watch_clip
from mmsent.pipelines.video_inputs import calibration_of, check_modalities, mode_name
from mmsent.pipelines.video_notes import (
    FILLED,
    missing_modalities,
    modality_notes,
    no_input_message,
)
from mmsent.results import VideoResult
from mmsent.runtime import Device, choose_device
from mmsent.text import text_or_none
from mmsent.transcripts import Transcript, open_transcript, read_transcript, write_srt

# seconds of work for a second of clip, until clips have been decoded on this machine
DEFAULT_PACE = 0.15


class VideoPipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(self, folder: Path, device: Device | None = None) -> None:
        self.folder = folder
        self.device = choose_device(device)
        self._config = read_checked(folder, "video")
        if {name: tuple(labels) for name, labels in self._config["labels"].items()} != LABELS:
            raise hub.CheckpointError(
                f"{folder} names other labels than this version of mmsent knows."
            )
        self.reader = make_reader(folder, self._config, self.device)
        self.text, self.face, self.speech = self.reader.text, self.reader.face, self.reader.speech
        self.net = hub.build_net(folder, lambda: build_head("video", self._config["architecture"]))
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.net.to(self.device).eval()
        self._pace = DEFAULT_PACE

    @property
    def modalities(self) -> tuple[str, str, str]:
        """Those that the net takes: "text", "audio", and "face" or, of one that takes the whole
        picture, "picture"."""
        return self.reader.modalities

    def predict(
        self,
        path: str | Path,
        transcript: str | Path | None = None,
        modalities: Collection[str] | None = None,
        reasons: bool = True,
    ) -> VideoResult:
        """The emotion and sentiment of a clip over time. Without ``reasons`` what the words did is
        left out, and the answer is there up to two seconds sooner. ``transcript`` is plain text or
        subtitles (docs/transcripts.md), or the Path of a file that holds them; "": nothing is said;
        None: the subtitles inside the clip say it, else speech recognition writes it down, if it is
        there.
        Raises MediaError where the clip or the transcript can't be read, where a text is the name
        of a file, or there is nothing of what ``modalities`` names (None: all that the model takes);
        ValueError for a name that is none of these, TypeError for what is no text.
        """
        chosen_modalities = self._chosen(modalities)
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
        """About how many seconds ``watch`` and the encoders will take, without speech recognition.
        Raises MediaError as ``watch`` does."""
        with open_clip(path) as clip:
            duration = clip.info.duration
        return duration * self._pace + self.reader.seconds(duration)

    def watch(
        self,
        path: str | Path,
        progress: Progress | None = None,
        cancelled: Cancel = None,
        recognise: bool = False,
    ) -> WatchedClip:
        """The features of a clip (``watch_clip``): all of the work that needs the file."""
        start = time.perf_counter()
        watched = watch_clip(
            path,
            self.reader.watcher(),
            progress,
            cancelled,
            self.speech if recognise else None,
            self.reader.mels,
        )
        if watched.duration > 1 and not recognise:
            self._pace = (self._pace + (time.perf_counter() - start) / watched.duration) / 2
        return watched

    def judge(
        self,
        watched_clip: WatchedClip,
        transcript: str | Transcript | None = None,
        modalities: Collection[str] | None = None,
        reasons: bool = False,
        cancelled: Cancel = None,
    ) -> VideoResult:
        """The result of ``predict`` from the features of a clip: fast, for every change of the
        transcript or of the modalities. No file is opened. Raises Cancelled once ``cancelled()`` is
        true while reasons are looked for."""
        chosen_modalities = self._chosen(modalities)
        parsed_transcript = (
            transcript if isinstance(transcript, Transcript) else _parse_transcript(transcript)
        )
        cues, transcript_notes = split_utterances(watched_clip, parsed_transcript)
        spans = cover_clip(cues, watched_clip.stretches, watched_clip.duration)
        inputs = encode_utterances(self.reader, watched_clip, spans, chosen_modalities)
        rows = np.flatnonzero(inputs.modality_mask.any(axis=1)).tolist()
        if not rows:
            raise MediaError(
                no_input_message(
                    missing_modalities(watched_clip, cues, parsed_transcript, chosen_modalities),
                    chosen_modalities,
                )
            )
        probabilities = predict_by_mode(
            self.net, self._config, inputs, self.reader.seen_width, self.modalities
        )
        modes = [mode_name(*inputs.modality_mask[row], names=self.modalities) for row in rows]
        calibration = self._config["calibration"]
        moments = tuple(
            moment_of(
                spans[row],
                row,
                mode,
                probabilities,
                calibration,
                self.text.describe_unknown(spans[row].text),
                watched_clip.faces.poor_between(spans[row].start, spans[row].end),
            )
            for row, mode in zip(rows, modes, strict=True)
        )
        emotion = whole("emotion", moments, modes, calibration)
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
            emotion=abstain_if(emotion, unknown or poor),
            sentiment=abstain_if(whole("sentiment", moments, modes, calibration), unknown or poor),
            moments=moments,
            faces=renumber_tracks(watched_clip.faces.results(self.face)) if self.face else (),
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
                *((FILLED,) if self.net.pooled and not inputs.modality_mask[rows].all() else ()),
                *reason_notes,
            ),
        )

    def reasons_seconds(self, result: VideoResult) -> float:
        """About how long ``judge`` takes longer for the ``reasons`` of ``result`` where that is worth
        asking first, as ``rereading.reasons_seconds`` has it."""
        return word_seconds(self, result.moments)

    def calibration(self, mode: str) -> Mapping[str, Mapping[str, float]]:
        """As ``calibration_of`` has it."""
        return calibration_of(self._config, mode)

    def _chosen(self, modalities: Collection[str] | None) -> tuple[str, ...]:
        return check_modalities(
            self.modalities if modalities is None else modalities, self.modalities
        )


def _parse_transcript(transcript: str | None) -> Transcript | None:
    text = text_or_none(transcript)
    return None if text is None else read_transcript(text)
