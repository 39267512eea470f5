"""The preset ``reference`` of the video model: its nets, and a made-up folder in MELD's layout."""

import csv
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
from mmsent.models.reference_video import (
    MIN_MEL_ROWS,
    AudioEncoder,
    ReferenceVideoNet,
    class_weights,
)
from train.common.loop import accelerator
from train.video.meld_raw import read_meld
from train.video.reference import PLAN, train_reference

VIDEO_TOY = replace(PLAN, epochs=8, batch_size=7, learning_rate=3e-3)
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
                wrong = part == "dev" and i > 4  # so that no temperature is as sure as it can be
                emotion = CONVERSATION_EMOTIONS[(i + wrong) % 7]
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


def test_encoders_that_cannot_be_had_are_said(meld, tmp_path):
    with pytest.raises(hub.CheckpointError, match="--text-model"):
        train_reference(
            accelerator(tmp_path),
            meld,
            tmp_path,
            tmp_path,
            text_model=str(tmp_path / "none"),
        )


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"train_sent_emo\.csv"):
        read_meld(tmp_path, "train")


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


def test_what_is_missing_is_the_average_of_the_training():
    torch.manual_seed(0)
    net = ReferenceVideoNet(4, 5, mels=64, mel_rows=50).eval()
    net.set_means(torch.rand(6, 4), torch.rand(6, 5))
    text, pictures, voice = torch.rand(2, 4), torch.rand(2, 1, 5), torch.rand(2, 50 * 64)
    yes, no = torch.ones(2, dtype=torch.bool), torch.zeros(2, dtype=torch.bool)
    with torch.inference_mode():
        nothing = net(text, no, pictures, no[:, None], voice, no)[0]
        means = net.mean_text.expand(2, -1), net.mean_picture.expand(2, 1, -1)
        averages = net(means[0], yes, means[1], yes[:, None], torch.zeros_like(voice), yes)[0]
        for given in ((yes, no, no), (no, yes, no), (no, no, yes)):
            words, seen, heard = given
            alone = net(text, words, pictures, seen[:, None], voice, heard)[0]
            assert not torch.allclose(alone, nothing)
    assert torch.equal(nothing, averages)


def test_rare_labels_weigh_more_and_weights_sum_to_the_classes():
    weights = class_weights(torch.tensor([0, 0, 0, 0, 1, 1, 2]), 3)
    assert weights.sum() == pytest.approx(3)
    torch.testing.assert_close(weights / weights[2], torch.tensor([0.25, 0.5, 1.0]))
