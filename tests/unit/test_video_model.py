"""The video net and how an utterance becomes its inputs."""

import json

import numpy as np
import pytest
import torch

from mmsent import hub
from mmsent.mel import MELS, normalize_level
from mmsent.models.face import FaceNet
from mmsent.models.speech import VoiceStates
from mmsent.models.video import VideoNet
from mmsent.pipelines.encoders import TextFeatures
from mmsent.pipelines.face import FacePipeline
from mmsent.pipelines.speech import SpeechFeatures
from mmsent.pipelines.video import VideoPipeline
from mmsent.pipelines.video_inputs import (
    MAX_FACES,
    calibration_of,
    collate_moments,
    face_rows,
    mode_name,
    mode_names,
    text_rows,
)
from mmsent.ui.server import gpu
from tests.small_models import write_encoders, write_speech, write_video

TEXT, FACE, VOICE = 12, 10, 9


@pytest.fixture
def net():
    torch.manual_seed(0)
    return VideoNet(TEXT, FACE, VOICE, width=8, hidden=16).eval()


@pytest.fixture
def random():
    return np.random.default_rng(0)


def utterance(random, faces=3):
    return random.normal(size=(faces, FACE)).astype(np.float32), random.normal(size=VOICE).astype(
        np.float32
    )


def test_any_set_of_modalities_is_answered_and_each_counts(net, random):
    faces, mel = utterance(random)
    text = random.normal(size=(1, TEXT)).astype(np.float32)
    answers = {}
    for mode in mode_names():
        inputs = collate_moments(
            text,
            np.array(["text" in mode]),
            [faces if "face" in mode else None],
            [mel if "audio" in mode else None],
            FACE,
            VOICE,
        )
        emotion, sentiment = net(*inputs)
        assert emotion.shape == (1, 7)
        assert sentiment.shape == (1, 3)
        assert torch.isfinite(emotion).all()
        answers[mode] = emotion.detach()
    rows = torch.cat(list(answers.values()))
    assert torch.pdist(rows).min() > 1e-4, "no two sets of modalities give the same answer"


def test_what_is_missing_does_not_leak_in(net, random):
    mel = utterance(random)[1]
    text = random.normal(size=(1, TEXT)).astype(np.float32)
    given = list(collate_moments(text, np.array([False]), [None], [mel], FACE, VOICE))
    other = [given[0] + 5, given[1], torch.randn_like(given[2]), *given[3:]]
    torch.testing.assert_close(net(*given), net(*other))


def test_padding_and_neighbours_change_nothing(net, random):
    faces, mel = utterance(random, 2)
    more_faces, other = utterance(random, 5)
    text = random.normal(size=(2, TEXT)).astype(np.float32)
    there = np.array([True, True])
    together = net(*collate_moments(text, there, [faces, more_faces], [mel, other], FACE, VOICE))
    alone = net(*collate_moments(text[:1], there[:1], [faces], [mel], FACE, VOICE))
    for whole, part in zip(together, alone, strict=True):
        torch.testing.assert_close(whole[:1], part, atol=1e-5, rtol=1e-4)


def test_each_side_is_trusted_as_much_as_was_fitted(net, random):
    """A side that counts for nothing in a set changes nothing there, and still speaks alone."""
    faces, voice = utterance(random)
    text = random.normal(size=(1, TEXT)).astype(np.float32)

    def said(mode):
        heard = [voice if "audio" in mode else None]
        inputs = (text, np.array(["text" in mode]), [faces if "face" in mode else None], heard)
        return net(*collate_moments(*inputs, FACE, VOICE))[0]

    audio, face = said("audio"), said("face")
    # before it is fitted, all count whole
    torch.testing.assert_close(said("audio+face"), audio + face)
    with torch.no_grad():
        net.emotion.weight[6] = torch.tensor([0.0, 0.0, 0.5])  # bits 1 and 2: voice and face
        net.emotion.bias[6, 3] = 1.0
    torch.testing.assert_close(said("audio+face"), 0.5 * face + torch.eye(7)[3])
    torch.testing.assert_close(said("audio"), audio)


@pytest.mark.parametrize("rows", [2, 3, 50, 299, 3000])
def test_a_voice_is_heard_at_its_own_length(tmp_path_factory, random, rows):
    speech = SpeechFeatures(write_speech(tmp_path_factory.mktemp("ear")), "cpu")
    mel = random.normal(size=(rows, MELS)).astype(np.float32)
    heard = speech.voice(mel)
    assert heard.shape == (speech.width,)
    assert np.isfinite(heard).all()
    np.testing.assert_allclose(speech.voice(mel + 2), heard, atol=1e-4)  # its level does not count
    net = VoiceStates(speech.net.model.encoder)
    with torch.inference_mode():
        np.testing.assert_allclose(
            net(torch.from_numpy(normalize_level(mel))[None])[0].numpy(), heard, atol=1e-3
        )


def test_a_voice_is_means_and_then_deviations_over_time(tmp_path, random):
    speech = SpeechFeatures(write_speech(tmp_path), "cpu")
    mel = random.normal(size=(60, MELS)).astype(np.float32)
    states: list[np.ndarray] = []
    hooks = [
        layer.register_forward_hook(lambda _, __, out: states.append(out[0].numpy()))
        for layer in speech.net.model.encoder.layers
    ]
    with torch.inference_mode():
        VoiceStates(speech.net.model.encoder)(torch.from_numpy(normalize_level(mel))[None])
    for hook in hooks:
        hook.remove()
    means, deviations = np.split(speech.voice(mel), 2)
    np.testing.assert_allclose(np.concatenate([s.mean(0) for s in states]), means, atol=1e-3)
    np.testing.assert_allclose(np.concatenate([s.std(0) for s in states]), deviations, atol=1e-3)


def test_a_head_trained_on_other_voice_embeddings_is_one_sentence(tmp_path):
    folder = write_video(tmp_path)
    config = hub.read_config(folder, "video")
    config["architecture"]["voice_width"] = 32
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(hub.CheckpointError, match="reads 32 numbers of the encoder “voice”"):
        VideoPipeline(folder, "cpu")


def test_lead_faces_are_chosen_evenly(random):
    embeddings = np.arange(100, dtype=np.float32)[:, None].repeat(FACE, 1)
    chosen = face_rows(embeddings)
    assert len(chosen) == MAX_FACES
    assert chosen[0, 0] == 0
    assert chosen[-1, 0] == 99
    np.testing.assert_array_equal(face_rows(embeddings[:3]), embeddings[:3])
    assert face_rows(embeddings[:0]).shape == (0, FACE)


def test_text_rows_hold_the_utterance_and_what_was_said_before(tmp_path):
    write_encoders(tmp_path)
    features = TextFeatures(tmp_path / "text")
    earlier = ["no more", "so", "a bag", "", "the strap"]  # only the last three with words count
    rows, has_text = text_rows(features, ["a great day", "", "it is bad"], [[], ["a bag"], earlier])
    assert rows.shape == (3, 2 * features.width)
    assert rows.dtype == np.float32
    assert has_text.tolist() == [True, False, True]
    mean = {
        text: features([text])[0].states.mean(axis=0)
        for text in ("a great day", "so", "a bag", "the strap")
    }
    np.testing.assert_allclose(
        rows[0], np.concatenate([mean["a great day"], 0 * mean["so"]]), atol=1e-3
    )
    np.testing.assert_allclose(
        rows[2, features.width :], (mean["so"] + mean["a bag"] + mean["the strap"]) / 3, atol=1e-3
    )
    assert text_rows(features, [], [])[0].shape == (0, 2 * features.width)


def test_face_embeddings_end_with_what_the_face_model_says(face_checkpoint, random):
    face = FacePipeline(face_checkpoint)
    crops = [random.integers(256, size=(48, 48), dtype=np.uint8) for _ in range(3)]
    rows = face.embeddings(crops)
    config = hub.read_config(face_checkpoint, "face")
    net = FaceNet(mean=config["preprocessing"]["mean"], **config["architecture"])
    hub.load_weights(net, face_checkpoint)
    with torch.inference_mode():
        expected = net.eval()(torch.from_numpy(np.stack(crops)[:, None])).numpy()
    assert rows.shape == (3, 512 + 7) == (3, face.width)
    np.testing.assert_allclose(rows[:, 512:], expected, atol=1e-3)
    assert face.embeddings([]).shape == (0, 519)


def test_the_page_and_the_video_model_read_faces_with_the_same_object(tmp_path, monkeypatch):
    folder = write_video(tmp_path)
    monkeypatch.setattr(hub, "ROOT", folder.parent)
    for task in ("face", "text", "speech", "video"):  # the app of other tests has its own
        monkeypatch.delenv(f"MMSENT_{task.upper()}", raising=False)
    assert gpu.load("video").face is gpu.load("face")


def test_modes_name_what_is_given():
    assert mode_name(text=True, audio=False, face=True) == "text+face"
    assert mode_names()[:3] == ["text", "audio", "face"]
    assert len(set(mode_names())) == 7


def test_a_checkpoint_holds_what_was_trained_and_a_calibration_for_every_mode(tmp_path):
    folder = write_video(tmp_path)
    config = hub.read_config(folder, "video")
    net = VideoNet(**config["architecture"])
    hub.load_weights(net, folder)
    for mode in mode_names():
        assert set(calibration_of(config, mode)) == {"emotion", "sentiment"}
    with pytest.raises(hub.CheckpointError, match="does not fit"):
        hub.load_weights(VideoNet(**config["architecture"] | {"hidden": 17}), folder)
