"""What the video model learns from: MELD's words, acted and spoken voices, FER2013's faces, each encoded once."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent.labels import CONVERSATION_EMOTIONS, FACE_EMOTIONS, FACE_TO_CONVERSATION, SENTIMENTS
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.video_inputs import text_rows, voice_rows
from mmsent.replacing import replacing
from mmsent.speech import log_mel
from train.augment import Augment
from train.data import Fer, read_fer
from train.evaluate import labels_of

RATE = 16000
TEST_ACTORS = range(19, 25)  # of RAVDESS; never learnt from
HELD_OUT = ("ravdess_17", "ravdess_18", "urdu_SM1", "urdu_SF1")  # speakers that validate
MELD_PARTS = {"train": "train", "val": "dev", "test": "test"}
FER_PARTS = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}
CHUNK = 512
VIEWS = 2  # of a training face, each changed so much that the face net is as often wrong on it as on a face it never saw:
# the net knows its training faces too well, and from them as they are the fusion would learn to be too sure of it
CHANGES = Augment(rotate=22, translate=0.11, scale=0.22, shear=0.17, flip=0.5, contrast=0.45, brightness=0.15, erase=0.75)

CONVERSATION_OF = np.array([CONVERSATION_EMOTIONS.index(FACE_TO_CONVERSATION[name]) for name in FACE_EMOTIONS])

Halves = NDArray[np.float16]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """Utterances: rows (N, text_width) as ``text_rows`` gives them, emotions and sentiments (N,)."""

    rows: Halves
    emotions: Labels
    sentiments: Labels


@dataclass(frozen=True)
class Voices:
    """Voices: log-mel (T, 64) each, emotions (N,), corpora (N,)."""

    mels: list[Halves]
    emotions: Labels
    corpora: NDArray[np.str_]


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


def read_corpora(data: Path, text: TextFeatures, face: FacePipeline, cache: Path, limit: int | None = None) -> Corpora:
    """From the folders meld, speech and face below ``data``, at most ``limit`` rows of each part; what the encoders make of
    them is kept in ``cache``."""
    words = {part: read_words(data, name, text, cache, limit) for part, name in MELD_PARTS.items()}
    faces = {part: read_faces(data, usage, face, cache, limit) for part, usage in FER_PARTS.items()}
    return Corpora(words, read_voices(data, cache, limit), faces)


def read_words(data: Path, part: str, text: TextFeatures, cache: Path, limit: int | None = None) -> Words:
    """One part ("train", "dev", "test") of MELD; the utterances before each one in its dialogue are its context."""
    table = pd.read_csv(data / "meld/meld.csv")
    table = table[table["split"] == part].sort_values(["Dialogue_ID", "Utterance_ID"]).head(limit or len(table))
    utterances, dialogues = table["text"].tolist(), table["Dialogue_ID"].tolist()
    first = {dialogue: i for i, dialogue in reversed(list(enumerate(dialogues)))}
    context = [utterances[first[dialogue] : i] for i, dialogue in enumerate(dialogues)]

    def encode() -> dict[str, NDArray]:
        spans = range(0, len(table), CHUNK)
        rows = [text_rows(text, utterances[i : i + CHUNK], context[i : i + CHUNK])[0] for i in tqdm(spans, f"words {part}")]
        return {"rows": np.concatenate(rows).astype(np.float16)}

    emotions = np.array([CONVERSATION_EMOTIONS.index(name) for name in table["Emotion"]], np.int64)
    sentiments = np.array([SENTIMENTS.index(name) for name in table["Sentiment"]], np.int64)
    return Words(keep(cache / f"words-{part}-{key(text.sha256, limit)}.npz", encode)["rows"], emotions, sentiments)


def read_faces(data: Path, usage: str, face: FacePipeline, cache: Path, limit: int | None = None) -> Faces:
    """One usage of FER2013; training faces changed at random."""
    file = "df_train.parquet.gzip" if usage == "Training" else "df_test.parquet.gzip"
    fer = read_fer(data / "face" / file, usage, limit)

    changes = [CHANGES] * VIEWS if usage == "Training" else [None]

    def encode() -> dict[str, NDArray]:
        torch.manual_seed(0)
        return {"rows": np.stack([_embed(face, fer, change) for change in changes], axis=1)}

    rows = keep(cache / f"faces-{usage}-{key(face.sha256, limit, changes)}.npz", encode)["rows"]
    return Faces(rows, CONVERSATION_OF[labels_of(fer).numpy()])


def _embed(face: FacePipeline, fer: Fer, change: Augment | None) -> Halves:
    rows = []
    for start in tqdm(range(0, len(fer), CHUNK), "faces", mininterval=2):
        pixels = fer.pixels[start : start + CHUNK]
        if change:
            pixels = change(pixels, face.size).round().to(torch.uint8)
        rows.append(face.embeddings(list(pixels[:, 0].numpy())).astype(np.float16))
    return np.concatenate(rows)


def read_voices(data: Path, cache: Path, limit: int | None = None) -> dict[str, Voices]:
    """ "train", "val" (the speakers HELD_OUT) and "test" (RAVDESS's TEST_ACTORS), without what has none of the emotions."""
    table = pd.read_parquet(data / "speech/speech_emotion.parquet")
    table = table[table["emotion7"].isin(CONVERSATION_EMOTIONS)]
    test = table["speaker"].isin([f"ravdess_{actor:02d}" for actor in TEST_ACTORS]).to_numpy()
    val = table["speaker"].isin(HELD_OUT).to_numpy() & ~test
    rows = {
        "train": np.flatnonzero(~test & ~val)[:limit],
        "val": np.flatnonzero(val)[:limit],
        "test": np.flatnonzero(test)[:limit],
    }
    used = np.sort(np.concatenate(list(rows.values())))
    mels = dict(zip(used, _mels([table["audio"].iloc[i] for i in used], cache), strict=True))
    emotions = np.array([CONVERSATION_EMOTIONS.index(name) for name in table["emotion7"]], np.int64)
    corpora = table["corpus"].to_numpy(str)
    return {part: Voices([mels[i] for i in chosen], emotions[chosen], corpora[chosen]) for part, chosen in rows.items()}


def _mels(sounds: list[bytes], cache: Path) -> list[Halves]:
    # what the first voice comes to stands for how voices are turned into mel at all
    first = voice_rows(log_mel(decode(sounds[0]))).tobytes()
    made = key(*(hashlib.sha256(content).hexdigest() for content in (*sounds, first)))

    def encode() -> dict[str, NDArray]:
        mels = [voice_rows(log_mel(decode(sound))).astype(np.float16) for sound in tqdm(sounds, "voices", mininterval=2)]
        return {"rows": np.concatenate(mels), "lengths": np.array([len(mel) for mel in mels])}

    kept = keep(cache / f"voices-{made}.npz", encode)
    return np.split(kept["rows"], kept["lengths"].cumsum()[:-1])


def decode(sound: bytes) -> NDArray[np.float32]:
    """(T,) mono samples of a trusted audio file, -1..1, at RATE."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(io.BytesIO(sound), "r") as file:
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])


def key(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def keep(path: Path, make: Callable[[], dict[str, NDArray]]) -> dict[str, NDArray]:
    """What ``make`` gives, from ``path`` where it was made before."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as fresh:  # by its ending numpy knows that it need not add one
            np.savez(fresh, **make())  # type: ignore[arg-type]  # its stub takes the dictionary for the flag allow_pickle
    with np.load(path) as arrays:
        return dict(arrays)
