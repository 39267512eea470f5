"""Memes: a picture and its caption to five aspects, with what in both drove each."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit

from mmsent import hub
from mmsent.calibrate import probabilities
from mmsent.captions import clean_caption
from mmsent.labels import MEME_ASPECTS
from mmsent.media import ImageSource, MediaError, Picture, open_image
from mmsent.models.meme import MemeNet
from mmsent.ocr import TextReader, caption
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, check_encoder, image_features, named_source, text_features
from mmsent.results import MemeResult, Scores
from mmsent.runtime import choose_device
from mmsent.text import OTHER_LANGUAGE, is_foreign

NO_WORDS = "No text was found in the picture or given, so the answer comes from the picture alone."
EDGE = 1e-6  # keeps log-odds finite
NO_PICTURE = "There is no picture, so the answer comes from the text alone."


class MemePipeline:
    """Loaded once and shared: every method may be called from several threads."""

    def __init__(
        self, folder: Path, device: str | None = None, encoders: tuple[TextFeatures, ImageFeatures] | None = None
    ) -> None:
        """``encoders`` None: those the checkpoint names, shared with whoever else uses them."""
        self.folder = folder
        self.device = choose_device(device)
        config = hub.read_config(folder, "meme")
        self.labels = {aspect: tuple(labels) for aspect, labels in config["labels"].items()}
        if self.labels != MEME_ASPECTS:
            raise hub.CheckpointError(f"{folder} names other aspects or labels than this version of mmsent knows.")
        self._calibration: dict[str, dict[str, float]] = config["calibration"]
        named = config["encoders"]
        self.text, self.image = encoders or (
            text_features(named_source(folder, named["text"]), self.device),
            image_features(named_source(folder, named["image"]), self.device),
        )
        check_encoder(folder, named["text"], self.text)
        check_encoder(folder, named["image"], self.image)
        self.net = MemeNet(**config["architecture"], aspects=self.labels)
        hub.load_weights(self.net, folder)
        self.net.to(self.device).eval()
        self.reader = TextReader()
        self._beside = ThreadPoolExecutor(max_workers=4, thread_name_prefix="encode")

    @cached_property
    def metrics(self) -> dict[str, Any] | None:
        """What ``metrics.json`` of the checkpoint says, None where there is none."""
        path = self.folder / "metrics.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def predict(self, image: ImageSource | None, text: str | None = None) -> MemeResult:
        """Reads a meme. ``text`` None: its caption is read from the picture; "": it has none. ``image`` None: text alone.

        Raises MediaError where both are missing, the picture can't be read or the text is too long.
        """
        picture = open_image(image) if image is not None else None
        encoding = self._beside.submit(self._patches, picture)  # while the caption is read
        lines = self.reader.read(picture) if picture is not None and text is None else ()
        shown = text if text is not None else caption(lines)
        reading = self.text([clean_caption(shown)])[0]
        has_text, has_image = len(reading.states) > 0, picture is not None
        if not has_text and not has_image:
            raise MediaError("There is nothing to read: please add a picture, a text, or both.")
        patches = encoding.result()
        words = reading.states if has_text else np.zeros((1, self.text.width), np.float32)

        def probs(text: NDArray[np.float32], image: NDArray[np.float32]) -> dict[str, NDArray[np.floating]]:
            return self._probs(text, has_text, image, has_image)

        aspects = self._scores(probs(words.mean(axis=0)[None], patches.mean(axis=0)[None]))
        fewer_words = _means_without(words, reading.word_of, len(reading.words)) if has_text else words[:0]
        fewer_patches = _means_without(patches, np.arange(len(patches)), len(patches)) if has_image else patches[:0]
        word_pull = _pull(aspects, probs(fewer_words, patches.mean(axis=0)[None].repeat(len(fewer_words), axis=0)))
        patch_pull = _pull(aspects, probs(words.mean(axis=0)[None].repeat(len(fewer_patches), axis=0), fewer_patches))
        return MemeResult(
            text=shown,
            **aspects,
            lines=lines,
            tokens=reading.words if has_text else (),
            word_pull={aspect: tuple(pull.tolist()) for aspect, pull in word_pull.items()},
            picture_pull={aspect: pull.astype(np.float32) for aspect, pull in patch_pull.items()},
            grid=self.image.grid if has_image else (0, 0),
            size=(picture.shape[1], picture.shape[0]) if picture is not None else (0, 0),
            notes=_notes(shown, has_text, has_image),
        )

    def _patches(self, picture: Picture | None) -> NDArray[np.float32]:
        """(P, width); a row of zeros that nobody looks at where there is no picture."""
        return np.zeros((1, self.image.width), np.float32) if picture is None else self.image([picture])[0][0]

    @torch.inference_mode()
    def _probs(
        self, text: NDArray[np.float32], has_text: bool, image: NDArray[np.float32], has_image: bool
    ) -> dict[str, NDArray[np.floating]]:
        """Calibrated (N, labels) probabilities of each aspect from (N, width) mean token states and pooled patches."""
        words, picture = (torch.from_numpy(features).to(self.device) for features in (text, image))
        given = [torch.full((len(text),), there, device=self.device) for there in (has_text, has_image)]
        logits = self.net(words, given[0], picture, given[1]).float().cpu().numpy()
        ends = np.cumsum([len(labels) for labels in self.labels.values()])[:-1]
        return {
            aspect: probabilities(part, self._calibration[aspect]["temperature"])
            for aspect, part in zip(self.labels, np.split(logits, ends, axis=1), strict=True)
        }

    def _scores(self, probs: dict[str, NDArray[np.floating]]) -> dict[str, Scores]:
        """Of (1, labels) calibrated probabilities of each aspect."""
        return {
            aspect: Scores(
                self.labels[aspect], tuple(map(float, row)), bool(row.max() < self._calibration[aspect]["threshold"])
            )
            for aspect, (row,) in probs.items()
        }


def _means_without(rows: NDArray[np.float32], group_of: NDArray[np.int64], groups: int) -> NDArray[np.float32]:
    """(groups, width): the mean of (N, width) rows without those of each group; of all rows where nothing would be left."""
    sums = np.zeros((groups, rows.shape[1]), np.float32)
    np.add.at(sums, group_of, rows)
    left = len(rows) - np.bincount(group_of, minlength=groups)
    means = (rows.sum(axis=0) - sums) / left.clip(min=1)[:, None]
    return np.where(left[:, None] > 0, means, rows.mean(axis=0)).astype(np.float32)


def _pull(aspects: dict[str, Scores], without: dict[str, NDArray[np.floating]]) -> dict[str, NDArray[np.floating]]:
    """Of each aspect the log-odds of its top label less those of (N, labels) probabilities without something, (N,)."""
    pulls = {}
    for aspect, scores in aspects.items():
        rest = without[aspect][:, scores.labels.index(scores.top)]
        pulls[aspect] = logit(np.clip(scores.confidence, EDGE, 1 - EDGE)) - logit(np.clip(rest, EDGE, 1 - EDGE))
    return pulls


def _notes(text: str, has_text: bool, has_image: bool) -> tuple[str, ...]:
    sides = () if has_text and has_image else (NO_WORDS,) if has_image else (NO_PICTURE,)
    return (*sides, OTHER_LANGUAGE) if is_foreign(text) else sides
