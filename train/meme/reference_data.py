"""Memes as tensors, for the preset ``reference``."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
import torch
from sklearn.model_selection import GroupShuffleSplit
from torch import Tensor
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from mmsent.labels import MEMOTION_ASPECTS
from mmsent.pipelines.encoders import TextFeatures
from train.meme.csv_data import Meme
from train.meme.data import MISSING

HELD_OUT = 0.2
CHUNK = 128
COLUMN = {aspect: column for column, aspect in enumerate(MEMOTION_ASPECTS)}

# pixels (N, 3, S, S) uint8, embeddings (N, D) float32, labels (N, aspects) int64, -1 where there
# is none
Batch = Sequence[Tensor]
Logits = Mapping[str, Tensor]  # of each aspect, (N, labels)


class MemeDataset(Dataset[Batch]):
    """Memes as tensors: pixels (3, S, S) uint8, the embedding of the text (D,), the labels
    (aspects,) int64."""

    def __init__(self, memes: Sequence[Meme], embeddings: Tensor) -> None:
        """``embeddings`` (N, D) are those of the texts of ``memes``."""
        self.memes, self.embeddings = memes, embeddings

    def __len__(self) -> int:
        return len(self.memes)

    def __getitem__(self, index: int) -> Batch:
        meme = self.memes[index]
        pixels = torch.from_numpy(np.array(meme.picture)).permute(2, 0, 1)
        return pixels, self.embeddings[index], torch.tensor(meme.labels)


def embed(memes: Sequence[Meme], text: TextFeatures) -> Tensor:
    """The vectors (N, D) float32 of their texts, zeros for none, as the page's pipeline reads them."""
    vectors = np.zeros((len(memes), text.width), np.float32)
    for start in tqdm(range(0, len(memes), CHUNK), "encode captions", mininterval=2):
        part = slice(start, start + CHUNK)
        vectors[part] = [reading.vector for reading in text([meme.text for meme in memes[part]])]
    return torch.from_numpy(vectors)


def split(memes: Sequence[Meme], seed: int) -> tuple[list[Meme], list[Meme]]:
    """Training and validation; memes that are the same picture go to the same side."""
    pictures = [sha256(meme.picture.tobytes()).hexdigest() for meme in memes]
    if len(set(pictures)) < 2:
        return list(memes), []
    parts = next(
        GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed).split(memes, groups=pictures)
    )
    training, held_out = ([memes[row] for row in part] for part in parts)
    return training, held_out


def can_be_learnt(aspect: str, training: Sequence[Meme], held_out: Sequence[Meme]) -> bool:
    """Whether two labels of it can be told apart and checked."""
    learnt, asked = (
        {meme.labels[COLUMN[aspect]] for meme in part} - {MISSING} for part in (training, held_out)
    )
    return len(learnt) > 1 and len(asked) > 0


def labelled(logits: Logits, labels: Tensor) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Each aspect with the logits and the labels of the rows that have one."""
    for aspect, scores in logits.items():
        truth = labels[:, COLUMN[aspect]]
        yield aspect, scores[truth != MISSING], truth[truth != MISSING]
