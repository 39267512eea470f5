"""Reviews: a text, a photo, or both, to sentiment, with what each word did and where it looked."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit
from torch import Tensor

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.labels import SENTIMENTS
from mmsent.media import ImageSource, MediaError, open_image
from mmsent.models.fusion import ReviewNet
from mmsent.pipelines.encoders import (
    ImageFeatures,
    Reading,
    TextFeatures,
    check_encoder,
    image_features,
    named_source,
    text_features,
)
from mmsent.results import ReviewResult, Scores
from mmsent.runtime import choose_device
from mmsent.text import OTHER_LANGUAGE, is_foreign

MODES = ("text", "image", "both")  # what was given; each has its own calibration
BATCH = 64
NOTHING = "There is nothing to read: please write a review, add a photo, or both."
NO_PHOTO = "No photo was given, so this is what the text says alone."
NO_TEXT = "No text was given, so this is what the photo says alone; photos alone tell little."


class ReviewPipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(
        self, folder: Path, device: str | None = None, encoders: tuple[TextFeatures, ImageFeatures] | None = None
    ) -> None:
        """``encoders`` None: those the checkpoint names, shared with whoever else uses them."""
        self.folder = folder
        self.device = choose_device(device)
        config = hub.read_config(folder, "review")
        self.labels: tuple[str, ...] = tuple(config["labels"])
        if self.labels != SENTIMENTS:
            raise hub.CheckpointError(f"{folder} names other sentiments than {', '.join(SENTIMENTS)}, in this order.")
        self._calibration: dict[str, dict[str, float]] = config["calibration"]
        named = config["encoders"]
        self.text, self.image = encoders or (
            text_features(named_source(folder, named["text"]), self.device),
            image_features(named_source(folder, named["image"]), self.device),
        )
        check_encoder(folder, named["text"], self.text)
        check_encoder(folder, named["image"], self.image)
        self.net = ReviewNet(**config["architecture"], classes=len(self.labels))
        hub.load_weights(self.net, folder)
        self.net.to(self.device).eval()

    def temperature(self, mode: str) -> float:
        return self._calibration[mode]["temperature"]

    def threshold(self, mode: str) -> float:
        """The confidence below which the answer is "not sure", where "text", "image" or "both" was given."""
        return self._calibration[mode]["threshold"]

    @cached_property
    def metrics(self) -> dict[str, Any] | None:
        """What ``metrics.json`` of the checkpoint says, None where there is none."""
        path = self.folder / "metrics.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    @torch.inference_mode()
    def predict(self, text: str, image: ImageSource | None = None) -> ReviewResult:
        """Reads ``text`` ("" for none) with ``image`` (None for none). Raises MediaError where both are missing, the text is
        too long or the picture can't be read."""
        reading = self._read(text)
        if image is None and not reading.words:
            raise MediaError(NOTHING)
        patches = self.image([open_image(image)])[0] if image is not None else np.zeros((1, 1, self.image.width), np.float32)
        looked = torch.tensor([image is not None]).expand(1, patches.shape[1]).to(self.device)
        tokens = torch.from_numpy(_with_one_row(reading.states)[None]).to(self.device)
        read = torch.tensor([bool(reading.words)]).expand(1, tokens.shape[1]).to(self.device)
        seen = torch.from_numpy(patches).to(self.device)
        logits, weights = self.net(tokens, read, seen, looked)
        mode = _mode(bool(reading.words), image is not None)
        sentiment = self._scores(logits.float().cpu().numpy(), mode)[0]
        attention = (
            weights[0, :, :-1].float().cpu().numpy() if image is not None else np.zeros((tokens.shape[1], 0), np.float32)
        )
        alone = self._alone(tokens, read, seen, looked) if mode == "both" else {mode: sentiment}
        return ReviewResult(
            text=text,
            sentiment=sentiment,
            tokens=reading.words,
            spans=reading.spans,
            pull=self._pull(reading, tokens, seen, looked, sentiment, mode) if reading.words else (),
            attention=_by_word(attention, reading),
            grid=self.image.grid if image is not None else (0, 0),
            image_weight=float(attention.sum(axis=1).mean()),
            contributions=alone,
            conflict=_conflict(alone),
            notes=self._notes(text, mode),
        )

    def classify(self, texts: Sequence[str], images: Sequence[ImageSource | None]) -> list[Scores]:
        """Scores of many reviews at once, without the reasons; "" and None for what is missing. Raises MediaError as
        ``predict`` does."""
        scores: list[Scores] = []
        for start in range(0, len(texts), BATCH):
            readings = self.text(texts[start : start + BATCH])
            seen = self._see(images[start : start + BATCH])
            logits = self.logits([reading.states for reading in readings], seen)
            for row, reading, patches in zip(logits, readings, seen, strict=True):
                if patches is None and not len(reading.states):
                    raise MediaError(NOTHING)
                scores += self._scores(row[None], _mode(len(reading.states) > 0, patches is not None))
        return scores

    def _see(self, images: Sequence[ImageSource | None]) -> list[NDArray[np.float32] | None]:
        """Patches of each picture, None where there is none."""
        given = [i for i, image in enumerate(images) if image is not None]
        seen: list[NDArray[np.float32] | None] = [None] * len(images)
        if given:
            for i, patches in zip(given, self.image([open_image(images[i]) for i in given])[0], strict=True):  # type: ignore[arg-type]
                seen[i] = patches
        return seen

    @torch.inference_mode()
    def logits(self, states: Sequence[NDArray], patches: Sequence[NDArray | None]) -> NDArray[np.float32]:
        """(N, 3) raw logits from token states (T, width), T = 0 for no text, and patches (P, width), None for no photo."""
        batch = collate(states, patches, self.image.width)
        return self.net(*(part.to(self.device) for part in batch))[0].float().cpu().numpy()

    def _read(self, text: str) -> Reading:
        """Its words and token states; none of both where the text holds nothing the tokenizer knows (only invisible signs)."""
        reading = self.text([text])[0]
        return reading if len(reading.states) else replace(reading, words=(), spans=())

    def _scores(self, logits: NDArray[np.floating], mode: str) -> list[Scores]:
        """(N, 3) raw logits -> calibrated scores of rows that were given ``mode``."""
        probs = probabilities(logits, self.temperature(mode))
        return [Scores(self.labels, tuple(map(float, row)), bool(row.max() < self.threshold(mode))) for row in probs]

    def _alone(self, tokens: Tensor, read: Tensor, seen: Tensor, looked: Tensor) -> dict[str, Scores]:
        nothing_seen, nothing_read = torch.zeros_like(looked), torch.zeros_like(read)
        text = self.net(tokens, read, seen, nothing_seen)[0].float().cpu().numpy()
        image = self.net(tokens, nothing_read, seen, looked)[0].float().cpu().numpy()
        return {"text": self._scores(text, "text")[0], "image": self._scores(image, "image")[0]}

    def _pull(
        self, reading: Reading, tokens: Tensor, seen: Tensor, looked: Tensor, sentiment: Scores, mode: str
    ) -> tuple[float, ...]:
        """Log-odds of the verdict less those without each word: its tokens are left out of the mean that is classified."""
        features = self.net.token_features(tokens, seen, looked)[0][0].float()  # (T, F)
        word_of = torch.from_numpy(reading.word_of).to(features.device)
        words = len(reading.words)
        count = torch.bincount(word_of, minlength=words)[:, None]
        sums = torch.zeros(words, features.shape[1], device=features.device).index_add_(0, word_of, features)
        rest = len(features) - count
        without = self.net.classifier((features.sum(dim=0) - sums) / rest.clamp(min=1)).cpu().numpy()
        if words == 1:  # nothing would be left: what the net says without any text
            empty = torch.zeros(1, tokens.shape[1], dtype=torch.bool, device=tokens.device)
            without = self.net(tokens, empty, seen, looked)[0].float().cpu().numpy()
        top = self.labels.index(sentiment.top)
        probs = probabilities(without, self.temperature(mode))[:, top]
        return tuple(float(pull) for pull in _log_odds(sentiment.confidence) - _log_odds(probs))

    def _notes(self, text: str, mode: str) -> tuple[str, ...]:
        missing = {"text": (NO_PHOTO,), "image": (NO_TEXT,), "both": ()}[mode]
        return (*missing, OTHER_LANGUAGE) if is_foreign(text) else missing


def collate(
    states: Sequence[NDArray], patches: Sequence[NDArray | None], image_width: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A batch for ``ReviewNet``: tokens, token mask, patches, patch mask, filled up with zeros and False.

    ``states`` are (T, width) each, T = 0 where there is no text; ``patches`` (P, image_width) or None.
    """
    longest = max(1, *(len(row) for row in states))
    most = max((len(row) for row in patches if row is not None), default=1)
    tokens = torch.zeros(len(states), longest, states[0].shape[1])
    seen = torch.zeros(len(patches), most, image_width)
    read, looked = torch.zeros(len(states), longest, dtype=torch.bool), torch.zeros(len(patches), most, dtype=torch.bool)
    for i, (row, photo) in enumerate(zip(states, patches, strict=True)):
        tokens[i, : len(row)] = torch.from_numpy(row)
        read[i, : len(row)] = True
        if photo is not None:
            seen[i, : len(photo)] = torch.from_numpy(photo)
            looked[i, : len(photo)] = True
    return tokens, read, seen, looked


def _mode(read: bool, looked: bool) -> str:
    return "both" if read and looked else "text" if read else "image"


def _with_one_row(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """``states``, or a row of zeros that stands for no text."""
    return states if len(states) else np.zeros((1, states.shape[1]), np.float32)


def _by_word(attention: NDArray[np.float32], reading: Reading) -> NDArray[np.float32]:
    """(T, P) attention of tokens -> (W, P), the mean over each word's tokens; the one row of no text stays."""
    if not reading.words:
        return attention
    words = len(reading.words)
    sums = np.zeros((words, attention.shape[1]), np.float32)
    np.add.at(sums, reading.word_of, attention)
    counts = np.bincount(reading.word_of, minlength=words).clip(min=1)[:, None]
    return np.asarray(sums / counts, np.float32)


def _log_odds(probability: float | NDArray[np.floating]) -> NDArray[np.float64]:
    return logit(np.clip(np.asarray(probability, np.float64), 1e-6, 1 - 1e-6))


def _conflict(alone: dict[str, Scores]) -> bool:
    """Both sides sure, and of opposite feeling."""
    return (
        len(alone) == 2
        and not any(scores.unsure for scores in alone.values())
        and {scores.top for scores in alone.values()} == {"negative", "positive"}
    )
