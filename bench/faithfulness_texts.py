"""Texts with a prediction, and how to repeat it without some of their words, for
``bench.faithfulness``."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from mmsent import hub
from mmsent.attribution import Reread
from mmsent.calibrate import probabilities
from mmsent.captions import clean_caption
from mmsent.explain import log_odds
from mmsent.media import open_image
from mmsent.models.text import TextNet
from mmsent.pipelines import meme_reasons, review_reasons
from mmsent.pipelines.encoders import Reading
from mmsent.pipelines.meme import MemePipeline
from mmsent.pipelines.rereading import Rereading
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.video import VideoPipeline
from mmsent.pipelines.video_inputs import calibration_of, collate_moments, text_rows
from mmsent.text import Window

MIN_WORDS = 8  # of an utterance
ASPECTS_ABOVE_FLOOR = (
    "sentiment",
    "humour",
)  # what of a meme the shipped model tells better than that
CLIP_PARTS = {"val": "dev", "test": "test"}


@dataclass(frozen=True, eq=False)
class Case:
    """A text and what reads it without some words: ``masked`` with [MASK] in their place,
    ``before`` as mmsent 0.1 did, without their states in a text that was read whole."""

    words: tuple[str, ...]
    reread: Reread
    masked: Reread
    before: Reread


class StatesRereading(Rereading):
    """Takes words out of the states of the whole text."""

    def __init__(self, rereading: Rereading, reading: Reading) -> None:
        self._rows = rereading._features(reading.tokens)
        self._judge, self._word_of = rereading._judge, reading.word_of
        self._spelled = rereading._spelled

    def __call__(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        tokens = kept[:, self._word_of]
        counts = tokens.sum(axis=1)
        sums = np.concatenate(
            [tokens.astype(np.float32) @ self._rows, kept @ self._spelled], axis=1
        )
        means = sums / counts.clip(min=1)[:, None]
        return np.asarray(self._judge(means.astype(np.float32), counts), np.float64)

    def cost(self, words: Collection[int]) -> int:
        return 0


def _case(rereading: Rereading, reading: Reading) -> Case:
    return Case(
        reading.words,
        rereading,
        MaskedRereading(rereading, reading),
        StatesRereading(rereading, reading),
    )


class MaskedRereading(Rereading):
    """Puts [MASK] in the place of each token of the words that are taken out."""

    def __init__(self, rereading: Rereading, reading: Reading) -> None:
        super().__init__(rereading._text, reading, rereading._features, rereading._judge)
        self._spelled = rereading._spelled
        self._mask = self._text._windows.vocabulary["[MASK]"]

    def _changed(self, kept: NDArray[np.bool_]) -> list[tuple[int, Window]]:
        return [
            (
                number,
                Window(np.where((w.word_of < 0) | kept[w.word_of], w.ids, self._mask), w.word_of),
            )
            for number, w in enumerate(self._windows)
        ]


def randomise(review: ReviewPipeline, seed: int) -> None:
    """Gives the head and its text encoder random weights, as before any training."""
    torch.manual_seed(seed)
    config = hub.read_config(hub.find("text"), "text")
    encoder = TextNet(config["architecture"]["encoder"], config["labels"]).encoder.eval()
    for module in review.net.modules():
        if callable(reset := getattr(module, "reset_parameters", None)):
            reset()

    def run(ids: NDArray) -> tuple[NDArray[np.float32], ...]:
        with torch.inference_mode():
            return tuple(output.numpy() for output in encoder(torch.from_numpy(ids)))

    review.text._run = run


def review_cases(review: ReviewPipeline, data: Path, part: str, rows: int) -> Iterator[Case]:
    """Review texts without photo."""
    table = pd.read_parquet(data / "review/reviews_text.parquet", columns=["text", "split"])
    texts = table["text"][table["split"] == part].sample(frac=1, random_state=0)
    for text in texts.head(rows):
        yield review_case(review, text)


def review_case(review: ReviewPipeline, text: str) -> Case:
    (reading,) = review.text([text])
    top = review.labels[
        int(review.probabilities(review.logits([reading.tokens], [None]), "text").argmax())
    ]
    return _case(review_reasons.rereading(review, reading, None, "text", top), reading)


def meme_cases(meme: MemePipeline, data: Path, part: str, rows: int, aspect: str) -> Iterator[Case]:
    """Captions beside their pictures."""
    table = pd.read_parquet(data / "meme/memotion7k.parquet", columns=["image", "text", "split"])
    table = table[(table["split"] == part)].sample(frac=1, random_state=0)
    captions = table["text"].map(clean_caption)
    chosen = table[captions != ""].head(rows)
    for image, text in zip(chosen["image"], chosen["text"], strict=True):
        picture = open_image(image["bytes"] if isinstance(image, dict) else image)
        (reading,) = meme.text([clean_caption(text)])
        tops = {aspect: meme.classify([picture], [text])[0][aspect].top}
        reread = meme_reasons.rereading(meme.text, meme.nets, reading, meme.see(picture), tops)
        yield _case(reread, reading)


def clip_cases(video: VideoPipeline, data: Path, part: str, rows: int) -> Iterator[Case]:
    """MELD's utterances of LEAST_WORDS words or more, the words before them in the dialogue as
    context, to emotion."""
    table = pd.read_csv(data / "meld/meld.csv")
    table = table[table["split"] == CLIP_PARTS[part]].sort_values(["Dialogue_ID", "Utterance_ID"])
    chosen = table[table["text"].str.split().str.len() >= MIN_WORDS].sample(frac=1, random_state=0)
    for _, row in chosen.head(rows).iterrows():
        same = table[table["Dialogue_ID"] == row["Dialogue_ID"]]
        before = same["text"][same["Utterance_ID"] < row["Utterance_ID"]].tolist()
        yield clip_case(video, row["text"], before)


def clip_case(video: VideoPipeline, text: str, before: Sequence[str]) -> Case:
    (reading,) = video.text([text])
    context = text_rows(video.text, [text], [before])[0][0, video.text.width :]
    temperature = calibration_of(video._config, "text")["emotion"]["temperature"]

    @torch.inference_mode()
    def probs(means: NDArray[np.float32], has_text: NDArray[np.bool_]) -> NDArray[np.floating]:
        rows = np.concatenate([means, np.repeat(context[None], len(means), axis=0)], axis=1)
        nobody = [None] * len(means)
        batch = collate_moments(
            rows, has_text, nobody, nobody, video.reader.seen_width, video.net.voice_width
        )
        return probabilities(video.net(*batch)[0].numpy(), temperature)

    top = int(probs(reading.states.mean(axis=0, keepdims=True), np.array([True]))[0].argmax())

    def judge(means: NDArray[np.float32], counts: NDArray[np.integer]) -> NDArray[np.floating]:
        return log_odds(probs(means, counts > 0)[:, [top]])

    return _case(Rereading(video.text, reading, lambda tokens: tokens.states, judge), reading)
