"""Made-up corpora in the layout of the published ones, whose sentiment a word and a colour give
away."""

import io
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mmsent.labels import CONVERSATION_EMOTIONS, MEME_ASPECTS, SENTIMENTS

FEELINGS = dict(zip(SENTIMENTS, ("bad", "is", "great"), strict=True))
COLOURS = dict(zip(SENTIMENTS, ((200, 30, 30), (90, 90, 90), (30, 30, 200)), strict=True))
PARTS = {"train": 60, "val": 12, "test": 12}


def sentence(feeling: str, random: np.random.Generator) -> str:
    filler = random.choice(
        ["the", "strap", "bag", "photo", "day", "after", "it", "so"], random.integers(1, 4)
    )
    return " ".join([*filler, FEELINGS[feeling], "."])


def picture(feeling: str, random: np.random.Generator) -> bytes:
    noise = random.integers(0, 50, (40, 60, 3))
    buffer = io.BytesIO()
    Image.fromarray((noise + COLOURS[feeling]).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _told_by(labels: Sequence[str]) -> Callable[[int, str], str | None]:
    """The first label for negative rows, the second for all others, and none for every tenth
    row."""
    return lambda i, feeling: None if i % 10 == 9 else labels[int(feeling != "negative")]


def write_corpora(folder: Path) -> Path:
    """The files that train.text, train.image, train.review and train.meme read, below ``folder``."""
    random = np.random.default_rng(0)

    def table(**columns: object) -> pd.DataFrame:
        rows = []
        for part, rows_of in PARTS.items():
            for i in range(rows_of):
                feeling = SENTIMENTS[i % 3]
                rows.append(
                    {name: make(i, feeling) for name, make in columns.items()} | {"split": part}
                )
        return pd.DataFrame(rows)

    def text(i: int, feeling: str) -> str:
        return sentence(feeling, random)

    def label(i: int, feeling: str) -> str:
        return feeling

    def image(i: int, feeling: str) -> bytes:
        return picture(feeling, random)

    for name in ("review", "text", "meld", "meme"):
        (folder / name).mkdir(parents=True)
    table(text=text, sentiment=label).to_parquet(folder / "review/reviews_text.parquet")
    table(text=text, sentiment=label, image=image).to_parquet(folder / "review/mvsa_single.parquet")
    aspects = {
        aspect: _told_by(labels) for aspect, labels in MEME_ASPECTS.items() if aspect != "sentiment"
    }
    table(text=text, sentiment=label, image=image, **aspects).to_parquet(
        folder / "meme/memotion7k.parquet"
    )
    group = count()
    harmful = {
        "harmful": lambda i, feeling: (2, 0, 0)[i % 3],
        "dup_group": lambda i, _: next(group),
    }
    table(text=text, image=image, **harmful).to_parquet(folder / "meme/harmeme.parquet")
    table(text=text, emotions=lambda i, _: ("joy|love", "anger", "neutral")[i % 3]).to_parquet(
        folder / "text/goemotions.parquet"
    )
    table(text=text, label=lambda i, _: ("irony", "non_irony")[i % 2]).to_parquet(
        folder / "text/tweeteval_irony.parquet"
    )
    table(text=text, label=lambda i, _: ("offensive", "not-offensive")[i % 2]).to_parquet(
        folder / "text/tweeteval_offensive.parquet"
    )
    meld = table(text=text, Emotion=lambda i, _: CONVERSATION_EMOTIONS[i % 7], Sentiment=label)
    meld.replace({"split": {"val": "dev"}}).to_csv(folder / "meld/meld.csv", index=False)
    return folder


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    """A training script with these arguments, in this process."""
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()
