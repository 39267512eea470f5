"""The second step of ``train.video``: what words alone and faces alone tell."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from sklearn.metrics import f1_score
from torch import Tensor, nn
from torch.utils.data import Dataset

from mmsent.labels import CONVERSATION_EMOTIONS, EMOTION_TO_SENTIMENT, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.padding import pad_vectors
from train.common.loop import Metrics, Plan, fit
from train.video.data import Corpora, Faces, Halves, Words

UNKNOWN = -1  # sentiment of a surprised face or voice, which may be of either kind
SEVERAL_FACES_SHARE = 0.5  # share of training rows with several faces
MAX_CROPS = 6  # of one row
OTHER_FACES_SHARE = 0.3  # share of the further ones that are somebody else's and show anything
LABEL_SMOOTHING = 0.05
RECIPE = {
    "several_faces": SEVERAL_FACES_SHARE,
    "other_faces": OTHER_FACES_SHARE,
    "label_smoothing": LABEL_SMOOTHING,
}
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


class SingleModalityDataset(Dataset[Example]):
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
        row = _random_index(len(self.faces.emotions))
        emotion = int(self.faces.emotions[row])
        return None, self._crops(row), emotion, int(SENTIMENT_OF[emotion])

    def _crops(self, first: int) -> Halves:
        """The face alone, or several as in a stretch of film: mostly itself again, which tells
        little more than once."""
        rows = [first]
        if torch.rand(()) < SEVERAL_FACES_SHARE:
            others = 1 + _random_index(MAX_CROPS - 1)
            rows += [
                _random_index(len(self.faces.emotions))
                if torch.rand(()) < OTHER_FACES_SHARE
                else first
                for _ in range(others)
            ]
        return np.stack(
            [self.faces.rows[row, _random_index(self.faces.rows.shape[1])] for row in rows]
        )


def _random_index(count: int) -> int:
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


def rows_alone(words: Words, faces: Faces) -> dict[str, list[Example]]:
    """Every row alone, by modality."""
    feelings = SENTIMENT_OF[faces.emotions]
    return {
        "text": [
            (row, None, int(e), int(s))
            for row, e, s in zip(words.rows, words.emotions, words.sentiments, strict=True)
        ],
        "face": [
            (None, row[:1], int(e), int(s))
            for row, e, s in zip(faces.rows, faces.emotions, feelings, strict=True)
        ],
    }


def train_single_modality(
    work: Accelerator, net: VideoNet, corpora: Corpora, plan: Plan, runs: Path
) -> tuple[VideoNet, list[Metrics]]:
    """The net to keep and one row of metrics an epoch; ``val_accuracy`` is the mean over words and
    faces. What hears and what joins is left as it is."""
    torch.manual_seed(plan.seed)
    for part in (net.voice, net.emotion, net.sentiment):
        part.requires_grad_(False)
    collate = partial(batch_of, widths=(net.text_width, net.face_width, net.voice_width))
    held_out = rows_alone(corpora.words["val"], corpora.faces["val"])

    def loss_of(net: nn.Module, batch: tuple[Tensor, ...], progress: float) -> Tensor:
        *inputs, emotions, sentiments = batch
        emotion, sentiment = net(*inputs)
        smoothed = {"label_smoothing": LABEL_SMOOTHING}
        known = F.cross_entropy(sentiment.float(), sentiments, ignore_index=UNKNOWN, **smoothed)  # type: ignore[arg-type]
        return F.cross_entropy(emotion.float(), emotions, **smoothed) + known  # type: ignore[arg-type]

    def validate(net: nn.Module, epoch: int) -> Metrics:
        scores, losses = {}, []
        for name, examples in held_out.items():
            emotion, sentiment, emotions, sentiments = _predict(work, net, examples, collate)
            losses.append(F.cross_entropy(emotion, emotions).item())
            scores[f"val_{name}"] = (emotion.argmax(dim=1) == emotions).float().mean().item()
            if name == "text":
                scores["val_text_f1"] = float(
                    f1_score(emotions, emotion.argmax(dim=1), average="weighted")
                )
                scores["val_sentiment_f1"] = float(
                    f1_score(sentiments, sentiment.argmax(dim=1), average="weighted")
                )
        mean = float(np.mean([scores[f"val_{name}"] for name in held_out]))
        return {"val_loss": float(np.mean(losses)), "val_accuracy": mean} | scores

    training = SingleModalityDataset(corpora.words["train"], corpora.faces["train"])
    recipe = {"rows": len(training), "shape": [net.text_width, net.face_width]} | RECIPE
    kept, history = fit(work, net, training, loss_of, validate, plan, runs, recipe, collate=collate)
    return kept, history  # type: ignore[return-value]


@torch.inference_mode()
def _predict(
    work: Accelerator,
    net: nn.Module,
    examples: list[Example],
    collate: partial,
    batch_size: int = 1024,
) -> list[Tensor]:
    """Emotion logits (N, 7), sentiment logits (N, 3), emotions and sentiments (N,) on the CPU."""
    parts = []
    for start in range(0, len(examples), batch_size):
        *inputs, emotions, sentiments = collate(examples[start : start + batch_size])
        with work.autocast():
            emotion, sentiment = net(*(tensor.to(work.device) for tensor in inputs))
        parts.append((emotion.float().cpu(), sentiment.float().cpu(), emotions, sentiments))
    return [torch.cat(column) for column in zip(*parts, strict=True)]
