"""Reads MELD as it is published, a CSV file and a folder of clips for each part, and encodes it
with frozen encoders, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch.utils.data import TensorDataset
from tqdm.auto import tqdm

from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.media import MediaError
from mmsent.pipelines.clip_readers import SceneClipReader
from mmsent.pipelines.clip_spans import Span
from mmsent.pipelines.clip_watch import watch_clip
from train.common.cache import cache_key, cached_npz
from train.common.problems import summary

CHUNK = 64  # clips that are encoded and kept together
COLUMNS = ("Utterance", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID")
# Part -> the folder of its clips, as published or named alike. Both may lie in the folder itself or
# in one named like the part.
CLIPS = {
    "train": ("train_splits",),
    "dev": ("dev_splits_complete", "dev_splits"),
    "test": ("output_repeated_splits_test", "test_splits"),
}


@dataclass(frozen=True)
class Utterance:
    """What is said, its labels (index in CONVERSATION_EMOTIONS and SENTIMENTS), and its clip."""

    text: str
    emotion: int
    sentiment: int
    clip: Path


def read_meld(folder: Path, part: str) -> tuple[list[Utterance], list[str]]:
    """The utterances of a part ("train", "dev", "test") that have labels and a clip, and a sentence
    for each that has not.

    Raises ValueError where the CSV file or the folder of clips is missing, or a column.
    """
    file = _first([folder / f"{part}_sent_emo.csv", folder / part / f"{part}_sent_emo.csv"])
    clips = _first([place / name for name in CLIPS[part] for place in (folder, folder / part)])
    table = pd.read_csv(file, keep_default_na=False)
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise ValueError(f"{file} has no column {missing[0]!r}; needed are {', '.join(COLUMNS)}.")
    utterances, problems = [], []
    for line, row in enumerate(table.to_dict("records"), start=2):
        clip = clips / f"dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}.mp4"
        emotion, sentiment = (
            str(row["Emotion"]).strip().lower(),
            str(row["Sentiment"]).strip().lower(),
        )
        if emotion not in CONVERSATION_EMOTIONS or sentiment not in SENTIMENTS:
            problems.append(
                f"{file.name}, line {line}: {emotion!r} and {sentiment!r} are no labels of MELD."
            )
        elif not clip.is_file():
            problems.append(f"{file.name}, line {line}: there is no {clip.name} in {clips.name}.")
        else:
            labels = CONVERSATION_EMOTIONS.index(emotion), SENTIMENTS.index(sentiment)
            utterances.append(Utterance(str(row["Utterance"]), *labels, clip))
    return utterances, problems


def encode_part(
    work: Accelerator, data: Path, part: str, reader: SceneClipReader, cache: Path
) -> TensorDataset:
    """text (N, W), picture (N, W'), sound (N, mel_rows * mels), emotions and sentiments (N,) of the
    utterances whose clip can be read and has picture and sound; names the others."""
    utterances, problems = read_meld(data, part)
    chunks = []
    for start in tqdm(range(0, len(utterances), CHUNK), f"encode {part}", mininterval=2):
        rows = utterances[start : start + CHUNK]
        path = cache / f"{part}-{cache_key(rows)}.npz"
        chunks.append(cached_npz(path, partial(encode, rows, reader)))
        problems += [
            f"{rows[i].clip.name}: it can't be read, or has no picture or no sound."
            for i in np.flatnonzero(~chunks[-1]["readable"])
        ]
    if problems:
        work.print(summary(problems, "utterances are left out"))
    if not chunks or not any(chunk["readable"].any() for chunk in chunks):
        raise ValueError(f"{data} has no utterance with a readable clip in its part “{part}”.")
    names = ("text", "picture", "sound", "emotion", "sentiment")
    arrays = [
        np.concatenate([chunk[name][chunk["readable"]] for chunk in chunks]) for name in names
    ]
    return TensorDataset(*map(torch.from_numpy, arrays))


def encode(rows: Sequence[Utterance], reader: SceneClipReader) -> dict[str, NDArray]:
    """The arrays of ``encode_part`` and which clips are ``readable``; the others' rows are zeros.
    All of it as the page reads a clip, of which the whole is one utterance."""
    text, _ = reader.texts([row.text for row in rows], [()] * len(rows))
    picture = np.zeros((len(rows), reader.seen_width), np.float32)
    sound = np.zeros((len(rows), reader.mel_rows * reader.mels), np.float16)
    frames: dict[int, NDArray[np.uint8]] = {}
    for i, row in enumerate(rows):
        try:
            clip = watch_clip(row.clip, reader.watcher(), mels=reader.mels)
        except MediaError:
            continue
        seen = reader.frames(clip, 0.0, clip.duration)
        if seen is None or not len(clip.sounds.mel):
            continue
        frames[i] = seen
        (heard,) = reader.voices(clip, [Span(0.0, clip.duration, row.text)])
        if heard is not None:
            sound[i] = heard
    picture[list(frames)] = reader.motion(list(frames.values()))
    emotion, sentiment = np.array([(row.emotion, row.sentiment) for row in rows], np.int64).T
    readable = np.isin(np.arange(len(rows)), list(frames))
    return {
        "text": text,
        "picture": picture,
        "sound": sound,
        "emotion": emotion,
        "sentiment": sentiment,
        "readable": readable,
    }


def _first(places: list[Path]) -> Path:
    for place in places:
        if place.exists():
            return place
    raise ValueError(
        f"There is neither {' nor '.join(map(str, places))}: --data must be the folder of MELD as "
        "it is published."
    )
