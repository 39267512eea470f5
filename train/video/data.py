"""Training data of the video model: MELD's words, acted and spoken voices, FER2013's faces, each
encoded once."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS, FACE_TO_CONVERSATION, SENTIMENTS
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video_inputs import text_rows
from train.common.augment import Augment
from train.common.cache import cache_key, cached_npz
from train.face.data import Fer, read_fer
from train.face.evaluate import labels_of
from train.video.voice_data import Halves, Labels, Voices, read_voices

MELD_PARTS = {"train": "train", "val": "dev", "test": "test"}
FER_PARTS = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}
CHUNK = 512
# of a training face, each changed so much that the face net is as often wrong on it as on a face it
# never saw:
VIEWS = 2
# the net knows its training faces too well, and from them as they are the fusion would learn to be
# too sure of it
CHANGES = Augment(
    rotate=22,
    translate=0.11,
    scale=0.22,
    shear=0.17,
    flip=0.5,
    contrast=0.45,
    brightness=0.15,
    erase=0.75,
)

CONVERSATION_OF = np.array(
    [CONVERSATION_EMOTIONS.index(FACE_TO_CONVERSATION[name]) for name in FACE_EMOTIONS]
)


@dataclass(frozen=True)
class Words:
    """Utterances: rows (N, text_width) as ``text_rows`` gives them, emotions and sentiments
    (N,)."""

    rows: Halves
    emotions: Labels
    sentiments: Labels


@dataclass(frozen=True)
class Faces:
    """Faces: rows (N, views, face_width), emotions (N,) in the order of CONVERSATION_EMOTIONS."""

    rows: Halves
    emotions: Labels


@dataclass(frozen=True)
class Corpora:
    """All three, each by part: "train", "val", "test"."""

    words: dict[str, Words]
    voices: dict[str, Voices]
    faces: dict[str, Faces]


def read_corpora(
    data: Path,
    text: TextFeatures,
    face: FacePipeline,
    speech: SpeechFeatures,
    cache: Path,
    limit: int | None = None,
    voices_only: bool = False,
) -> Corpora:
    """From the folders meld, speech and face below ``data``, at most ``limit`` rows of each part;
    what the encoders make of them is kept in ``cache``. ``voices_only`` leaves out "train" of words
    and faces."""
    parts = ("val", "test") if voices_only else ("train", "val", "test")
    words = {part: read_words(data, MELD_PARTS[part], text, cache, limit) for part in parts}
    faces = {part: read_faces(data, FER_PARTS[part], face, cache, limit) for part in parts}
    return Corpora(words, read_voices(data, speech, cache, limit), faces)


def read_words(
    data: Path, part: str, text: TextFeatures, cache: Path, limit: int | None = None
) -> Words:
    """One part ("train", "dev", "test") of MELD; the utterances before each one in its dialogue are
    its context."""
    table = pd.read_csv(data / "meld/meld.csv")
    table = (
        table[table["split"] == part]
        .sort_values(["Dialogue_ID", "Utterance_ID"])
        .head(limit or len(table))
    )
    utterances, dialogues = table["text"].tolist(), table["Dialogue_ID"].tolist()
    first = {dialogue: i for i, dialogue in reversed(list(enumerate(dialogues)))}
    context = [utterances[first[dialogue] : i] for i, dialogue in enumerate(dialogues)]

    def encode() -> dict[str, NDArray]:
        spans = range(0, len(table), CHUNK)
        rows = [
            text_rows(text, utterances[i : i + CHUNK], context[i : i + CHUNK])[0]
            for i in tqdm(spans, f"words {part}")
        ]
        return {"rows": np.concatenate(rows).astype(np.float16)}

    emotions = np.array([CONVERSATION_EMOTIONS.index(name) for name in table["Emotion"]], np.int64)
    sentiments = np.array([SENTIMENTS.index(name) for name in table["Sentiment"]], np.int64)
    return Words(
        cached_npz(cache / f"words-{part}-{cache_key(text.sha256, limit)}.npz", encode)["rows"],
        emotions,
        sentiments,
    )


def read_faces(
    data: Path, usage: str, face: FacePipeline, cache: Path, limit: int | None = None
) -> Faces:
    """One usage of FER2013; training faces changed at random."""
    file = "df_train.parquet.gzip" if usage == "Training" else "df_test.parquet.gzip"
    fer = read_fer(data / "face" / file, usage, limit)

    changes = [CHANGES] * VIEWS if usage == "Training" else [None]

    def encode() -> dict[str, NDArray]:
        torch.manual_seed(0)
        return {"rows": np.stack([_embed(face, fer, change) for change in changes], axis=1)}

    rows = cached_npz(
        cache / f"faces-{usage}-{cache_key(face.sha256, limit, changes)}.npz", encode
    )["rows"]
    return Faces(rows, CONVERSATION_OF[labels_of(fer).numpy()])


def _embed(face: FacePipeline, fer: Fer, change: Augment | None) -> Halves:
    rows = []
    for start in tqdm(range(0, len(fer), CHUNK), "faces", mininterval=2):
        pixels = fer.pixels[start : start + CHUNK]
        if change:
            pixels = change(pixels, face.size).round().to(torch.uint8)
        rows.append(face.embeddings(list(pixels[:, 0].numpy())).astype(np.float16))
    return np.concatenate(rows)
