"""Made-up conversations, voices and faces in the layout of the published ones."""

import io
from pathlib import Path

import av
import numpy as np
import pandas as pd

from mmsent.labels import (
    CONVERSATION_EMOTIONS,
    EMOTION_TO_SENTIMENT,
    FACE_EMOTIONS,
    FACE_TO_CONVERSATION,
)

WORDS = dict(
    zip(CONVERSATION_EMOTIONS, ("hate", "broken", "not", "great", "it", "bad", "love"), strict=True)
)
EACH = {"train": 6, "val": 2, "test": 2}  # rows an emotion


def tone(pitch: float, random: np.random.Generator, seconds: float = 1.2) -> bytes:
    """A tone with noise as Ogg/Opus, 16 kHz mono."""
    time = np.arange(int(16000 * seconds)) / 16000
    samples = 0.4 * np.sin(2 * np.pi * pitch * time) + 0.01 * random.normal(size=len(time))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = 16000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return buffer.getvalue()


def write_corpora(folder: Path) -> None:
    """The files that ``train.video`` reads; a word, a pitch and a shade give the emotion away."""
    random = np.random.default_rng(0)
    for name in ("meld", "speech", "face"):
        (folder / name).mkdir(parents=True)
    lines: list[dict] = []
    voices: list[dict] = []
    faces: dict[str, list[dict]] = {"df_train": [], "df_test": []}
    for part, each in EACH.items():
        for i in range(each * 7):
            emotion = CONVERSATION_EMOTIONS[i % 7]
            line = {
                "split": "dev" if part == "val" else part,
                "Dialogue_ID": i // 4,
                "Utterance_ID": i % 4,
            }
            sentiment = EMOTION_TO_SENTIMENT[emotion] or "positive"
            lines.append(
                line
                | {"Emotion": emotion, "Sentiment": sentiment, "text": f"the {WORDS[emotion]} ."}
            )
            corpus = "tess" if part == "train" and i % 2 else "ravdess"
            speaker = {"train": f"{corpus}_0{i % 4}", "val": "ravdess_17", "test": "ravdess_20"}[
                part
            ]
            sound = tone(300 * 1.5 ** (i % 7), random, 0.9 + 0.02 * i)
            voices.append(
                {"audio": sound, "corpus": corpus, "speaker": speaker, "emotion7": emotion}
            )
            usage = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}[part]
            pixels = (random.integers(30, size=48 * 48) + 35 * (i % 7)).astype(np.uint8)
            label = [FACE_TO_CONVERSATION[name] for name in FACE_EMOTIONS].index(emotion)
            faces["df_train" if part == "train" else "df_test"].append(
                {"pixels": pixels, "emotion": label, "usage": usage}
            )
    voices.append(voices[0] | {"emotion7": ""})
    pd.DataFrame(lines).to_csv(folder / "meld/meld.csv", index=False)
    pd.DataFrame(voices).to_parquet(folder / "speech/speech_emotion.parquet")
    for name, rows in faces.items():
        pd.DataFrame(rows).to_parquet(folder / f"face/{name}.parquet.gzip")
