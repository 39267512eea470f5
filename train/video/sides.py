"""What each side of a clip says alone, to trained video nets: words, voices and faces of a part, and
of rows that nothing was learnt from."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.models.video import VideoNet
from mmsent.pipelines.video_inputs import MODALITIES, collate_moments
from train.video.data import Corpora
from train.video.single_modality import SENTIMENT_OF
from train.video.trust import Side, Tuples
from train.video.voice import VoiceLogits

CHUNK = 256
TASKS = {"emotion": CONVERSATION_EMOTIONS, "sentiment": SENTIMENTS}
# corpora whose unheard speakers calibrate the voice alone: TESS has but two
LIKE_TEST = ("ravdess", "urdu")

Both = tuple[NDArray[np.float32], NDArray[np.float32]]  # emotion (N, 7) and sentiment (N, 3) logits


@dataclass(frozen=True)
class Seed:
    """What was learnt with one seed: the net, the rows of metrics, and what the known voices, as
    they were recorded, sound like to nets that had not heard their corpus (``strange``) or their
    speaker (``others``)."""

    net: VideoNet
    history: list[dict[str, float]]
    strange: VoiceLogits
    others: VoiceLogits


def trusts(net: VideoNet) -> dict:
    return {"emotion": net.emotion, "sentiment": net.sentiment}


@torch.inference_mode()
def sides(net: VideoNet, corpora: Corpora, part: str) -> dict[str, Side]:
    """What the net says of the words, voices and faces of a part, each alone; of "val" without
    voices."""
    words, faces = corpora.words[part], corpora.faces[part]
    found = {
        "text": side(_alone(net, "text", words.rows), words.emotions, words.sentiments),
        "face": side(_alone(net, "face", faces.rows[:, 0]), faces.emotions),
    }
    if part == "test":
        voices = corpora.voices[part]
        found["audio"] = side(
            _alone(net, "audio", voices.states), voices.emotions, groups=voices.corpora
        )
    return {name: found[name] for name in MODALITIES if name in found}


def side(
    logits: Both,
    emotions: NDArray[np.int64],
    sentiments: NDArray[np.int64] | None = None,
    groups: NDArray | None = None,
) -> Side:
    """Sentiments None: those of the emotions; groups None: one."""
    feelings = SENTIMENT_OF[emotions] if sentiments is None else sentiments
    return Side(
        dict(zip(TASKS, logits, strict=True)),
        emotions,
        feelings,
        np.zeros(len(emotions)) if groups is None else groups,
    )


def _alone(net: VideoNet, name: str, rows: NDArray) -> Both:
    """Raw logits of rows of one modality, along the path of the app."""
    net = net.cpu().eval()
    parts = []
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK].astype(np.float32)
        nothing = [None] * len(some)
        text = some if name == "text" else np.zeros((len(some), net.text_width), np.float32)
        faces = [row[None] for row in some] if name == "face" else nothing
        voices = list(some) if name == "audio" else nothing
        inputs = collate_moments(
            text, np.full(len(some), name == "text"), faces, voices, net.face_width, net.voice_width
        )
        parts.append([output.numpy() for output in net(*inputs)])
    emotion, sentiment = (np.concatenate(column) for column in zip(*parts, strict=True))
    return emotion, sentiment


def held_out(seed: Seed, corpora: Corpora) -> dict[str, Side]:
    """What is said of rows that nothing was learnt from: words and faces of "val", voices of
    corpora that were not heard."""
    voices, val = corpora.voices["known"].recorded, sides(seed.net, corpora, "val")
    heard = side(
        (seed.strange.emotion, seed.strange.sentiment), voices.emotions, groups=voices.corpora
    )
    return {"text": val["text"], "audio": heard, "face": val["face"]}


def as_others(seed: Seed, corpora: Corpora) -> Side:
    """The known voices of LIKE_TEST to nets that had not heard their speaker."""
    voices = corpora.voices["known"].recorded
    return side((seed.others.emotion, seed.others.sentiment), voices.emotions)[
        np.isin(voices.corpora, LIKE_TEST)
    ]


@torch.inference_mode()
def fused(net: VideoNet, tuples: Tuples, mode: str) -> dict[str, NDArray[np.float32]]:
    """(N, labels) by task: what the net makes of what the sides that ``mode`` names say."""
    there = torch.tensor([name in mode.split("+") for name in MODALITIES])
    return {
        task: trust(torch.from_numpy(logits), there.expand(len(logits), -1)).numpy()
        for (task, trust), logits in zip(trusts(net).items(), tuples.logits.values(), strict=True)
    }
