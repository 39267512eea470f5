"""Reviews: a text, a photo, or both, to sentiment, with what each word did and where it looked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmsent import hub
from mmsent.attribution import attribute, shapley
from mmsent.calibrate import probabilities
from mmsent.configs import read_checked
from mmsent.explain import log_odds
from mmsent.labels import SENTIMENTS
from mmsent.media import ImageSource, MediaError, image_notes, none_if_missing, open_image
from mmsent.models import build_head
from mmsent.padding import pad, pad_vectors
from mmsent.pipelines.encoders import (
    ImageFeatures,
    Reading,
    TextFeatures,
    Tokens,
    check_widths,
    frozen_encoders,
)
from mmsent.pipelines.rereading import Rereading, budget
from mmsent.pipelines.shared import as_list
from mmsent.results import ReviewResult, Scores
from mmsent.runtime import Device, choose_device
from mmsent.text import OTHER_LANGUAGE, is_foreign, text_or_none

MODES = ("text", "image", "both")  # what was given; each has its own calibration
BATCH = 64
NOTHING = "There is nothing to read: please write a review, add a photo, or both."
NO_PHOTO = "No photo was given, so this is what the text says alone."
NO_TEXT = "No text was given, so this is what the photo says alone; photos alone tell little."
# by mode
UNTRAINED = {
    "text": "This model has learned from texts with photos only, so without a photo it is not sure.",
    "image": "This model has learned from texts with photos only, so without a text it is not sure.",
    "both": "This model has learned from texts with photos only: what either says alone is a guess.",
}
FIRST_WORDS = "The text is long, so only its first {} words were left out one by one; the others show no pull."


class ReviewPipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(
        self,
        folder: Path,
        device: Device | None = None,
        encoders: tuple[TextFeatures, ImageFeatures] | None = None,
    ) -> None:
        """``encoders`` None: those the checkpoint names, shared with whoever else uses them."""
        self.folder = folder
        self.device = choose_device(device)
        config = read_checked(folder, "review")
        self.labels: tuple[str, ...] = tuple(config["labels"])
        if self.labels != SENTIMENTS:
            raise hub.CheckpointError(
                f"{folder} names other sentiments than {', '.join(SENTIMENTS)}, in this order."
            )
        self._calibration: dict[str, dict[str, Any]] = config["calibration"]
        self.modes: frozenset[str] = frozenset(config.get("modes", MODES))  # that it has learned
        self.text, self.image = frozen_encoders(folder, config["encoders"], self.device, encoders)
        check_widths(folder, config, self.text, self.image)
        self.net = hub.build_net(
            folder,
            lambda: build_head("review", config["architecture"], classes=len(self.labels)),
        )
        self.grid = (1, 1) if self.net.pooled else self.image.grid
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.net.to(self.device).eval()

    def bias(self, mode: str) -> NDArray[np.float64]:
        """(3,) what is added to the logits of rows that were given ``mode``; zeros where the
        checkpoint says nothing of it."""
        return np.array(self._calibration[mode].get("bias", [0.0] * len(self.labels)))

    def probabilities(self, logits: NDArray[np.floating], mode: str) -> NDArray[np.floating]:
        """(N, 3) raw logits -> (N, 3) calibrated probabilities of rows that were given ``mode``."""
        return probabilities(logits, self._calibration[mode]["temperature"], self.bias(mode))

    def threshold(self, mode: str) -> float:
        """The confidence below which the answer is "not sure", where "text", "image" or "both" was
        given."""
        return self._calibration[mode]["threshold"]

    def predict(
        self, text: str | None, image: ImageSource | None = None, reasons: bool = True
    ) -> ReviewResult:
        """Reads ``text`` with ``image``; "", None or NaN for what is missing. Without ``reasons``
        the verdict is there ten times as fast, and what the words did is left out. Raises
        MediaError where both are missing, the text is too long or the picture can't be read, and
        TypeError for what is neither text nor picture."""
        text, image = text_or_none(text), none_if_missing(image)
        result = self.predict_seen(text, self._see([image])[0], reasons)
        return (
            result if image is None else replace(result, notes=(*image_notes(image), *result.notes))
        )

    @torch.inference_mode()
    def predict_seen(
        self, text: str | None, patches: NDArray[np.floating] | None, reasons: bool = True
    ) -> ReviewResult:
        """``predict`` with the patches (P, width) of a photo that was encoded before, None for no
        photo."""
        text = text_or_none(text) or ""
        reading = self._read(text)
        unknown = self.text.describe_unknown(text)
        mode = mode_of(bool(reading.words), patches is not None)
        batch = tuple(
            part.to(self.device)
            for part in collate([reading.rows(self.net.pooled)], [patches], self.image.width)
        )
        logits, weights = self.net(*batch)
        sentiment = self._scores(logits.float().cpu().numpy(), mode, unknown is not None)[0]
        places = 0 if patches is None else len(patches)
        attention = weights[0, :, :places].float().cpu().numpy()
        alone = (
            self._alone(*batch, doubtful=unknown is not None)
            if mode == "both"
            else {mode: sentiment}
        )
        result = ReviewResult(
            text=text,
            sentiment=sentiment,
            tokens=reading.words,
            spans=reading.spans,
            attributions=(),
            attention=_by_word(attention, reading),
            grid=self.grid if patches is not None else (0, 0),
            image_weight=float(attention.sum(axis=1).mean()),
            contributions=alone,
            conflict=_conflict(alone),
            notes=self._notes(text, mode, unknown),
            shares=self._shares(sentiment, alone, reading, mode),
        )
        if not reasons or not reading.words:
            return result
        return self._with_reasons(result, reading, patches, mode)

    def _with_reasons(
        self, result: ReviewResult, reading: Reading, patches: NDArray | None, mode: str
    ) -> ReviewResult:
        """``result`` with what each word and some phrases did."""
        reread = self.rereading(reading, patches, mode, result.sentiment.top)
        found = attribute(reading.words, reread, budget(self.text.weights, self.device))
        return replace(
            result,
            attributions=tuple(found.words[:, 0].tolist()),
            phrases=found.phrases[0],
            notes=(*result.notes, *found.notes),
        )

    def _shares(
        self, sentiment: Scores, alone: dict[str, Scores], reading: Reading, mode: str
    ) -> dict[str, float]:
        """What text and photo move; each set of them as it is calibrated, an empty one as the
        verdict is."""
        nothing = self.logits([reading.tokens[:0]], [None])
        worth = {
            frozenset({side}): float(log_odds(scores.as_dict()[sentiment.top]))
            for side, scores in alone.items()
        }
        worth[frozenset()] = float(self._log_odds(nothing, mode, sentiment.top)[0])
        worth[frozenset(alone)] = float(log_odds(sentiment.confidence))
        return shapley(worth, list(alone))

    def rereading(
        self, reading: Reading, patches: NDArray | None, mode: str, top: str
    ) -> Rereading:
        """The text of ``reading`` beside ``patches`` (P, width), or no photo, to be read without
        some of its words: the log-odds (N, 1) of the label ``top``."""
        _, _, seen, looked, _ = collate([reading.tokens[:0]], [patches], self.image.width)
        nothing = self.logits([reading.tokens[:0]], [patches])

        @torch.inference_mode()
        def features(tokens: Tokens) -> NDArray[np.float32]:
            batch = (
                torch.from_numpy(tokens.states)[None],
                seen,
                looked,
                torch.from_numpy(tokens.ids)[None],
            )
            if self.net.pooled:
                return tokens.states
            rows = self.net.token_features(*(part.to(self.device) for part in batch))[0][0]
            return rows.float().cpu().numpy()

        @torch.inference_mode()
        def judge(means: NDArray[np.float32], has_text: NDArray[np.bool_]) -> NDArray[np.float64]:
            rows = torch.from_numpy(means)
            if self.net.pooled:
                photos = seen.expand(len(rows), -1, -1), looked.expand(len(rows), -1)
                batch = (rows[:, None], torch.from_numpy(has_text)[:, None], *photos)
                logits = self.net(*(part.to(self.device) for part in batch))[0]
            else:
                logits = self.net.classify(rows.to(self.device))
            answers = np.where(has_text[:, None], logits.float().cpu().numpy(), nothing)
            return self._log_odds(answers, mode, top)[:, None]

        return Rereading(self.text, reading, features, judge, self.net.pooled)

    def _log_odds(self, logits: NDArray[np.floating], mode: str, top: str) -> NDArray[np.float64]:
        """(N, 3) raw logits of rows that were given ``mode`` -> (N,) log-odds of the label
        ``top``."""
        return log_odds(self.probabilities(logits, mode)[:, self.labels.index(top)])

    def classify(
        self, texts: Iterable[str | None], images: Iterable[ImageSource | None]
    ) -> list[Scores]:
        """Scores of many reviews at once, without the reasons; "", None or NaN for what is missing.
        Raises MediaError and TypeError as ``predict`` does, for all of them, and ValueError where
        there are not as many images as texts."""
        texts, images = as_list(texts, "texts"), as_list(images, "images")
        if len(texts) != len(images):
            raise ValueError(
                f"there must be an image, or None, for each text, not {len(images)} for "
                f"{len(texts)}"
            )
        scores: list[Scores] = []
        for start in range(0, len(texts), BATCH):
            clean = [text_or_none(text) or "" for text in texts[start : start + BATCH]]
            read = [reading.rows(self.net.pooled) for reading in self.text(clean)]
            seen = self._see([none_if_missing(image) for image in images[start : start + BATCH]])
            modes = [
                mode_of(len(text) > 0, patches is not None)
                for text, patches in zip(read, seen, strict=True)
            ]
            for text, row, mode in zip(clean, self.logits(read, seen), modes, strict=True):
                scores += self._scores(
                    row[None], mode, self.text.describe_unknown(text) is not None
                )
        return scores

    def notes(self, text: str | None, has_photo: bool) -> tuple[str, ...]:
        """What ``predict`` notes of such a review, but for what it notes of the photo's file.
        Raises MediaError where there is nothing to read."""
        text = text_or_none(text) or ""
        mode = mode_of(self.text.has_words(text), has_photo)
        return self._notes(text, mode, self.text.describe_unknown(text))

    def _notes(self, text: str, mode: str, unknown: str | None) -> tuple[str, ...]:
        untrained = {"text", "image"} - self.modes if mode == "both" else {mode} - self.modes
        return (*_notes(text, mode, unknown), *((UNTRAINED[mode],) if untrained else ()))

    def _see(self, images: Sequence[ImageSource | None]) -> list[NDArray[np.float32] | None]:
        """Patches of each picture, None where there is none."""
        given = {i: open_image(image) for i, image in enumerate(images) if image is not None}
        seen: list[NDArray[np.float32] | None] = [None] * len(images)
        if given:
            shown = self.image.rows(list(given.values()), self.net.pooled)
            for i, rows in zip(given, shown, strict=True):
                seen[i] = rows
        return seen

    @torch.inference_mode()
    def logits(
        self, tokens: Sequence[Tokens], patches: Sequence[NDArray | None]
    ) -> NDArray[np.float32]:
        """(N, 3) raw logits from tokens, none for no text, and patches (P, width), None for no
        photo."""
        batch = collate(tokens, patches, self.image.width)
        return self.net(*(part.to(self.device) for part in batch))[0].float().cpu().numpy()

    def _read(self, text: str) -> Reading:
        """Its words and token states; none of both where the text holds nothing the tokenizer knows
        (only invisible signs)."""
        reading = self.text([text])[0]
        return reading if len(reading.states) else replace(reading, words=(), spans=())

    def _scores(
        self, logits: NDArray[np.floating], mode: str, doubtful: bool = False
    ) -> list[Scores]:
        """(N, 3) raw logits -> calibrated scores of rows that were given ``mode``; ``doubtful``, or
        never trained on such rows: the model abstains, whatever its confidence."""
        doubtful = doubtful or mode not in self.modes
        return [
            Scores.of(self.labels, row, self.threshold(mode), doubtful)
            for row in self.probabilities(logits, mode)
        ]

    def _alone(
        self,
        tokens: Tensor,
        read: Tensor,
        seen: Tensor,
        looked: Tensor,
        ids: Tensor,
        *,
        doubtful: bool,
    ) -> dict[str, Scores]:
        text = self.net(tokens, read, seen, torch.zeros_like(looked), ids)[0].float().cpu().numpy()
        image = self._without_text(tokens, seen, looked).float().cpu().numpy()
        return {
            "text": self._scores(text, "text", doubtful)[0],
            "image": self._scores(image, "image")[0],
        }

    def _without_text(self, tokens: Tensor, seen: Tensor, looked: Tensor) -> Tensor:
        """(N, 3) raw logits of the photos alone."""
        nothing = torch.zeros_like(tokens[..., 0])
        return self.net(tokens, nothing.bool(), seen, looked, nothing.long())[0]


def collate(
    texts: Sequence[Tokens], patches: Sequence[NDArray | None], image_width: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """A batch for ``ReviewNet``: token states, token mask, patches, patch mask, token ids, filled
    up with zeros and False.

    ``texts`` have no token where there is no text; ``patches`` are (P, image_width) or None.
    """
    tokens, read = pad_vectors([text.states for text in texts], texts[0].states.shape[1])
    seen, looked = pad_vectors(patches, image_width)
    return tokens, read, seen, looked, pad([text.ids for text in texts])[0]


def mode_of(read: bool, looked: bool) -> str:
    """Which of MODES a row with text (``read``) and photo (``looked``) is. Raises MediaError where
    there is neither."""
    if not read and not looked:
        raise MediaError(NOTHING)
    return "both" if read and looked else "text" if read else "image"


def _notes(text: str, mode: str, unknown: str | None) -> tuple[str, ...]:
    missing = {"text": (NO_PHOTO,), "image": (NO_TEXT,), "both": ()}[mode]
    return (
        *missing,
        *((OTHER_LANGUAGE,) if is_foreign(text) else ()),
        *((unknown,) if unknown else ()),
    )


def _by_word(attention: NDArray[np.float32], reading: Reading) -> NDArray[np.float32]:
    """(T, P) attention of tokens -> (W, P), the mean over each word's tokens; the one row of no
    text stays, that of a pooled text is every word's."""
    if not reading.words:
        return attention
    words = len(reading.words)
    if len(attention) != len(reading.word_of):
        return np.repeat(attention, words, axis=0)
    sums = np.zeros((words, attention.shape[1]), np.float32)
    np.add.at(sums, reading.word_of, attention)
    counts = np.bincount(reading.word_of, minlength=words).clip(min=1)[:, None]
    return np.asarray(sums / counts, np.float32)


def _conflict(alone: dict[str, Scores]) -> bool:
    """Both sides sure, and of opposite feeling."""
    return (
        len(alone) == 2
        and not any(scores.unsure for scores in alone.values())
        and {scores.top for scores in alone.values()} == {"negative", "positive"}
    )
