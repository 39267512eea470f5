"""Training of the video model on made-up corpora and small random encoders."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mmsent import hub
from mmsent.labels import (
    CONVERSATION_EMOTIONS,
    FACE_EMOTIONS,
    FACE_TO_CONVERSATION,
)
from mmsent.models.video import VideoNet
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video_inputs import mode_names
from tests.small_models import write_speech, write_video
from tests.toy_video_corpora import tone, write_corpora
from train.common.evaluate import evaluate
from train.video import __main__ as video
from train.video import data as video_data
from train.video import export as finish_video
from train.video import voice_data
from train.video.data import CONVERSATION_OF, Faces, Words, read_voices
from train.video.scores import weighted_f1
from train.video.single_modality import SENTIMENT_OF, SingleModalityDataset, batch_of
from train.video.trust import Side, draw_tuples, fit_trust, tuples_of
from train.video.voice_augment import decode_audio


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
