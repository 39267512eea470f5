"""What is learnt of voices, and how voices are changed to learn more."""

import io

import numpy as np
import pytest
import torch

from tests.toy_video_corpora import tone
from train.video import voice_augment as voice_changes
from train.video.voice import (
    CORPUS_WEIGHTS,
    leave_group_out_logits,
    row_weights,
    train_voice,
    voice_logits,
)
from train.video.voice_augment import CODECS, augment_voice, decode_audio
from train.video.voice_data import Voices


def voices_of(random: np.random.Generator, each: int = 6) -> Voices:
    """Three corpora in which an emotion is a direction, bent otherwise in each."""
    emotions = np.tile(np.repeat(np.arange(7), each), 3)
    corpora = np.repeat(["ravdess", "tess", "urdu"], 7 * each)
    states = np.eye(7)[emotions] + 0.3 * random.normal(size=(len(emotions), 7))
    states[corpora == "urdu"] = states[corpora == "urdu"][:, ::-1]
    speakers = np.char.add(corpora, (np.arange(len(emotions)) % 3).astype(str))
    states = np.hstack([states, 0.1 * random.normal(size=states.shape)])  # means and deviations
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
    for corpus, share in CORPUS_WEIGHTS.items():
        assert of[corpus] == pytest.approx(share / sum(CORPUS_WEIGHTS.values()))
    assert found.sum() == pytest.approx(1)


@pytest.mark.slow
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
