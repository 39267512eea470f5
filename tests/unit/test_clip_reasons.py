"""What words, voice and face of a clip did: shares that sum up, words read again without them."""

import json

import numpy as np
import pytest
import torch
from scipy.special import logit

import mmsent
from mmsent.cancel import Cancelled
from mmsent.pipelines import clip_reasons
from mmsent.pipelines.clip_reasons import side_shares
from mmsent.pipelines.video_inputs import collate_moments
from tests.clip_media import talk, write_clip
from tests.small_models import write_video

SRT = "1\n00:00:00,200 --> 00:00:01,500\nThe strap is bad\n\n2\n00:00:02,000 --> 00:00:02,900\nVery good bag and strap here\n"


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return mmsent.load("video", write_video(tmp_path_factory.mktemp("video")))


@pytest.fixture(scope="module")
def watched(video, tmp_path_factory):
    path = write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", 3.0, fps=5, sound=talk(3.0))
    return video.watch(path)


def reasons(moment):
    own = moment.tokens, moment.attributions, moment.phrases
    return *own, moment.clip_attributions, moment.clip_phrases


def test_shares_sum_to_the_verdict_less_equal_chances(video, watched):
    result = video.judge(watched, SRT)
    spoken = [moment for moment in result.moments if moment.text]
    for told in (result, *spoken):
        expected = logit(told.emotion.confidence) - logit(1 / 7)
        assert sum(told.shares.values()) == pytest.approx(expected, abs=1e-6)
        assert set(told.shares) == {"text", "audio"}
    assert all(not any(reasons(moment)) for moment in result.moments)


def test_the_net_gives_equal_chances_to_nothing(video):
    batch = collate_moments(
        np.ones((2, 2 * video.text.width), np.float32),
        np.zeros(2, bool),
        [None] * 2,
        [None] * 2,
        video.face.width,
        video.net.voice_width,
    )
    with torch.inference_mode():
        assert np.ptp(video.net(*batch)[0].numpy(), axis=1) == pytest.approx(0)


def test_shares_of_an_additive_answer():
    odds = {"text": 2.0, "face": -0.5, "text+face": 1.5}
    chance = {mode: 1 / (1 + np.exp(-value - logit(1 / 7))) for mode, value in odds.items()}
    by_mode = {mode: {"emotion": np.full((1, 7), value)} for mode, value in chance.items()}
    found = side_shares(by_mode, [0], ["text+face"], np.ones(1), "joy")
    assert found == pytest.approx({"text": 2.0, "face": -0.5})


def test_an_attribution_is_what_reading_without_the_word_changes(video, watched):
    result = video.judge(watched, SRT, reasons=True)
    (moment,) = [
        moment for moment in result.moments if moment.text == "Very good bag and strap here"
    ]
    assert moment.tokens == ("Very", "good", "bag", "and", "strap", "here")
    label, same = moment.emotion.labels.index(moment.emotion.top), []
    for i, value in enumerate(moment.attributions):
        rest = " ".join(moment.tokens[:i] + moment.tokens[i + 1 :])
        again = video.judge(watched, SRT.replace(moment.text, rest)).moments
        (without,) = [other.emotion for other in again if other.text == rest]
        alone = logit(moment.emotion.confidence) - logit(without.probs[label])
        assert value >= alone - 1e-4, "more where other words cover for it"
        same.append(value == pytest.approx(alone, abs=1e-4))
    assert any(same)
    told = json.loads(json.dumps(result.to_dict()))["moments"]
    told = told[result.moments.index(moment)]
    assert told["attributions"] == pytest.approx(moment.attributions)
    assert set(told["shares"]) == {"text", "audio"}


def test_of_the_face_alone_no_word_is_asked(video, watched):
    (*_, last) = video.judge(watched, SRT, ("audio",), reasons=True).moments
    assert (last.tokens, last.attributions) == ((), ())


def test_toward_the_clip_a_word_is_what_the_mean_over_the_moments_loses(video, watched):
    result = video.judge(watched, SRT, reasons=True)
    # no later moment has this one in its context
    (moment,) = [
        moment for moment in result.moments if moment.text == "Very good bag and strap here"
    ]
    top, same = result.emotion.labels.index(result.emotion.top), []
    for i, value in enumerate(moment.clip_attributions):
        rest = " ".join(moment.tokens[:i] + moment.tokens[i + 1 :])
        without = video.judge(watched, SRT.replace(moment.text, rest)).emotion.probs[top]
        alone = logit(result.emotion.confidence) - logit(without)
        assert value >= alone - 1e-4, "more where other words cover for it"
        same.append(value == pytest.approx(alone, abs=1e-4))
    assert any(same)
    assert any(abs(value) > 1e-3 for value in moment.clip_attributions)


def test_words_beyond_the_budget_are_told_and_the_strongest_moment_comes_first(
    video, watched, monkeypatch
):
    spoken = [m for m in video.judge(watched, SRT).moments if m.text]
    moved = [abs(m.shares["text"]) * (m.end - m.start) for m in spoken]
    monkeypatch.setattr(clip_reasons, "CLIP_TEXTS", 1)
    monkeypatch.setattr(clip_reasons, "_need", lambda reading, reread: 10**9)
    result = video.judge(watched, SRT, reasons=True)
    explained = [bool(m.tokens) for m in result.moments if m.text]
    assert explained == [way == max(moved) for way in moved]
    assert clip_reasons.SKIPPED_NOTE.format(1, 2) in result.notes


def test_within_the_budget_nothing_is_told(video, watched):
    whole = video.judge(watched, SRT, reasons=True)
    assert whole.notes == video.judge(watched, SRT).notes
    assert all(m.tokens for m in whole.moments if m.text)


def test_reasons_can_be_cancelled(video, watched):
    with pytest.raises(Cancelled):
        video.judge(watched, SRT, reasons=True, cancelled=lambda: True)
