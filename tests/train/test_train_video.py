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
from safetensors.torch import load_file

from mmsent import hub
from mmsent.labels import (
    CONVERSATION_EMOTIONS,
    EMOTION_TO_SENTIMENT,
    FACE_EMOTIONS,
    FACE_TO_CONVERSATION,
)
from mmsent.models.video import VideoNet
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video_inputs import mode_names
from tests.small_models import write_speech, write_video
from train.common.evaluate import evaluate
from train.video import __main__ as video
from train.video import data as video_data
from train.video import export as finish_video
from train.video import voice_augment as voice_changes
from train.video import voice_data
from train.video.data import CONVERSATION_OF, Faces, Words, read_voices
from train.video.scores import weighted_f1
from train.video.single_modality import SENTIMENT_OF, SingleModalityDataset, batch_of
from train.video.trust import Side, draw_tuples, fit_trust, tuples_of
from train.video.voice import leave_group_out_logits, row_weights, train_voice, voice_logits
from train.video.voice_augment import CODECS, augment_voice, decode_audio
from train.video.voice_data import Voices

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


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    write_corpora(folder)
    return folder


@pytest.mark.slow
def test_the_whole_way_from_corpora_to_checkpoint(data, tmp_path, monkeypatch):
    encoders = tmp_path / "encoders"
    write_video(encoders)
    drawn: list[str] = []
    # drawing takes long
    monkeypatch.setattr(
        finish_video.plots, "write_plots", lambda folder, figures: drawn.extend(figures)
    )
    monkeypatch.setattr(
        video, "PLAN", replace(video.PLAN, epochs=8, batch_size=32, learning_rate=5e-3, ema=0.8)
    )
    monkeypatch.setattr(video, "DROPOUT", 0.1)
    monkeypatch.setattr(voice_data, "ROW_STRIDE", {})
    monkeypatch.setattr(voice_data, "VIEWS", 0)
    out, runs = tmp_path / "video", tmp_path / "runs"
    models = ["--text-model", str(encoders / "text"), "--face-model", str(encoders / "face")]
    models += ["--speech-model", str(encoders / "speech")]
    command = [
        "x",
        "--data",
        str(data),
        "--runs",
        str(runs),
        "--out",
        str(out),
        "--seeds",
        "2",
        *models,
    ]
    monkeypatch.setattr(sys, "argv", command)
    video.main()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["text"]["emotion"]["accuracy"] > 0.4, "chance is 0.14"
    assert metrics["test"]["audio"]["emotion"]["n"] == 14
    assert metrics["test"]["face"]["emotion"]["n"] == 14
    assert len(metrics["seeds"]["audio"]["each"]) == 2
    assert set(metrics["tuples"]["accuracy"]) == set(mode_names())
    assert set(metrics["unseen"]) == {"ravdess", "tess"}
    assert metrics["unseen"]["tess"]["n"] == 21
    config = hub.read_config(out, "video")
    assert set(config["calibration"]) == set(mode_names())
    assert config["encoders"]["face"]["sha256"] == hub.sha256(
        encoders / "face" / "model.safetensors"
    )
    hub.load_weights(VideoNet(**config["architecture"]), out)
    card = (out / "README.md").read_text()
    assert f"{metrics['test']['audio']['emotion']['accuracy']:.3f}" in card
    assert {"training_curves", "confusion_audio", "reliability_text"} <= set(drawn)

    # what was encoded is not encoded again, and nothing trained again
    monkeypatch.setattr(video_data, "text_rows", None)
    monkeypatch.setattr(voice_data, "encode_voice", None)
    (out / "metrics.json").unlink()
    video.main()
    assert json.loads((out / "metrics.json").read_text()) == metrics

    weights = load_file(out / "model.safetensors")
    monkeypatch.setattr(video, "train_single_modality", None)
    monkeypatch.setattr(
        sys, "argv", [*command, "--keep", str(out), "--out", str(tmp_path / "again")]
    )
    video.main()
    again = load_file(tmp_path / "again/model.safetensors")
    assert all(
        torch.equal(weights[name], again[name])
        for name in weights
        if name.startswith(("text.", "face."))
    )
    assert "words_and_faces" in hub.read_config(tmp_path / "again", "video")["training"]


@pytest.mark.slow
def test_voices_are_split_by_speaker_and_decoded_whole(data, tmp_path):
    speech = SpeechFeatures(write_speech(tmp_path), "cpu")
    voices = read_voices(data, speech, tmp_path / "cache")
    assert not set(voices["known"].speakers) & set(voices["test"].speakers)
    assert set(voices["test"].speakers) == {"ravdess_20"}
    assert len(voices["test"]) == 14
    assert (voices["known"].view == 0).sum() < 56, "of one corpus a part is enough"
    assert set(voices["known"].view) == set(range(voice_data.VIEWS + 1))
    samples = decode_audio(io.BytesIO(tone(440, np.random.default_rng(1), 1.0)))
    assert len(samples) == pytest.approx(16000, abs=400)
    assert samples.dtype == np.float32
    assert np.abs(np.fft.rfft(samples)).argmax() / len(samples) * 16000 == pytest.approx(440, abs=2)


def voices_of(random: np.random.Generator, each: int = 6) -> Voices:
    """Three corpora in which an emotion is a direction, bent otherwise in each."""
    emotions = np.tile(np.repeat(np.arange(7), each), 3)
    corpora = np.repeat(["ravdess", "tess", "urdu"], 7 * each)
    states = np.eye(7)[emotions] + 0.3 * random.normal(size=(len(emotions), 7))
    states[corpora == "urdu"] = states[corpora == "urdu"][:, ::-1]
    speakers = np.char.add(corpora, (np.arange(len(emotions)) % 3).astype(str))
    return Voices(
        states.astype(np.float16), emotions, corpora, speakers, np.zeros(len(emotions), np.int64)
    )


def test_a_voice_is_learnt_in_closed_form_and_a_corpus_can_be_left_out():
    voices = voices_of(np.random.default_rng(0))
    alike = voices[voices.corpora != "urdu"]
    assert (
        voice_logits(train_voice(alike), alike).emotion.argmax(1) == alike.emotions
    ).mean() > 0.9
    told = leave_group_out_logits(voices, voices.corpora)
    right = told.emotion.argmax(1) == voices.emotions
    assert right[voices.corpora == "tess"].mean() > 0.7
    assert right[voices.corpora == "urdu"].mean() < 0.4, "what was left out was not heard"
    assert not torch.equal(
        train_voice(voices, 0).emotion.weight, train_voice(voices, 1).emotion.weight
    )


def test_corpora_are_weighed():
    voices = voices_of(np.random.default_rng(0))
    found = row_weights(voices, voices.emotions)
    of = {corpus: found[voices.corpora == corpus].sum() for corpus in ("ravdess", "tess", "urdu")}
    assert of["ravdess"] == pytest.approx(2 * of["tess"])
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: f"{codec[0]}-{codec[3]}")
def test_changed_voices_stay_voices(codec, monkeypatch):
    monkeypatch.setattr(voice_changes, "CODECS", (codec,))
    sound = decode_audio(io.BytesIO(tone(440, np.random.default_rng(1), 1.0)))
    assert (
        np.abs(np.fft.rfft(voice_changes._coded(sound, np.random.default_rng(0)))[:5000]).argmax()
        > 0
    )
    for seed in range(4):
        other = augment_voice(
            sound, [sound[::-1]], sound if seed % 2 else None, np.random.default_rng(seed)
        )
        assert other.dtype == np.float32
        assert np.isfinite(other).all()
        assert 0.4 * len(sound) < len(other) < 3 * len(sound)
        assert np.abs(other).max() > 0.01


def sides(random: np.random.Generator, voice: float) -> dict[str, Side]:
    """Words and faces that tell much, and voices that tell as much as ``voice``."""
    made = {}
    for name, strength in (("text", 2.0), ("audio", voice), ("face", 2.0)):
        emotions = random.integers(7, size=400)
        logits = {
            "emotion": (random.normal(size=(400, 7)) + strength * np.eye(7)[emotions]).astype(
                np.float32
            ),
            "sentiment": random.normal(size=(400, 3)).astype(np.float32),
        }
        made[name] = Side(logits, emotions, SENTIMENT_OF[emotions], np.arange(400) % 2)
    return made


@pytest.mark.parametrize(("voice", "least", "most"), [(0.0, 0.0, 0.2), (2.0, 0.4, 2.0)])
def test_a_voice_that_tells_nothing_counts_for_nothing(voice, least, most):
    net = VideoNet(4, 4, 4, width=4, hidden=4)
    fit_trust(
        {"emotion": net.emotion, "sentiment": net.sentiment}, sides(np.random.default_rng(0), voice)
    )
    for number in (3, 6, 7):  # sets with the voice
        assert least <= net.emotion.weight[number, 1].item() <= most
    assert net.emotion.bias[6].abs().max() == 0, "without words no label is preferred"
    assert torch.equal(net.emotion.weight[1], torch.ones(3)), "alone each side speaks as it is"


def test_tuples_have_one_label_and_strangers_any():
    made = sides(np.random.default_rng(0), 50.0)
    alike = draw_tuples(made, "face", np.random.default_rng(0))
    assert (alike.logits["emotion"][:, 1].argmax(1) == alike.truth["emotion"]).all()
    some = tuples_of(made, "audio+face", 0, stranger=0.5)
    assert 0.6 < (some.logits["emotion"][:, 1].argmax(1) == some.truth["emotion"]).mean() < 0.9


def test_words_and_faces_are_learnt_alone():
    torch.manual_seed(0)
    labels = np.repeat(np.arange(7), 3)
    marked = labels[:, None].astype(np.float16) * np.ones((1, 4), np.float16)
    rows = SingleModalityDataset(
        Words(marked, labels, SENTIMENT_OF[labels]), Faces(marked[:, None], labels)
    )
    examples = [rows[i] for _ in range(20) for i in range(len(rows))]
    assert {tuple(part is not None for part in example[:2]) for example in examples} == {
        (True, False),
        (False, True),
    }
    *inputs, emotions, sentiments = batch_of(examples, (4, 4, 4))
    assert [tuple(tensor.shape[1:]) for tensor in (inputs[0], inputs[4])] == [(4,), (4,)]
    assert inputs[2].shape[1] > 1, "some rows have several faces"
    assert not inputs[5].any()
    assert emotions.max() == 6
    assert sentiments.min() == -1, "a surprised face alone is of no known sentiment"


def test_face_labels_are_those_of_conversations():
    assert [CONVERSATION_EMOTIONS[i] for i in CONVERSATION_OF] == [
        FACE_TO_CONVERSATION[name] for name in FACE_EMOTIONS
    ]


def test_weighted_f1_is_that_of_the_labels():
    random = np.random.default_rng(0)
    truth, guess = random.integers(3, size=200), random.integers(3, size=200)
    found = weighted_f1(guess, truth, draws=100)
    scores = evaluate(np.eye(3)[guess], truth, ("a", "b", "c"), 0.0)["per_class"]
    assert found["weighted_f1"] == pytest.approx(
        sum(row["f1"] * row["n"] for row in scores.values()) / 200, abs=1e-3
    )
    low, high = found["weighted_f1_interval"]
    assert low < found["weighted_f1"] < high
