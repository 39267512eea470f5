"""Results on memes."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsent.labels import MEMOTION_ASPECTS
from mmsent.results.face import Face
from mmsent.results.scores import Box, Phrase, Scores


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
    """The aspects of a meme, and the attribution to its text and picture.

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
