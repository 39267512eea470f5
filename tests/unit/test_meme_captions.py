"""What is written on a meme is read from the picture, given, or missing."""

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmsent import MediaError
from mmsent.labels import MEME_ASPECTS, SENTIMENTS
from mmsent.media import ANIMATED
from mmsent.pipelines.meme import MemePipeline
from mmsent.pipelines.meme_inputs import NO_PICTURE, NO_WORDS, WORDLESS


def test_the_caption_is_read_and_every_aspect_answered(
    meme: MemePipeline, picture: np.ndarray
) -> None:
    result = meme.predict(picture)
    assert result.text.upper().split() == ["THE", "BAG", "IS", "GREAT"]
    assert result.tokens == ("the", "bag", "is", "great")
    (line,) = result.lines
    left, top, right, bottom = line.box
    assert 12 < left < 36 < 125 < right < 300
    assert 0 < top < bottom < 62
    for aspect, scores in result.aspects.items():
        assert scores.labels == MEME_ASPECTS[aspect]
        assert sum(scores.probs) == pytest.approx(1)
        assert len(result.attributions[aspect]) == 4
        assert result.picture_pull[aspect].shape == (9,)
    assert list(result.aspects) == list(MEME_ASPECTS)
    assert result.words["sentiment"].labels == SENTIMENTS
    assert (result.grid, result.size, result.notes) == ((3, 3), (300, 200), ())
    json.dumps(result.to_dict())
    assert pickle.loads(pickle.dumps(result)).to_dict() == result.to_dict()


def test_a_given_text_is_used_instead(meme: MemePipeline, picture: np.ndarray) -> None:
    given = meme.predict(picture, "the strap is broken")
    assert (given.text, given.lines) == ("the strap is broken", ())
    read = meme.predict(picture, "THE BAG IS GREAT")
    assert read.humour.probs == pytest.approx(meme.predict(picture).humour.probs, abs=1e-5)
    assert read.humour.probs != given.humour.probs


def test_missing_sides(meme: MemePipeline, picture: np.ndarray) -> None:
    silent = meme.predict(picture, text="")
    assert (silent.tokens, silent.notes) == ((), (NO_WORDS,))
    assert set(map(len, silent.attributions.values())) == {0}
    alone = meme.predict(None, "the bag is great")
    assert (alone.grid, alone.notes) == ((0, 0), (NO_PICTURE,))
    assert set(map(len, alone.picture_pull.values())) == {0}
    with pytest.raises(MediaError, match="nothing to read"):
        meme.predict(None, " ")
    with pytest.raises(MediaError, match="characters"):
        meme.predict(None, "word " * 10_000)
    for handles in ("@a " * 10_000, "@" * 10_000_000):  # nothing would be left of them
        with pytest.raises(MediaError, match="characters"):
            meme.predict(picture, handles)
        with pytest.raises(MediaError, match="characters"):
            meme.classify([picture], [handles])


def test_a_text_without_words_is_told_as_such(meme: MemePipeline, picture: np.ndarray) -> None:
    for text in ("…", "@anna", "\ud83d"):
        assert meme.predict(picture, text).notes == (WORDLESS,)
        with pytest.raises(MediaError, match="no words to read"):
            meme.predict(None, text)
        with pytest.raises(MediaError, match="no words to read"):
            meme.classify([picture, None], ["a good bag", text])


def test_emoji_are_read_by_name_and_words_nobody_knows_leave_no_answer_sure(
    meme: MemePipeline, picture: np.ndarray
) -> None:
    result = meme.predict(picture, "the bag 😂")
    assert result.tokens == ("the", "bag", "face", "with", "tears", "of", "joy")
    unknown = meme.predict(picture, "bag 𐎀𐎁 𐎂𐎃")
    assert any("does not know 2 of the 3" in note for note in unknown.notes)
    for scores in (unknown.aspects, meme.classify([picture], ["bag 𐎀𐎁 𐎂𐎃"])[0]):
        assert all(found.unsure for found in scores.values())


def test_half_an_emoji_is_read_over(meme: MemePipeline, picture: np.ndarray) -> None:
    result = meme.predict(picture, "good \ud83d bag")
    assert (result.text, result.tokens) == ("good \ufffd bag", ("good", "bag"))
    assert meme.classify([picture], ["good \ud83d bag"])[0]["humour"].probs == pytest.approx(
        result.humour.probs, abs=1e-3
    )


@pytest.mark.slow
def test_of_an_animation_the_first_frame_is_read_and_said(
    meme: MemePipeline, picture: np.ndarray, tmp_path: Path
) -> None:
    first, other = Image.fromarray(picture), Image.new("RGB", (480, 320))
    first.save(tmp_path / "moving.gif", save_all=True, append_images=[other])
    first.save(tmp_path / "still.gif")
    still = meme.predict(tmp_path / "still.gif")
    assert still.notes == ()
    content = (tmp_path / "moving.gif").read_bytes()
    for source in (
        tmp_path / "moving.gif",
        str(tmp_path / "moving.gif"),
        content,
        Image.open(io.BytesIO(content)),
    ):
        moving = meme.predict(source)
        assert moving.notes == (ANIMATED,)
        assert moving.sentiment.probs == pytest.approx(still.sentiment.probs, abs=1e-5)


def test_watermarks_and_handles_change_nothing(meme: MemePipeline, picture: np.ndarray) -> None:
    plain, marked = (
        meme.predict(picture, text)
        for text in ("the bag is great", "@anna The bag is GREAT! imgflip.com")
    )
    assert marked.sarcasm.probs == pytest.approx(plain.sarcasm.probs, abs=1e-6)
