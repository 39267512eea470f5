"""Training data of the voice: embeddings of acted and spoken sentences, augmented at random."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent.clips import Sound as Piece
from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.mel import RATE, speech_rows
from mmsent.pipelines.clip_sound import SoundWatcher
from mmsent.pipelines.speech import SpeechFeatures
from train.common.cache import cache_key, cached_npz
from train.video.voice_augment import Sound, augment_voice, decode_audio

TEST_ACTORS = range(19, 25)  # of RAVDESS; never learnt from
# Speakers that were left out while the recipe was chosen; what ships learns from them, too
HELD_OUT = ("ravdess_17", "ravdess_18", "urdu_SM1", "urdu_SF1")
VIEWS = 1  # of a training voice, changed at random, beside the voice as it is
# Only every n-th row of a corpus is read, others in each view: the two speakers of TESS repeat the
# same sentence
ROW_STRIDE = {"tess": 4}
# share of emotional voices that get a piece of the same speaker's neutral voice at one end
JOIN_SHARE = 0.15
CHUNK = 40  # voices that are kept together

Halves = NDArray[np.float16]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Voices:
    """Voices encoded by ``SpeechFeatures``: states (N, width), emotions (N,), corpora and
    speakers (N,), and ``view`` (N,), 0 for the voice as it was recorded."""

    states: Halves
    emotions: Labels
    corpora: NDArray[np.str_]
    speakers: NDArray[np.str_]
    view: Labels

    def __getitem__(self, rows: NDArray) -> "Voices":
        return Voices(
            self.states[rows],
            self.emotions[rows],
            self.corpora[rows],
            self.speakers[rows],
            self.view[rows],
        )

    @property
    def recorded(self) -> "Voices":
        """The voices as they were recorded, without augmentation."""
        return self[self.view == 0]

    def __add__(self, other: "Voices") -> "Voices":
        return Voices(
            *(
                np.concatenate([getattr(part, name) for part in (self, other)])
                for name in self.__dataclass_fields__
            )
        )

    def __len__(self) -> int:
        return len(self.emotions)


def read_voices(
    data: Path, speech: SpeechFeatures, cache: Path, limit: int | None = None
) -> dict[str, Voices]:
    """ "known" with its VIEWS, and "test" (RAVDESS's TEST_ACTORS), at most ``limit`` recordings of each part, without what has
    none of the emotions. What the encoder makes of them is kept in ``cache``."""
    table = pd.read_parquet(data / "speech/speech_emotion.parquet")
    table = table[table["emotion7"].isin(CONVERSATION_EMOTIONS)].reset_index(drop=True)
    test = table["speaker"].isin([f"ravdess_{actor:02d}" for actor in TEST_ACTORS]).to_numpy()
    held_out = table["speaker"].isin(HELD_OUT).to_numpy()
    train, val, unheard = (
        _encoded(table[rows].head(limit or len(table)), speech, cache, views)
        for rows, views in ((~test & ~held_out, VIEWS), (held_out, VIEWS), (test, 0))
    )
    return {"known": train + val, "test": unheard}


def _encoded(table: pd.DataFrame, speech: SpeechFeatures, cache: Path, views: int) -> Voices:
    states, rows, view = [], [], []
    for number in range(views + 1):
        for chosen, found in view_states(table, speech, cache, number):
            states.append(found)
            rows.append(chosen)
            view.append(np.full(len(chosen), number))
    row = np.concatenate(rows)
    emotions = np.array([CONVERSATION_EMOTIONS.index(name) for name in table["emotion7"]], np.int64)
    corpora, speakers = table["corpus"].to_numpy(str), table["speaker"].to_numpy(str)
    return Voices(
        np.concatenate(states), emotions[row], corpora[row], speakers[row], np.concatenate(view)
    )


def view_states(
    table: pd.DataFrame, speech: SpeechFeatures, cache: Path, view: int
) -> Iterator[tuple[Labels, Halves]]:
    """The rows of ``table`` that are in this view and (n, width) of them, chunk by chunk, every
    chunk a mix of all corpora."""
    every = table["corpus"].map(lambda name: ROW_STRIDE.get(name, 1)).to_numpy()
    rows = np.flatnonzero((np.arange(len(table)) + view) % every == 0)
    rows = np.random.default_rng(view).permutation(rows)
    parts = np.array_split(rows, max(1, round(len(rows) / CHUNK)))
    murmur = _babble_voices(table) if view else []
    for part in tqdm(parts, f"voices, view {view}", mininterval=2):
        sounds = [hashlib.sha256(table["audio"].iloc[i]).hexdigest() for i in part]
        path = cache / f"voices/{cache_key(speech.sha256, speech.width, view, sounds)}.npz"
        states = cached_npz(path, lambda: {"states": _states(table, part, speech, view, murmur)})  # noqa: B023
        yield part, states["states"]


def _babble_voices(table: pd.DataFrame) -> list[Sound]:
    """About forty voices, evenly spaced over the table, for background babble."""
    return [
        decode_audio(io.BytesIO(sound))
        for sound in table["audio"].iloc[:: max(1, len(table) // 40)]
    ]


def _states(
    table: pd.DataFrame, rows: Labels, speech: SpeechFeatures, view: int, murmur: list[Sound]
) -> Halves:
    return np.stack(
        [encode_voice(_sound(table, row, view, murmur), speech) for row in rows]
    ).astype(np.float16)


def _sound(table: pd.DataFrame, row: int, view: int, murmur: list[Sound]) -> Sound:
    sound = decode_audio(io.BytesIO(table["audio"].iloc[row]))
    if not view:
        return sound
    random = np.random.default_rng((view, row))
    this = table.iloc[row]
    calm = table.index[(table["speaker"] == this["speaker"]) & (table["emotion7"] == "neutral")]
    before = None
    if this["emotion7"] != "neutral" and len(calm) and random.random() < JOIN_SHARE:
        before = decode_audio(io.BytesIO(table["audio"].loc[random.choice(calm)]))
    return augment_voice(sound, murmur, before, random)


def encode_voice(sound: Sound, speech: SpeechFeatures) -> NDArray[np.float32]:
    """The voice embedding (width,) of a recording, computed as in the app."""
    watcher = SoundWatcher(keep_samples=False)
    watcher.add(Piece(0.0, sound))
    mel = watcher.sounds().mel
    return speech.voice(speech_rows(mel, watcher.stretches(), 0.0, len(sound) / RATE))
