"""How long reasons take with an encoder that is slow on a CPU, in every pipeline, and their end where
nobody wants them any more."""

from typing import Any

import pytest

import mmsent
from mmsent.attribution import TOKEN_BUDGET
from mmsent.cancel import Cancelled
from mmsent.pipelines.clip_reasons import CLIP_TEXTS
from mmsent.pipelines.rereading import SECONDS, budget, reasons_seconds
from tests.clip_media import talk, write_clip
from tests.small_models import write_video

SLOW = 0.01  # seconds a token, seven times as long as BERT takes on two cores
WORDS = "the strap is bad"
# each of four words left out of them and the two special tokens
NEEDED = 4 * (4 + 2)
CUES = (
    "1\n00:00:00,200 --> 00:00:01,500\nthe strap is bad\n\n"
    "2\n00:00:02,000 --> 00:00:02,900\nthe bag is good\n"
)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return mmsent.load("video", write_video(tmp_path_factory.mktemp("video")), "cpu")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``slow(pipeline)`` gives it an encoder that takes so long."""

    def slowed(pipeline: Any) -> Any:
        monkeypatch.setattr(pipeline.text, "seconds_a_token", SLOW, raising=False)
        return pipeline

    return slowed


def test_reviews(review_checkpoint, slow):
    review = slow(mmsent.load("review", review_checkpoint, "cpu"))
    assert review.reasons_seconds(WORDS) == pytest.approx(NEEDED * SLOW)
    assert review.reasons_seconds(None) == 0
    assert review.reasons_seconds(f"{WORDS} " * 500) == pytest.approx(SECONDS, abs=SLOW)


def test_memes(meme_checkpoint, slow):
    meme = slow(mmsent.load("meme", meme_checkpoint, "cpu"))
    result = meme.predict(None, WORDS, reasons=False)
    assert meme.reasons_seconds(result) == pytest.approx(NEEDED * SLOW)


@pytest.mark.slow
def test_clips_take_what_their_moments_take_and_two_budgets_at_most(video, slow, tmp_path):
    slow(video)
    watched = video.watch(write_clip(tmp_path / "clip.mp4", 3.0, fps=5, sound=talk(3.0)))
    result = video.judge(watched, CUES)
    assert video.reasons_seconds(result) == pytest.approx(2 * NEEDED * SLOW)
    mute = video.judge(watched, CUES, ["audio"])
    assert video.reasons_seconds(mute) == 0, "where words don’t count none is left out"
    seconds = reasons_seconds(video.text, "cpu", [f"{WORDS} " * 500] * 5, CLIP_TEXTS)
    assert seconds == pytest.approx(CLIP_TEXTS * SECONDS, abs=CLIP_TEXTS * SLOW)


def test_on_a_gpu_and_with_a_quick_encoder_nobody_waits(video, monkeypatch):
    monkeypatch.setattr(video.text, "seconds_a_token", SLOW, raising=False)
    assert budget(video.text, "cuda:0") == TOKEN_BUDGET
    assert reasons_seconds(video.text, "cuda:0", [WORDS]) == 0
    monkeypatch.setattr(video.text, "seconds_a_token", SECONDS / TOKEN_BUDGET / 2, raising=False)
    assert reasons_seconds(video.text, "cpu", [WORDS]) == 0


class Clock:
    """Is wanted until it was asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_reasons_end_between_two_batches(review_checkpoint, meme_checkpoint, monkeypatch):
    review = mmsent.load("review", review_checkpoint, "cpu")
    meme = mmsent.load("meme", meme_checkpoint, "cpu")
    result = meme.predict(None, WORDS * 20, reasons=False)
    monkeypatch.setattr("mmsent.pipelines.text_encoder.BATCH_TOKENS", 8)
    for times in (0, 3):
        with pytest.raises(Cancelled):
            review.predict(WORDS * 20, cancelled=Clock(times))
        with pytest.raises(Cancelled):
            meme.explain(result, None, Clock(times))
    wanted = review.predict(WORDS, cancelled=lambda: False)
    assert wanted.attributions == review.predict(WORDS).attributions
