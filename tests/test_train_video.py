"""Training of the video model on made-up corpora and small random encoders."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
import torch

from mmsent import hub
from mmsent.labels import CONVERSATION_EMOTIONS, EMOTION_TO_SENTIMENT, FACE_EMOTIONS, FACE_TO_CONVERSATION
from mmsent.models.video import VideoNet
from mmsent.pipelines.video_inputs import MODALITIES, modes
from tests.small_models import write_video
from train import finish_video, video, video_data
from train.evaluate import evaluate
from train.finish_video import calibrate, weighted_f1
from train.video_data import CONVERSATION_OF, Faces, Words, decode, read_voices
from train.video_pairs import SENTIMENT_OF, Mixture, batch_of
from train.voice import VoiceAugment, balanced, stack

WORDS = dict(zip(CONVERSATION_EMOTIONS, ("hate", "broken", "not", "great", "it", "bad", "love"), strict=True))
EACH = {"train": 6, "val": 2, "test": 2}  # rows an emotion


def tone(pitch: float, random: np.random.Generator, seconds: float = 1.2) -> bytes:
    """A tone with noise as Ogg/Opus, 16 kHz mono."""
    time = np.arange(int(16000 * seconds)) / 16000
    samples = 0.4 * np.sin(2 * np.pi * pitch * time) + 0.01 * random.normal(size=len(time))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype(np.int16)[None], format="s16", layout="mono")
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
            line = {"split": "dev" if part == "val" else part, "Dialogue_ID": i // 4, "Utterance_ID": i % 4}
            sentiment = EMOTION_TO_SENTIMENT[emotion] or "positive"
            lines.append(line | {"Emotion": emotion, "Sentiment": sentiment, "text": f"the {WORDS[emotion]} ."})
            speaker = {"train": "ravdess_01", "val": "ravdess_17", "test": "ravdess_20"}[part]
            sound = tone(300 * 1.5 ** (i % 7), random, 0.9 + 0.02 * i)
            voices.append({"audio": sound, "corpus": "ravdess", "speaker": speaker, "emotion7": emotion})
            usage = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}[part]
            pixels = (random.integers(30, size=48 * 48) + 35 * (i % 7)).astype(np.uint8)
            label = [FACE_TO_CONVERSATION[name] for name in FACE_EMOTIONS].index(emotion)
            faces["df_train" if part == "train" else "df_test"].append({"pixels": pixels, "emotion": label, "usage": usage})
    voices.append(voices[0] | {"emotion7": ""})
    pd.DataFrame(lines).to_csv(folder / "meld/meld.csv", index=False)
    pd.DataFrame(voices).to_parquet(folder / "speech/speech_emotion.parquet")
    for name, rows in faces.items():
        pd.DataFrame(rows).to_parquet(folder / f"face/{name}.parquet.gzip")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    write_corpora(folder)
    return folder


def test_the_whole_way_from_corpora_to_checkpoint(data, tmp_path, monkeypatch):
    encoders = tmp_path / "encoders"
    write_video(encoders)
    drawn: list[str] = []
    monkeypatch.setattr(finish_video.plots, "write_plots", lambda folder, figures: drawn.extend(figures))  # drawing takes long
    monkeypatch.setattr(video, "PLAN", replace(video.PLAN, epochs=6, batch_size=32, learning_rate=5e-3, ema=0.8))
    monkeypatch.setattr(video, "VOICE_PLAN", replace(video.VOICE_PLAN, epochs=4, batch_size=16, learning_rate=3e-3, ema=0.7))
    monkeypatch.setattr(video, "DROPOUT", 0.1)
    out, runs = tmp_path / "video", tmp_path / "runs"
    models = ["--text-model", str(encoders / "text"), "--face-model", str(encoders / "face")]
    command = ["x", "--data", str(data), "--runs", str(runs), "--out", str(out), "--seeds", "2", *models]
    monkeypatch.setattr(sys, "argv", command)
    video.main()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["text"]["emotion"]["accuracy"] > 0.4, "chance is 0.14"
    assert metrics["test"]["audio"]["emotion"]["n"] == 14
    assert metrics["test"]["face"]["emotion"]["n"] == 14
    assert len(metrics["seeds"]["audio"]["each"]) == 2
    assert set(metrics["tuples"]["accuracy"]) == set(modes())
    config = hub.read_config(out, "video")
    assert set(config["calibration"]) == set(modes())
    assert config["encoders"]["face"]["sha256"] == hub.sha256(encoders / "face" / "model.safetensors")
    hub.load_weights(VideoNet(**config["architecture"]), out)
    card = (out / "README.md").read_text()
    assert f"{metrics['test']['audio']['emotion']['accuracy']:.3f}" in card
    assert {"training_curves", "confusion_audio", "reliability_text"} <= set(drawn)

    monkeypatch.setattr(video_data, "text_rows", None)  # what was encoded is not encoded again, and nothing trained again
    (out / "metrics.json").unlink()
    video.main()
    assert json.loads((out / "metrics.json").read_text()) == metrics


def test_voices_are_split_by_speaker_and_decoded_whole(data, tmp_path):
    voices = read_voices(data, tmp_path)
    assert {part: len(rows.mels) for part, rows in voices.items()} == {"train": 42, "val": 14, "test": 14}
    samples = decode(tone(440, np.random.default_rng(1), 1.0))
    assert len(samples) == pytest.approx(16000, abs=400)
    assert samples.dtype == np.float32
    assert np.abs(np.fft.rfft(samples)).argmax() / len(samples) * 16000 == pytest.approx(440, abs=2)


def test_corpora_are_weighed():
    rows = balanced(np.array(["ravdess", "tess", "tess", "tess", "urdu"]))
    assert sorted(rows) == [0, 0, 1, 4]


def test_changed_voices_stay_voices():
    torch.manual_seed(0)
    mel, heard = stack([np.random.default_rng(i).normal(size=(100 + 60 * i, 64)) for i in range(4)])
    changed, inside = VoiceAugment()(mel, heard)
    assert changed.shape[:2] == inside.shape
    assert torch.isfinite(changed).all()
    lengths = inside.sum(dim=1)
    assert (lengths > 0.4 * heard.sum(dim=1)).all()
    assert (lengths < 1.3 * heard.sum(dim=1)).all()
    none = VoiceAugment(speed=0, shift=0, stretch=0, cut=0, tone=0, noisy=0, holes=0)
    same, inside = none(mel, heard)
    torch.testing.assert_close(same[inside], mel[heard], atol=1e-4, rtol=1e-3)


def mixture() -> Mixture:
    labels = np.repeat(np.arange(7), 3)
    marked = labels[:, None].astype(np.float16) * np.ones((1, 4), np.float16)
    return Mixture(Words(marked, labels, SENTIMENT_OF[labels]), marked[:, None], labels, Faces(marked[:, None], labels))


def test_rows_are_joined_by_label_and_parts_go_missing():
    torch.manual_seed(0)
    rows = mixture()
    examples = [rows[i] for _ in range(20) for i in range(len(rows))]
    kinds = {tuple(part is not None for part in example[:3]) for example in examples}
    assert len(kinds) == 7, "every set of modalities occurs"
    joined = [(float(voice[0]), emotion) for text, _, voice, emotion, _ in examples if text is not None and voice is not None]
    agree = np.mean([voice == emotion for voice, emotion in joined])
    assert 0.7 < agree < 0.95, "most of what joins has the same label, a stranger now and then any"
    *inputs, emotions, sentiments = batch_of(examples, (4, 4, 4))
    assert [tuple(tensor.shape[1:]) for tensor in (inputs[0], inputs[4])] == [(4,), (4,)]
    assert inputs[2].shape[1] > 1, "some utterances have several faces"
    assert emotions.max() == 6
    assert sentiments.min() == -1, "a surprised face alone is of no known sentiment"


def test_face_labels_are_those_of_conversations():
    assert [CONVERSATION_EMOTIONS[i] for i in CONVERSATION_OF] == [FACE_TO_CONVERSATION[name] for name in FACE_EMOTIONS]


def test_several_modalities_are_as_careful_as_the_most_careful_one():
    random = np.random.default_rng(0)
    labels = {name: {"emotion": random.integers(7, size=300), "sentiment": random.integers(-1, 3, 300)} for name in MODALITIES}
    scale = {"text": 1.0, "audio": 5.0, "face": 2.0}
    logits = {
        name: {
            task: (scale[name] * random.normal(size=(300, n)) + 2 * np.eye(n)[labels[name][task]]).astype(np.float32)
            for task, n in (("emotion", 7), ("sentiment", 3))
        }
        for name in MODALITIES
    }
    found = calibrate(logits, labels)
    for task in ("emotion", "sentiment"):
        alone = {name: found[name][task]["temperature"] for name in MODALITIES}
        assert found["text+audio+face"][task]["temperature"] == max(alone.values())
        assert alone["audio"] > alone["text"]


def test_weighted_f1_is_that_of_the_labels():
    random = np.random.default_rng(0)
    truth, guess = random.integers(3, size=200), random.integers(3, size=200)
    found = weighted_f1(guess, truth, draws=100)
    scores = evaluate(np.eye(3)[guess], truth, ("a", "b", "c"), 0.0)["per_class"]
    assert found["weighted_f1"] == pytest.approx(sum(row["f1"] * row["n"] for row in scores.values()) / 200, abs=1e-3)
    low, high = found["weighted_f1_interval"]
    assert low < found["weighted_f1"] < high
