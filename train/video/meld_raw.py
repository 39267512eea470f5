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
from PIL import Image
from torch.utils.data import TensorDataset
from tqdm.auto import tqdm
from transformers import BertTokenizer

from mmsent.clips import Frame, open_clip
from mmsent.labels import CONVERSATION_EMOTIONS, SENTIMENTS
from mmsent.media import MediaError
from mmsent.mel import log_mel
from mmsent.models.reference_video import FRAME_FEATURES, FRAME_SIDE, FrozenEncoders
from train.common.cache import cache_key, cached_npz
from train.common.problems import summary

MAX_LENGTH = 128  # tokens
FRAMES = 16  # of a clip, evenly over it: as many as R3D-18 was trained on
ROWS = 600  # of log-mel, six seconds: longer sounds are cut, shorter ones padded with zeros
MELS = 64
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
    work: Accelerator,
    data: Path,
    part: str,
    encoders: FrozenEncoders,
    tokenizer: BertTokenizer,
    cache: Path,
) -> TensorDataset:
    """text (N, W), video (N, 512), mel (N, ROWS, MELS), emotions and sentiments (N,) of the
    utterances whose clip can be read; names the others."""
    utterances, problems = read_meld(data, part)
    chunks = []
    for start in tqdm(range(0, len(utterances), CHUNK), f"encode {part}", mininterval=2):
        rows = utterances[start : start + CHUNK]
        path = cache / f"{part}-{cache_key(rows)}.npz"
        chunks.append(cached_npz(path, partial(encode, work, rows, encoders, tokenizer)))
        problems += [
            f"{rows[i].clip.name}: it can't be read."
            for i in np.flatnonzero(~chunks[-1]["readable"])
        ]
    if problems:
        work.print(summary(problems, "utterances are left out"))
    if not chunks or not any(chunk["readable"].any() for chunk in chunks):
        raise ValueError(f"{data} has no utterance with a readable clip in its part “{part}”.")
    names = ("text", "video", "mel", "emotion", "sentiment")
    arrays = [
        np.concatenate([chunk[name][chunk["readable"]] for chunk in chunks]) for name in names
    ]
    return TensorDataset(*map(torch.from_numpy, arrays))


@torch.inference_mode()
def encode(
    work: Accelerator, rows: Sequence[Utterance], encoders: FrozenEncoders, tokenizer: BertTokenizer
) -> dict[str, NDArray]:
    """The arrays of ``encode_part`` and which clips are ``readable``; the others' rows are
    zeros."""
    words = tokenizer(
        [row.text for row in rows],
        padding=True,
        truncation=True,
        max_length=MAX_LENGTH,
        return_tensors="pt",
    )
    text = encoders.text(
        words["input_ids"].to(work.device), words["attention_mask"].to(work.device)
    )
    video, mel = (
        np.zeros((len(rows), FRAME_FEATURES), np.float32),
        np.zeros((len(rows), ROWS, MELS), np.float16),
    )
    readable = np.zeros(len(rows), bool)
    for i, row in enumerate(rows):
        try:
            frames, sound = read_clip(row.clip)
        except MediaError:
            continue
        video[i] = (
            encoders.video(torch.from_numpy(frames)[None].to(work.device)).float().cpu().numpy()
        )
        mel[i, : len(sound)] = sound
        readable[i] = True
    emotion, sentiment = np.array([(row.emotion, row.sentiment) for row in rows], np.int64).T
    return {
        "text": text.float().cpu().numpy(),
        "video": video,
        "mel": mel,
        "emotion": emotion,
        "sentiment": sentiment,
        "readable": readable,
    }


def read_clip(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(FRAMES, FRAME_SIDE, FRAME_SIDE, 3) RGB, evenly over the clip, and (T, MELS) log-mel of its
    beginning, standardised, T at most ROWS. Raises MediaError where the clip can't be read or has
    no picture or no sound."""
    pictures, sounds = [], []
    with open_clip(path) as clip:
        for part in clip:
            if isinstance(part, Frame):
                # squeezed, not cropped: who speaks may stand at the edge
                pictures.append(
                    np.asarray(Image.fromarray(part.picture).resize((FRAME_SIDE, FRAME_SIDE)))
                )
            else:
                sounds.append(part.samples)
    if not pictures or not sounds:
        raise MediaError("The clip has no picture or no sound.")
    mel = log_mel(np.concatenate(sounds), MELS)[:ROWS]
    chosen = np.linspace(0, len(pictures) - 1, FRAMES).round().astype(int)
    return np.stack([pictures[i] for i in chosen]), (mel - mel.mean()) / (mel.std() + 1e-3)


def _first(places: list[Path]) -> Path:
    for place in places:
        if place.exists():
            return place
    raise ValueError(
        f"There is neither {' nor '.join(map(str, places))}: --data must be the folder of MELD as "
        "it is published."
    )
