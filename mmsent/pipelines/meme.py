"""Memes: a picture and its caption to five aspects, with what in both drove each."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent import hub
from mmsent.attribution import attribute, shapley
from mmsent.calibrate import probabilities
from mmsent.captions import clean_caption
from mmsent.configs import read_checked
from mmsent.explain import leave_group_out_means, log_odds
from mmsent.labels import MEME_ASPECTS, segments
from mmsent.media import ImageSource, MediaError, Picture, image_notes, none_if_missing, open_image
from mmsent.models.meme import MemeNet
from mmsent.ocr import OcrResult, TextReader, caption
from mmsent.pipelines.encoders import (
    ImageFeatures,
    Reading,
    TextFeatures,
    check_length,
    frozen_encoders,
    squash,
)
from mmsent.pipelines.rereading import Rereading, budget
from mmsent.pipelines.shared import as_list
from mmsent.results import MemeResult, Scores
from mmsent.runtime import Device, choose_device
from mmsent.text import OTHER_LANGUAGE, is_foreign, text_or_none

log = logging.getLogger(__name__)

BATCH = 64
OFFENCE = "offence"  # the task of the text encoder: not-offensive, offensive
NOTHING = "There is nothing to read: please add a picture, a text, or both."
NO_WORDS = "No text was found in the picture or given, so the answer comes from the picture alone."
# but addresses or handles
WORDLESS = "The text has no words, so the answer comes from the picture alone."
NOTHING_SAID = "The text has no words to read: please write some, add a picture, or both."
NO_READER = "The words on a picture can't be read here, so please give them as text."
NO_PICTURE = "There is no picture, so the answer comes from the text alone."


class MemePipeline:
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
        config = read_checked(folder, "meme")
        self.labels = {aspect: tuple(labels) for aspect, labels in config["labels"].items()}
        if self.labels != MEME_ASPECTS:
            raise hub.CheckpointError(
                f"{folder} names other aspects or labels than this version of mmsent knows."
            )
        self._calibration: dict[str, dict[str, Any]] = config["calibration"]
        self.text, self.image = frozen_encoders(folder, config, self.device, encoders)
        self.net = hub.build_net(
            folder, lambda: MemeNet(**config["architecture"], aspects=self.labels)
        )
        self.sha256 = hub.sha256(folder / hub.WEIGHTS)
        self.metrics = hub.read_metrics(folder, self.sha256)
        self.net.to(self.device).eval()
        self.reader = _reader()

    def predict(
        self, image: ImageSource | None, text: str | None = None, reasons: bool = True
    ) -> MemeResult:
        """Reads a meme. ``text`` None: its caption is read from the picture; "": it has none.
        ``image`` None: text alone. NaN is None, and an empty name is no picture. Without
        ``reasons`` what words and places did is left out, and the answer is there sooner.

        Raises MediaError where both are missing, the picture can't be read or the text is too long,
        and TypeError for what is neither text nor picture.
        """
        words, image = _checked(text), none_if_missing(image)
        picture = open_image(image) if image is not None else None
        unread = picture is not None and words is None
        # while the caption is read
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode") as beside:
            encoding = beside.submit(self._patches, picture)
            read = self._read(picture) if unread else OcrResult()
            shown = words if words is not None else caption(read.lines)
            reading = self.text([clean_caption(shown)])[0]
        patches = encoding.result()
        has_text, has_image = len(reading.states) > 0, picture is not None
        if not has_text and not has_image:
            raise MediaError(NOTHING_SAID if shown.strip() else NOTHING)
        text_mean, image_mean = _mean(reading.states), _mean(patches)
        unknown = self.text.describe_unknown(clean_caption(shown))
        (aspects,) = self._scores(
            self._probs(text_mean, has_text, image_mean, has_image), [unknown is not None]
        )
        tokens = reading.words if has_text else ()
        sides = [name for name, there in (("text", has_text), ("image", has_image)) if there]
        result = MemeResult(
            text=shown,
            **aspects,  # type: ignore[arg-type]  # the five that are Scores
            offence_of_words=self._offence(text_mean) if has_text else None,
            lines=read.lines,
            tokens=tokens,
            grid=self.image.grid if has_image else (0, 0),
            size=(picture.shape[1], picture.shape[0]) if picture is not None else (0, 0),
            shares=self._shares(aspects, text_mean, image_mean, sides),
            notes=(
                *(() if image is None else image_notes(image)),
                *(self._reading_notes(read) if unread else ()),
                *_notes(shown, has_text, has_image, unknown),
            ),
        )
        return self._with_reasons(result, reading, patches) if reasons else result

    def _shares(
        self,
        aspects: Mapping[str, Scores],
        text: NDArray[np.float32],
        image: NDArray[np.float32],
        sides: Sequence[str],
    ) -> dict[str, dict[str, float]]:
        """What text and picture, (1, width) each, move of each aspect, as far as they are
        ``sides``."""
        tops = {aspect: scores.top for aspect, scores in aspects.items()}
        worth = {
            some: self._log_odds(self._probs(text, "text" in some, image, "image" in some), tops)[0]
            for some in map(frozenset, ((), ("text",), ("image",), ("text", "image")))
        }
        return {
            aspect: shapley({some: float(of[i]) for some, of in worth.items()}, sides)
            for i, aspect in enumerate(tops)
        }

    def _with_reasons(
        self, result: MemeResult, reading: Reading, patches: NDArray[np.float32]
    ) -> MemeResult:
        """``result`` with what each word and place of the picture did to each aspect."""
        tops = {aspect: scores.top for aspect, scores in result.aspects.items()}
        whole = log_odds([scores.confidence for scores in result.aspects.values()])
        places, left = leave_group_out_means(patches, np.arange(len(patches)), len(patches))
        without = self._probs(_mean(reading.states), len(reading.states) > 0, places, left)
        pulls = (whole - self._log_odds(without, tops)).astype(np.float32)
        result = replace(
            result,
            attributions=dict.fromkeys(tops, ()),
            phrases=dict.fromkeys(tops, ()),
            picture_pull=dict(zip(tops, pulls.T, strict=True)),
        )
        if not result.tokens:
            return result
        reread = self.rereading(reading, patches, tops)
        found = attribute(result.tokens, reread, budget(self.text.weights, self.device))
        return replace(
            result,
            attributions=dict(zip(tops, map(tuple, found.words.T.tolist()), strict=True)),
            phrases=dict(zip(tops, found.phrases, strict=True)),
            notes=(*result.notes, *found.notes),
        )

    def rereading(
        self, reading: Reading, patches: NDArray[np.float32], tops: Mapping[str, str]
    ) -> Rereading:
        """The text of ``reading`` beside ``patches`` (P, width), none for no picture, to be read
        without some of its words: the log-odds (N, aspects) of the labels ``tops``."""
        image, has_image = _mean(patches), len(patches) > 0

        def judge(means: NDArray[np.float32], has_text: NDArray[np.bool_]) -> NDArray[np.float64]:
            return self._log_odds(self._probs(means, has_text, image, has_image), tops)

        return Rereading(self.text, reading, lambda tokens: tokens.states, judge)

    def _log_odds(
        self, probs: Mapping[str, NDArray[np.floating]], tops: Mapping[str, str]
    ) -> NDArray[np.float64]:
        """(N, aspects) log-odds of the labels ``tops`` from the (N, labels) probabilities of each
        aspect."""
        columns = [probs[aspect][:, self.labels[aspect].index(top)] for aspect, top in tops.items()]
        return log_odds(np.stack(columns, axis=1))

    def read_caption(self, image: ImageSource) -> str:
        """What stands on a picture, as ``predict`` would read it. Raises MediaError where the
        picture can't be read."""
        return self.read_caption_noted(image)[0]

    def read_caption_noted(self, image: ImageSource) -> tuple[str, tuple[str, ...]]:
        """``read_caption``, and what ``predict`` notes of the reading."""
        read = self._read(open_image(image))
        return caption(read.lines), self._reading_notes(read)

    def notes(self, text: str, has_image: bool) -> tuple[str, ...]:
        """What ``predict`` notes of a meme with this caption, but for what it notes of the
        picture's file and the reading."""
        words = clean_caption(text)
        return _notes(
            text, self.text.has_words(words), has_image, self.text.describe_unknown(words)
        )

    def classify(
        self, images: Iterable[ImageSource | None], texts: Iterable[str | None]
    ) -> list[dict[str, Scores]]:
        """The aspects of many memes at once, without the reasons. None, NaN and "" mean what they
        mean to ``predict``, and it raises MediaError and TypeError as that does, for all of them,
        and ValueError where there are not as many texts as images."""
        images, texts = as_list(images, "images"), as_list(texts, "texts")
        if len(images) != len(texts):
            raise ValueError(
                f"there must be a text, or None, for each image, not {len(texts)} for {len(images)}"
            )
        aspects: list[dict[str, Scores]] = []
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            rows = [
                self._shown(image, text)
                for image, text in zip(images[part], texts[part], strict=True)
            ]
            captions = [clean_caption(text) for _, text in rows]
            states = [reading.states for reading in self.text(captions)]
            pictures = [picture for picture, _ in rows if picture is not None]
            has_text = np.array([len(row) > 0 for row in states])
            has_image = np.array([picture is not None for picture, _ in rows])
            if not (has_text | has_image).all():
                said = [
                    text
                    for (_, text), there in zip(rows, has_text | has_image, strict=True)
                    if not there
                ]
                raise MediaError(NOTHING_SAID if said[0].strip() else NOTHING)
            seen = np.zeros((len(rows), self.image.width), np.float32)
            if pictures:
                seen[has_image] = self.image(pictures)[0].mean(axis=1)
            doubtful = [self.text.describe_unknown(text) is not None for text in captions]
            probs = self._probs(
                np.concatenate([_mean(row) for row in states]), has_text, seen, has_image
            )
            aspects += self._scores(probs, doubtful)
        return aspects

    def _shown(self, image: ImageSource | None, text: str | None) -> tuple[Picture | None, str]:
        """A picture at its final size, since many large ones would not fit into the memory, and its
        caption."""
        words, image = _checked(text), none_if_missing(image)
        if image is None:
            return None, words or ""
        picture = open_image(image)
        shown = words if words is not None else caption(self._read(picture).lines)
        return squash(picture, self.image.size), shown

    def _read(self, picture: Picture | None) -> OcrResult:
        """What can be read on a picture, nothing where there is no picture or no reader."""
        if self.reader is None or picture is None:
            return OcrResult()
        return self.reader.read_noted(picture)

    def _reading_notes(self, read: OcrResult) -> tuple[str, ...]:
        return read.notes if self.reader else (NO_READER,)

    def _patches(self, picture: Picture | None) -> NDArray[np.float32]:
        """(P, width), P = 0 where there is no picture."""
        return (
            np.zeros((0, self.image.width), np.float32)
            if picture is None
            else self.image([picture])[0][0]
        )

    @torch.inference_mode()
    def _probs(
        self,
        text: NDArray[np.float32],
        has_text: bool | NDArray[np.bool_],
        image: NDArray[np.float32],
        has_image: bool | NDArray[np.bool_],
    ) -> dict[str, NDArray[np.floating]]:
        """Calibrated (N, labels) probabilities of each aspect from mean token states and pooled
        patches, (N, width) each, or (1, width) for all rows, and whether they are there, (N,) or
        for all rows."""
        (rows,) = np.broadcast_shapes(text.shape[:1], image.shape[:1])
        words, picture = (
            torch.from_numpy(features).to(self.device).expand(rows, -1)
            for features in (text, image)
        )
        given = [
            torch.as_tensor(there, device=self.device).expand(rows)
            for there in (has_text, has_image)
        ]
        logits = self.net(words, given[0], picture, given[1]).float().cpu().numpy()
        return {
            aspect: probabilities(
                logits[:, part],
                self._calibration[aspect]["temperature"],
                self._calibration[aspect]["bias"],
            )
            for aspect, part in segments(self.labels).items()
        }

    def _offence(self, sentence: NDArray[np.float32]) -> float | None:
        """What the text encoder learnt of offence from tweets says of (1, width) mean token states;
        None where it did not."""
        return (
            float(self.text.judge(OFFENCE, sentence)[0, 1]) if OFFENCE in self.text.labels else None
        )

    def _scores(
        self, probs: dict[str, NDArray[np.floating]], doubtful: Sequence[bool]
    ) -> list[dict[str, Scores]]:
        """Of each row of (N, labels) calibrated probabilities of every aspect; ``doubtful`` (N):
        the model abstains, whatever its confidence."""
        return [
            {
                aspect: self._score(aspect, row, doubt)
                for aspect, row in zip(probs, rows, strict=True)
            }
            for *rows, doubt in zip(*probs.values(), doubtful, strict=True)
        ]

    def _score(self, aspect: str, probs: NDArray[np.floating], doubtful: bool) -> Scores:
        threshold = self._calibration[aspect]["threshold"]
        return Scores.of(self.labels[aspect], probs, threshold, doubtful)


def _reader() -> TextReader | None:
    """None where the nets that read text are not there: captions that are typed do without."""
    try:
        return TextReader()
    except (ImportError, OSError) as problem:
        log.warning("captions can't be read: %s", problem)
        return None


def _checked(text: str | None) -> str | None:
    """``written``, and not too long: before it is cleaned, which takes its time and may hide how
    much there is."""
    words = text_or_none(text)
    check_length(words or "")
    return words


def _mean(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, width) -> (1, width), zeros where there are none."""
    return rows.sum(axis=0, keepdims=True) / max(1, len(rows))


def _notes(text: str, has_text: bool, has_image: bool, unknown: str | None) -> tuple[str, ...]:
    no_words = WORDLESS if text.strip() else NO_WORDS
    sides = () if has_text and has_image else (no_words,) if has_image else (NO_PICTURE,)
    return (
        *sides,
        *((OTHER_LANGUAGE,) if is_foreign(text) else ()),
        *((unknown,) if unknown else ()),
    )
