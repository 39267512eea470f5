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
from mmsent.calibrate import probabilities
from mmsent.cancel import Cancel
from mmsent.configs import read_checked
from mmsent.labels import SENTIMENTS
from mmsent.media import ImageSource, image_notes, none_if_missing, open_image
from mmsent.models import build_head
from mmsent.pipelines.encoders import (
    ImageFeatures,
    Reading,
    TextFeatures,
    Tokens,
    check_widths,
    frozen_encoders,
)
from mmsent.pipelines.rereading import reasons_seconds
from mmsent.pipelines.review_inputs import collate, mode_of
from mmsent.pipelines.review_notes import review_notes
from mmsent.pipelines.review_reasons import (
    attention_by_word,
    is_conflict,
    side_shares,
    with_word_reasons,
)
from mmsent.pipelines.shared import as_list
from mmsent.results import ReviewResult, Scores
from mmsent.runtime import Device, choose_device
from mmsent.text import text_or_none

MODES = ("text", "image", "both")  # what was given; each has its own calibration
BATCH = 64


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
        self.net = hub.build_net(folder, lambda: self._build(config))
        self.grid = (1, 1) if self.net.pooled else self.image.grid
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.net.to(self.device).eval()

    def _build(self, config: hub.Config) -> Any:
        net = build_head("review", config["architecture"], classes=len(self.labels))
        check_widths(self.folder, config, self.text, self.image, net.pooled)
        return net

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
        self,
        text: str | None,
        image: ImageSource | None = None,
        reasons: bool = True,
        cancelled: Cancel = None,
    ) -> ReviewResult:
        """Reads ``text`` with ``image``; "", None or NaN for what is missing. Without ``reasons``
        the verdict is there ten times as fast, and what the words did is left out. Raises
        MediaError where both are missing, the text is too long or the picture can't be read,
        TypeError for what is neither text nor picture, and Cancelled once ``cancelled()`` is true
        while reasons are looked for."""
        text, image = text_or_none(text), none_if_missing(image)
        result = self.predict_seen(text, self._see([image])[0], reasons, cancelled)
        return (
            result if image is None else replace(result, notes=(*image_notes(image), *result.notes))
        )

    def reasons_seconds(self, text: str | None) -> float:
        """About how much longer ``predict`` takes with ``reasons`` where that is worth asking
        first, as ``rereading.reasons_seconds`` has it."""
        return reasons_seconds(self.text, self.device, [text_or_none(text) or ""])

    @torch.inference_mode()
    def predict_seen(
        self,
        text: str | None,
        patches: NDArray[np.floating] | None,
        reasons: bool = True,
        cancelled: Cancel = None,
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
            attention=attention_by_word(attention, reading),
            grid=self.grid if patches is not None else (0, 0),
            image_weight=float(attention.sum(axis=1).mean()),
            contributions=alone,
            conflict=is_conflict(alone),
            notes=review_notes(text, mode, unknown, self.modes),
            shares=side_shares(self, sentiment, alone, reading, mode),
        )
        if not reasons or not reading.words:
            return result
        return with_word_reasons(self, result, reading, patches, mode, cancelled)

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
        return review_notes(text, mode, self.text.describe_unknown(text), self.modes)

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
