"""The preset ``reference`` of the video model: a made-up folder in MELD's layout, a tiny BERT, an
R3D-18 of random weights."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, GradientState
from torch import nn
from transformers import BertConfig, BertModel, BertTokenizer

from mmsent import hub
from mmsent.labels import CONVERSATION_EMOTIONS, EMOTION_TO_SENTIMENT
from mmsent.media import MediaError
from mmsent.models import reference_video
from mmsent.models.reference_video import (
    MIN_MEL_ROWS,
    AudioEncoder,
    FrozenEncoders,
    ReferenceVideoNet,
    class_weights,
)
from train.common.loop import accelerator
from train.video import meld_raw
from train.video import reference as video_reference
from train.video.meld_raw import FRAMES, MELS, ROWS, read_clip, read_meld
from train.video.reference import PLAN, train_reference

WORDS = ["hate", "ugh", "help", "great", "it", "sad", "what"]
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
FOLDERS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}


def write_clip(path: Path, emotion: int, random: np.random.Generator, sound: bool = True) -> None:
    """A second of one colour, with a tone."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 48, 32, "yuv420p"
        audio = file.add_stream("aac", rate=16000, layout="mono") if sound else None
        for _ in range(5):
            picture = np.full((32, 48, 3), 30 * emotion, np.uint8)
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(video.encode(None))
        if audio is not None:
            time = np.arange(16000) / 16000
            samples = (
                0.3 * np.sin(2 * np.pi * 300 * (1 + emotion) * time)
                + 0.01 * random.normal(size=16000)
            ).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate = 16000
            file.mux(audio.encode(frame))
            file.mux(audio.encode(None))


@pytest.fixture(scope="module")
def meld(tmp_path_factory) -> Path:
    """MELD.Raw with seven clips in each part; one that is damaged, one that is missing."""
    folder, random = tmp_path_factory.mktemp("MELD.Raw"), np.random.default_rng(0)
    for part, clips in FOLDERS.items():
        (folder / clips).mkdir()
        with (folder / f"{part}_sent_emo.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "Sr No.",
                    "Utterance",
                    "Speaker",
                    "Emotion",
                    "Sentiment",
                    "Dialogue_ID",
                    "Utterance_ID",
                ]
            )
            for i in range(7):
                emotion = CONVERSATION_EMOTIONS[i % 7]
                sentiment = EMOTION_TO_SENTIMENT[emotion] or "positive"
                writer.writerow([i, WORDS[i % 7], "A", emotion, sentiment, i // 7, i % 7])
                write_clip(folder / clips / f"dia{i // 7}_utt{i % 7}.mp4", i % 7, random)
            if part == "train":
                writer.writerow([7, "it", "A", "neutral", "neutral", 2, 0])
                (folder / clips / "dia2_utt0.mp4").write_bytes(b"no clip")
                writer.writerow([8, "it", "A", "neutral", "neutral", 2, 1])
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), max_position_embeddings=16, initializer_range=0.5, **SIZES
    )
    BertModel(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(autouse=True)
def alone():
    """No accelerator is left over from another test, nor for one."""
    reset()
    yield
    reset()


def reset() -> None:
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.fixture
def quick(monkeypatch):
    """Few frames, small pictures, nothing drawn."""
    monkeypatch.setattr(meld_raw, "FRAMES", 2)
    monkeypatch.setattr(meld_raw, "FRAME_SIDE", 16)
    monkeypatch.setattr(meld_raw, "MAX_LENGTH", 8)
    monkeypatch.setattr(meld_raw, "ROWS", 100)
    monkeypatch.setattr(video_reference.plots, "write_plots", lambda folder, figures: None)


@pytest.mark.slow
def test_learns_from_the_published_layout(meld, bert, quick, tmp_path, capsys, monkeypatch):
    plan = replace(PLAN, epochs=8, batch_size=7, learning_rate=3e-3)
    runs, out = tmp_path / "runs", tmp_path / "video"
    work = accelerator(runs, precision="no")
    work.init_trackers("logs")
    metrics = train_reference(work, meld, runs, out, plan, bert, pretrained=False)
    said = capsys.readouterr().out
    assert "dia2_utt0.mp4: it can't be read" in said
    assert "line 10: there is no dia2_utt1.mp4" in said
    assert metrics["test"]["emotion"]["accuracy"] > 0.4, "chance is 0.14"
    assert metrics["test"]["sentiment"]["n"] == 7
    last = metrics["history"][-1]
    assert {
        "emotion_precision",
        "sentiment_accuracy",
        "val_emotion_precision",
        "val_sentiment_accuracy",
    } <= set(last)
    assert last["val_loss"] == pytest.approx(
        last["val_emotion_loss"] + last["val_sentiment_loss"], abs=1e-4
    )
    assert list(runs.rglob("events.out.tfevents*")), "TensorBoard's log"
    config = hub.read_config(out, "video-reference")
    hub.load_weights(ReferenceVideoNet(**config["architecture"]), out)
    assert (out / "model.safetensors").stat().st_size < 3e6, "the frozen encoders are not in it"

    # what was encoded is not encoded again, and nothing trained again
    monkeypatch.setattr(meld_raw, "read_clip", None)
    again = train_reference(work, meld, runs, out, plan, bert, pretrained=False)
    assert json.loads(json.dumps(again)) == json.loads((out / "metrics.json").read_text())
    assert again["history"] == metrics["history"]
    with pytest.raises(ValueError, match="other settings"):
        train_reference(work, meld, runs, out, replace(plan, epochs=13), bert, pretrained=False)


def test_encoders_that_cannot_be_had_are_said(meld, tmp_path):
    with pytest.raises(hub.CheckpointError, match="--text-model"):
        train_reference(
            accelerator(tmp_path),
            meld,
            tmp_path,
            tmp_path,
            text_model=str(tmp_path / "none"),
            pretrained=False,
        )


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"train_sent_emo\.csv"):
        read_meld(tmp_path, "train")


def test_clips_become_frames_and_sound(meld, tmp_path):
    frames, mel = read_clip(meld / "train_splits" / "dia0_utt3.mp4")
    assert frames.shape == (FRAMES, 112, 112, 3)
    assert abs(float(frames.mean()) - 90) < 8
    assert mel.shape[1] == MELS
    assert 80 < len(mel) <= ROWS
    assert abs(mel.mean()) < 1e-3
    write_clip(tmp_path / "silent.mp4", 1, np.random.default_rng(0), sound=False)
    with pytest.raises(MediaError, match="no sound"):
        read_clip(tmp_path / "silent.mp4")


def test_the_nets_are_those_of_the_reference():
    net = ReferenceVideoNet(768)
    layers = [type(layer).__name__ for layer in net.audio_encoder.conv_layers]
    assert layers == ["Conv1d", "BatchNorm1d", "ReLU", "MaxPool1d"] * 4
    assert [
        layer.out_channels
        for layer in net.audio_encoder.conv_layers
        if isinstance(layer, nn.Conv1d)
    ] == [
        64,
        128,
        256,
        512,
    ]
    assert [
        (layer.in_features, layer.out_features)
        for layer in net.emotion_classifier
        if isinstance(layer, nn.Linear)
    ] == [
        (256, 128),
        (128, 7),
    ]
    assert (net.text_projection.in_features, net.text_projection.out_features) == (768, 128)
    assert net.fusion_layer[0].in_features == 384
    encoder = AudioEncoder(64).eval()
    for rows in (1, MIN_MEL_ROWS - 1, MIN_MEL_ROWS, 300):
        assert encoder(torch.randn(1, rows, 64)).shape == (1, 128)
    with pytest.raises(RuntimeError):
        encoder.conv_layers(torch.randn(1, 64, MIN_MEL_ROWS - 1))


def test_frozen_means_frozen(bert, monkeypatch):
    encoders = FrozenEncoders(BertModel.from_pretrained(bert), pretrained=False).train()
    assert not any(parameter.requires_grad for parameter in encoders.parameters())
    frames = torch.randint(256, (2, 2, 16, 16, 3), dtype=torch.uint8)
    before = {name: value.clone() for name, value in encoders.state_dict().items()}
    with torch.inference_mode():
        torch.testing.assert_close(
            encoders.video(frames)[:1], encoders.video(frames[:1]), atol=1e-4, rtol=1e-3
        )
    assert all(torch.equal(value, before[name]) for name, value in encoders.state_dict().items())
    asked = []

    def fetch(weights: object) -> nn.Module:
        asked.append(weights)
        return nn.Module()

    monkeypatch.setattr(reference_video, "r3d_18", fetch)
    FrozenEncoders(BertModel.from_pretrained(bert))
    assert str(asked[0]) == "R3D_18_Weights.KINETICS400_V1"


def test_rare_labels_weigh_more_and_weights_sum_to_the_classes():
    weights = class_weights(torch.tensor([0, 0, 0, 0, 1, 1, 2]), 3)
    assert weights.sum() == pytest.approx(3)
    torch.testing.assert_close(weights / weights[2], torch.tensor([0.25, 0.5, 1.0]))
