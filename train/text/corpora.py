"""The text corpora, each row with soft targets for the tasks it is labelled for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import torch
from torch import Tensor

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS, segments

GOEMOTIONS: Final = (
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
)
# Task -> labels. A row of targets holds them one after the other, in this order.
TASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "review": SENTIMENTS,
    "goemotions": GOEMOTIONS,
    "emotion": CONVERSATION_EMOTIONS,
    "sentiment": SENTIMENTS,
    "irony": ("non_irony", "irony"),
    "offence": ("not-offensive", "offensive"),
}
PARTS: Final = ("train", "val", "test")


@dataclass(frozen=True)
class Corpus:
    """``texts`` (N) and ``targets`` (N, all labels) float32: for each task a row is labelled for,
    shares that sum to 1; zeros elsewhere."""

    texts: list[str]
    targets: Tensor

    def __len__(self) -> int:
        return len(self.texts)


def read_corpora(data: Path, part: str, limit: int | None = None) -> Corpus:
    """One part ("train", "val", "test") of the review texts, GoEmotions, MELD and TweetEval's irony
    and offence.

    ``data`` holds the folders review, text and meld; ``limit`` rows of each file at most.
    """
    review = _part(pd.read_parquet(data / "review/reviews_text.parquet"), part, limit)
    emotions = _part(pd.read_parquet(data / "text/goemotions.parquet"), part, limit)
    meld = _part(
        pd.read_csv(data / "meld/meld.csv").replace({"split": {"dev": "val"}}), part, limit
    )
    irony = _part(pd.read_parquet(data / "text/tweeteval_irony.parquet"), part, limit)
    offence = _part(pd.read_parquet(data / "text/tweeteval_offensive.parquet"), part, limit)
    labelled = [
        (review, {"review": review["sentiment"]}),
        (emotions, {"goemotions": emotions["emotions"].str.split("|")}),
        (meld, {"emotion": meld["Emotion"], "sentiment": meld["Sentiment"]}),
        (irony, {"irony": irony["label"]}),
        (offence, {"offence": offence["label"]}),
    ]
    texts = [text for table, _ in labelled for text in table["text"]]
    return Corpus(texts, torch.cat([_targets(columns) for _, columns in labelled]))


def _part(table: pd.DataFrame, part: str, limit: int | None) -> pd.DataFrame:
    table = table[table["split"] == part]
    return table.head(limit) if limit else table


def _targets(columns: Mapping[str, Iterable[str | list[str]]]) -> Tensor:
    """(N, all labels); a row with several labels of one task shares its mass among them."""
    places = segments(TASKS)
    rows = len(list(next(iter(columns.values()))))
    targets = torch.zeros(rows, sum(len(labels) for labels in TASKS.values()))
    for task, column in columns.items():
        for row, value in enumerate(column):
            labels = [value] if isinstance(value, str) else value
            for label in labels:
                targets[row, places[task].start + TASKS[task].index(label)] = 1 / len(labels)
    return targets
