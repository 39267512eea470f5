"""The second step of ``train.video``: what words alone and faces alone tell."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmsent.labels import CONVERSATION_EMOTIONS, EMOTION_TO_SENTIMENT, SENTIMENTS
from mmsent.padding import pad_vectors
from train.common.loop import Plan
from train.video.data import Faces, Halves, Words

UNKNOWN = -1  # sentiment of a surprised face or voice, which may be of either kind
SEVERAL = 0.5  # share of training rows with several faces
MOST_CROPS = 6  # of one row
OTHER_FACES = 0.3  # share of the further ones that are somebody else's and show anything
LABEL_SMOOTHING = 0.05
RECIPE = {"several_faces": SEVERAL, "other_faces": OTHER_FACES, "label_smoothing": LABEL_SMOOTHING}
PLAN = Plan(
    epochs=8,
    batch_size=256,
    learning_rate=1e-3,
    optimizer="adamw",
    schedule="onecycle",
    weight_decay=0.05,
    ema=0.99,
)

SENTIMENT_OF = np.array(
    [
        SENTIMENTS.index(feeling) if (feeling := EMOTION_TO_SENTIMENT[name]) else UNKNOWN
        for name in CONVERSATION_EMOTIONS
    ]
)

# text row, faces (F, width), each None where it is missing; emotion, sentiment
Example = tuple[Halves | None, Halves | None, int, int]


class Alone(Dataset[Example]):
    """In an epoch every utterance, and as many random faces; how many of one row and which views is
    drawn every time."""

    def __init__(self, words: Words, faces: Faces) -> None:
        self.words, self.faces = words, faces

    def __len__(self) -> int:
        return 2 * len(self.words.emotions)

    def __getitem__(self, index: int) -> Example:
        if index < len(self.words.emotions):
            return (
                self.words.rows[index],
                None,
                int(self.words.emotions[index]),
                int(self.words.sentiments[index]),
            )
        row = _below(len(self.faces.emotions))
        emotion = int(self.faces.emotions[row])
        return None, self._crops(row), emotion, int(SENTIMENT_OF[emotion])

    def _crops(self, first: int) -> Halves:
        """The face alone, or several as in a stretch of film: mostly itself again, which tells
        little more than once."""
        rows = [first]
        if torch.rand(()) < SEVERAL:
            others = 1 + _below(MOST_CROPS - 1)
            rows += [
                _below(len(self.faces.emotions)) if torch.rand(()) < OTHER_FACES else first
                for _ in range(others)
            ]
        return np.stack([self.faces.rows[row, _below(self.faces.rows.shape[1])] for row in rows])


def _below(count: int) -> int:
    return int(torch.randint(count, ()))


def batch_of(examples: Sequence[Example], widths: tuple[int, int, int]) -> tuple[Tensor, ...]:
    """The six inputs of ``VideoNet`` and (N,) emotions and sentiments; ``widths`` of text, face and
    voice."""
    texts, faces, emotions, sentiments = zip(*examples, strict=True)
    text, has_text = pad_vectors([None if row is None else row[None] for row in texts], widths[0])
    crops, seen = pad_vectors(faces, widths[1])
    voice, has_voice = (
        torch.zeros(len(examples), widths[2]),
        torch.zeros(len(examples), dtype=torch.bool),
    )
    inputs = (text[:, 0], has_text[:, 0], crops, seen, voice, has_voice)
    return *inputs, torch.tensor(emotions), torch.tensor(sentiments)
