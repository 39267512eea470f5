"""Results on clips."""

from dataclasses import asdict, dataclass, field
from typing import Any

from mmsent.results.scores import Box, Phrase, Scores


@dataclass(frozen=True)
class ClipFace:
    """A face in one frame of a clip: its time in seconds, box in pixels of ``VideoResult.size``,
    track, emotions, and why it can't be read well (as ``Face.quality``)."""

    time: float
    box: Box
    track: int
    emotions: Scores
    quality: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"emotions": self.emotions.to_dict()}


@dataclass(frozen=True)
class Moment:
    """An utterance of a clip, or a time between utterances, of which the face alone tells; from
    ``start`` to ``end`` in seconds, ``text`` "" where nothing is known to be said.

    ``emotion`` and ``sentiment`` are fused from the modalities that were given and not muted;
    ``by_modality`` holds the emotion from "text", "audio" and "face" alone, as far as they are
    given. ``weights`` (they sum to 1, same keys) are how far each moved the fused prediction. ``conflict`` when words and
    face are both sure and of opposite feeling. ``doubtful`` when ``text`` was written down by
    speech recognition that was not sure of it. ``shares`` are how much each modality moves
    ``emotion.top``, as Shapley values in log-odds: their sum is the verdict less that of equal
    chances. Where reasons were asked for, ``tokens`` are the words of ``text`` and ``attributions``
    what each moves, ``phrases`` those that together do other than their sum (as in
    ``ReviewResult``); ``clip_attributions`` and ``clip_phrases`` are the same toward
    ``VideoResult.emotion.top`` of the whole clip. Else all five are empty, as in moments without
    words and in those that the budget left out, which the notes tell.
    """

    start: float
    end: float
    text: str
    emotion: Scores
    sentiment: Scores
    by_modality: dict[str, Scores] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    conflict: bool = False
    doubtful: bool = False
    shares: dict[str, float] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    attributions: tuple[float, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    clip_attributions: tuple[float, ...] = ()
    clip_phrases: tuple[Phrase, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "emotion": self.emotion.to_dict(),
            "sentiment": self.sentiment.to_dict(),
            "by_modality": {name: scores.to_dict() for name, scores in self.by_modality.items()},
        }


@dataclass(frozen=True)
class VideoResult:
    """The emotion and sentiment of a clip over time, and as a whole.

    ``emotion`` and ``sentiment`` are means over the ``moments`` weighted by their length; these
    cover all the time of which anything is known, short pauses left out. ``faces`` are all that
    were seen, in the order of time; their tracks are numbered from 1, the largest and most present
    first: it is the ``lead``, which counted. ``duration`` is the file's real one in seconds,
    ``size`` (width, height) of its frames, (0, 0) without picture. ``transcript`` is SRT, "" when
    nothing is known to be said. ``loudness`` (up to 1,000 numbers 0..1 over the duration) draws the
    waveform, () without sound. ``weights`` are the moments' mean; ``shares`` are how
    much each modality moves ``emotion.top``, as Shapley values in log-odds of the mean over the
    moments; ``agreement`` (0..1) is the share
    of the time with at least two sure modalities in which all sure ones name feelings of one
    sentiment (surprise goes with any), None where there never are two. ``notes`` are sentences the
    reader should know.
    """

    emotion: Scores
    sentiment: Scores
    moments: tuple[Moment, ...]
    faces: tuple[ClipFace, ...]
    duration: float
    transcript: str
    size: tuple[int, int] = (0, 0)
    lead: int | None = None
    loudness: tuple[float, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    agreement: float | None = None
    notes: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "emotion": self.emotion.to_dict(),
            "sentiment": self.sentiment.to_dict(),
            "moments": [moment.to_dict() for moment in self.moments],
            "faces": [face.to_dict() for face in self.faces],
            "duration": self.duration,
            "transcript": self.transcript,
            "size": list(self.size),
            "lead": self.lead,
            "loudness": list(self.loudness),
            "weights": dict(self.weights),
            "shares": dict(self.shares),
            "agreement": self.agreement,
            "notes": list(self.notes),
        }
