"""What the pipelines return: frozen, plain CPU data that pickles and turns into JSON with
``to_dict()``."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent.labels import MEMOTION_ASPECTS

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the input picture


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities (they sum to 1) over ``labels``; ``unsure`` when the model
    abstains."""

    labels: tuple[str, ...]
    probs: tuple[float, ...]
    unsure: bool

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        probs: NDArray[np.floating],
        threshold: float,
        doubtful: bool = False,
    ) -> "Scores":
        """Scores of (labels,) calibrated probabilities: unsure where the highest is below
        ``threshold``, or where the input itself is ``doubtful``."""
        return cls(
            tuple(labels), tuple(map(float, probs)), doubtful or bool(probs.max() < threshold)
        )

    @property
    def top(self) -> str:
        """The most probable label, whether the model is sure of it or not."""
        return self.labels[self.probs.index(max(self.probs))]

    @property
    def confidence(self) -> float:
        return max(self.probs)

    def as_dict(self) -> dict[str, float]:
        """label -> probability, in the order of the labels."""
        return dict(zip(self.labels, self.probs, strict=True))

    def to_dict(self) -> dict[str, Any]:
        return {
            "top": self.top,
            "confidence": self.confidence,
            "unsure": self.unsure,
            "probs": self.as_dict(),
        }


@dataclass(frozen=True)
class Face:
    """A face: its box, the probability (0..1) of being one, the number of its track, and its
    emotions.

    ``landmarks`` are five (x, y) points in input pixels: left eye, right eye, nose, left and right
    corner of the mouth, as seen in the picture; of a turned face, as seen once it stands upright.
    ``quality`` says why it can't be read well ("too small", "blurred", "cut off by the edge",
    "hardly looks like a face"), and then ``emotions`` are unsure; None where it can.
    """

    box: Box
    detection: float
    track: int | None
    emotions: Scores
    landmarks: tuple[tuple[float, float], ...] = ()
    quality: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"emotions": self.emotions.to_dict()}


@dataclass(frozen=True)
class FaceResult:
    """The faces of a picture, largest first; ``size`` is its (width, height) in pixels. No face is
    an empty tuple. ``notes`` are sentences the reader should know."""

    faces: tuple[Face, ...]
    size: tuple[int, int]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "size": list(self.size),
            "faces": [face.to_dict() for face in self.faces],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class LiveResult(FaceResult):
    """One frame of a stream, oldest face first. ``labels`` are the words to show, one a face,
    steadier than ``emotions.top``; ``baseline`` is "collecting", "set" or None."""

    labels: tuple[str, ...] = ()
    baseline: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"labels": list(self.labels), "baseline": self.baseline}


@dataclass(frozen=True)
class Phrase:
    """Neighbouring words, ``start`` to ``end`` (not included) of the tokens, whose joint attribution
    differs from the sum of theirs. ``attribution``: the log-odds of the prediction less those
    without all of them."""

    start: int
    end: int
    attribution: float


@dataclass(frozen=True, eq=False)  # arrays have no plain equality
class ReviewResult:
    """The sentiment of a text and a photo together, and its attribution.

    ``tokens`` are the words of ``text`` (W of them, sub-words merged), ``spans`` their (start, end)
    characters in it, and ``attributions`` (W) the leave-one-out change of each: the log-odds of
    ``sentiment.top`` less those of the text without the word. ``phrases`` are neighbours whose
    joint attribution differs from their sum. ``shares`` are the Shapley values of "text" and
    "image" in log-odds: their sum is the prediction less that of an empty input. Where no reasons
    were asked for, ``attributions`` and ``phrases`` are empty. ``attention`` (W, gh * gw) float32
    is that of each word over the patches, row by row of the ``grid`` (gh, gw) that lies over the
    whole photo; a row sums to the share of the word's attention that the photo got, and the rest
    went to the null key. ``image_weight`` is the mean of those sums, 0 without a photo. A photo
    without text has the one row of ``attention`` that stands for no word, and no tokens.
    ``contributions`` holds the predictions from "text" and "image" alone, as far as they are given;
    ``conflict`` when both are sure and opposite. ``notes`` are sentences the reader should know.
    """

    text: str
    sentiment: Scores
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    attributions: tuple[float, ...]
    attention: NDArray[np.float32]
    grid: tuple[int, int]
    image_weight: float
    contributions: dict[str, Scores] = field(default_factory=dict)
    conflict: bool = False
    notes: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def pull(self) -> tuple[float, ...]:
        """Deprecated, goes in the next version: ``attributions``."""
        return self.attributions

    def to_dict(self) -> dict[str, Any]:
        found = self.attributions or [None] * len(self.tokens)
        return {
            "text": self.text,
            "sentiment": self.sentiment.to_dict(),
            "words": [
                {"word": word, "span": list(span), "attribution": value, "pull": value}
                for word, span, value in zip(self.tokens, self.spans, found, strict=True)
            ],
            "phrases": [asdict(phrase) for phrase in self.phrases],
            "shares": dict(self.shares),
            "attention": self.attention.round(5).tolist(),
            "grid": list(self.grid),
            "image_weight": self.image_weight,
            "contributions": {
                name: scores.to_dict() for name, scores in self.contributions.items()
            },
            "conflict": self.conflict,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Line:
    """A line of text read in a picture: its box in pixels of the picture, and the confidence 0..1
    of its characters. ``corners`` are four (x, y) in the same pixels, clockwise from the top left
    of the letters as they are read: they tell which way a line runs, slanted or upside down."""

    text: str
    box: Box
    confidence: float
    corners: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)  # arrays have no plain equality
class MemeResult:
    """The five aspects of a meme, and the attribution to its text and picture.

    ``aspects`` are what its model judges, of MEME_ASPECTS, each by its name: of HarMeme ``harmful``,
    of Memotion ``sentiment``, ``humour``, ``sarcasm``, ``offensive`` and ``motivational``; one that
    the checkpoint lacks is missing. ``words`` are what the words alone say, as the text encoder
    learnt it from other texts: ``offence``, ``irony``, ``sentiment``, ``emotion`` (Ekman's six and
    neutral) and ``fine_emotion`` (the 28 of GoEmotions); empty without words. ``faces`` are those in
    the picture that the face model can read, largest first.

    ``text`` is the caption that was read or given; ``lines`` are where it was read, empty when it
    was given. ``tokens`` are the words the model got (W; the caption cleaned of handles, addresses
    and watermarks). For each aspect ``attributions`` holds (W) numbers, the log-odds of the
    aspect's top label less those of the text without the word; ``phrases`` the neighbours whose
    joint attribution differs from their sum; ``shares`` the Shapley values of "text" and "image" in
    log-odds, whose sum is the prediction less that of an empty input; and ``picture_pull``
    (gh * gw,) float32, row by row of the ``grid`` (gh, gw) that lies over the whole picture, the
    log-odds less those without the patch. Where no reasons were asked for, all of these but
    ``shares`` are empty. ``size`` is (width, height) in pixels.
    ``notes`` are sentences the reader should know.
    """

    text: str
    aspects: dict[str, Scores]
    words: dict[str, Scores] = field(default_factory=dict)
    faces: tuple[Face, ...] = ()
    lines: tuple[Line, ...] = ()
    tokens: tuple[str, ...] = ()
    attributions: dict[str, tuple[float, ...]] = field(default_factory=dict)
    picture_pull: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    grid: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    phrases: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def word_pull(self) -> dict[str, tuple[float, ...]]:
        """Deprecated, goes in the next version: ``attributions``."""
        return self.attributions

    @property
    def sentiment(self) -> Scores:
        """Of ``aspects``, as the four below; KeyError where the checkpoint lacks it."""
        return self.aspects["sentiment"]

    @property
    def humour(self) -> Scores:
        return self.aspects["humour"]

    @property
    def sarcasm(self) -> Scores:
        return self.aspects["sarcasm"]

    @property
    def offensive(self) -> Scores:
        return self.aspects["offensive"]

    @property
    def motivational(self) -> Scores:
        return self.aspects["motivational"]

    @property
    def offence_of_words(self) -> float | None:
        """The probability 0..1 that the words alone offend; None without words."""
        found = self.words.get("offence")
        return None if found is None else found.as_dict()["offensive"]

    def to_dict(self) -> dict[str, Any]:
        aspects = {aspect: scores.to_dict() for aspect, scores in self.aspects.items()}
        return {
            "text": self.text,
            "aspects": aspects,
            # where they stood before there were others
            **{name: told for name, told in aspects.items() if name in MEMOTION_ASPECTS},
            "words": {name: scores.to_dict() for name, scores in self.words.items()},
            "faces": [face.to_dict() for face in self.faces],
            "lines": [asdict(line) for line in self.lines],
            "tokens": list(self.tokens),
            "attributions": {aspect: list(of) for aspect, of in self.attributions.items()},
            "phrases": {
                aspect: [asdict(phrase) for phrase in of] for aspect, of in self.phrases.items()
            },
            "shares": {aspect: dict(of) for aspect, of in self.shares.items()},
            "word_pull": {aspect: list(of) for aspect, of in self.word_pull.items()},
            "picture_pull": {
                aspect: pull.round(5).tolist() for aspect, pull in self.picture_pull.items()
            },
            "grid": list(self.grid),
            "size": list(self.size),
            "offence_of_words": self.offence_of_words,
            "notes": list(self.notes),
        }


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
    ``ReviewResult``); else all three are empty.
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
