"""What callers of the Python interface may give: other kinds of what is meant, and one sentence for
all else."""

from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import mmsent
from mmsent import clips
from mmsent.media import MediaError
from tests.clip_media import write_clip

GREY = np.full((60, 90, 3), 128, np.uint8)
PICTURE = Image.fromarray(GREY)


@pytest.fixture(scope="module")
def face(face_checkpoint: Path) -> Any:
    return mmsent.load("face", face_checkpoint, torch.device("cpu"))


@pytest.fixture(scope="module")
def review(review_checkpoint: Path) -> Any:
    return mmsent.load("review", review_checkpoint, torch.device("cpu"))


@pytest.fixture(scope="module")
def meme(meme_checkpoint: Path) -> Any:
    return mmsent.load("meme", meme_checkpoint, torch.device("cpu"))


@pytest.fixture(scope="module")
def video(video_checkpoint: Path) -> Any:
    return mmsent.load("video", video_checkpoint, torch.device("cpu"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=1)


@pytest.mark.parametrize("device", [0, "mps", "cuda:99", torch.device("meta")])
def test_a_device_that_is_not_there_is_one_sentence(device: Any) -> None:
    with pytest.raises(
        ValueError,
        match=r"^(unknown device .*expected “cpu” or “cuda”|there is no CUDA device “cuda:99” here)$",
    ):
        mmsent.load("face", device=device)


@pytest.mark.parametrize("task", [None, ["face"], "faces"])
def test_a_task_that_is_not_known_is_one_sentence(task: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^unknown task .*, expected one of: meme, face, review, video$"
    ):
        mmsent.load(task)


def test_crops_are_pictures_of_any_kind(face: Any, tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "crop.png")
    crops = [
        GREY,
        GREY[..., 0],
        PICTURE,
        tmp_path / "crop.png",
        (tmp_path / "crop.png").read_bytes(),
    ]
    for scores in (face.classify(crops), face.classify(iter(crops))):
        assert len({scores.probs for scores in scores}) == 1
    assert len(face.classify(np.stack([GREY[..., 0]] * 2))) == 2
    for one in (PICTURE, GREY, GREY[..., 0], "crop.png", b"crop", None, nan):
        with pytest.raises(TypeError, match="a single one goes in a list"):
            face.classify(one)
    for wrong in (nan, None, [1]):
        with pytest.raises(TypeError, match="a picture is a path, bytes"):
            face.classify([wrong])
    with pytest.raises(MediaError, match="no readable file"):
        face.classify([""])


def test_a_face_is_explained_by_emotions_it_knows(face: Any, two_faces: np.ndarray) -> None:
    found = face.predict(two_faces).faces[0]
    with pytest.raises(ValueError, match="unknown emotion 'joy', expected one of: angry, "):
        face.explain(two_faces, found, "joy")


@pytest.mark.slow
def test_what_a_table_has_for_nothing_is_nothing(review: Any, meme: Any) -> None:
    words, photo = review.predict("good bag"), review.predict(None, GREY)
    for nothing in (nan, None, "", np.float64("nan")):
        assert review.predict("good bag", nothing).sentiment == words.sentiment
        assert review.predict(nothing, GREY).sentiment == photo.sentiment
        with pytest.raises(MediaError, match="There is nothing to read"):
            review.predict(nothing, nothing)
        assert review.classify(["good bag", nothing], [nothing, GREY]) == review.classify(
            ["good bag", None], [None, GREY]
        )
        assert meme.predict(nothing, "good bag").humour == meme.predict(None, "good bag").humour
        assert meme.classify([nothing], ["good bag"]) == meme.classify([None], ["good bag"])
    assert meme.predict(GREY, nan).notes == meme.predict(GREY).notes


def test_rows_may_come_in_any_order_of_things(review: Any, meme: Any) -> None:
    texts, images = ["good bag", "bad bag"], [GREY, None]
    assert review.classify(iter(texts), iter(images)) == review.classify(texts, images)
    assert meme.classify(iter(images), iter(texts)) == meme.classify(images, texts)
    for single in ("good bag", GREY, PICTURE, None):
        with pytest.raises(TypeError, match="a single one goes in a list"):
            review.classify(texts, single)
        with pytest.raises(TypeError, match="a single one goes in a list"):
            meme.classify(single, texts)


def test_a_text_is_a_text_and_a_picture_a_picture(review: Any, meme: Any, face: Any) -> None:
    calls: list[Callable[[Any], Any]] = [
        review.predict,
        lambda text: review.classify([text], [None]),
    ]
    calls += [lambda text: meme.predict(None, text), lambda text: meme.classify([None], [text])]
    for call in calls:
        for wrong in (5, b"good", ["good"], {}):
            with pytest.raises(
                TypeError, match="a text is a str, or None where there is none, not"
            ):
                call(wrong)
    pictures = [
        face.predict,
        meme.read_caption,
        lambda it: review.predict("x", it),
        lambda it: meme.predict(it, "x"),
    ]
    for call in pictures:
        for wrong in (5, ["a.png"], torch.zeros(3, 8, 8)):
            with pytest.raises(
                TypeError, match="a picture is a path, bytes, a PIL image or an array, not"
            ):
                call(wrong)


@pytest.mark.slow
def test_clips_transcripts_and_modalities(video: Any, clip: Path) -> None:
    for wrong in (nan, None, 5, b"clip.mp4"):
        for call in (video.predict, video.estimate, video.watch):
            with pytest.raises(TypeError, match="a clip is the path of its file, not"):
                call(wrong)
    with pytest.raises(TypeError, match="a text is a str"):
        video.predict(clip, 5)
    watched = video.watch(clip)
    assert video.judge(watched, nan).to_dict() == video.judge(watched).to_dict()
    assert set(video.judge(watched, "", "audio").moments[0].by_modality) == {"audio"}
    for wrong in ("faces", ["faces"]):
        with pytest.raises(
            ValueError, match="unknown modality 'faces', expected some of: text, audio, face"
        ):
            video.judge(watched, "", wrong)
    with pytest.raises(TypeError, match="modalities are names, some of: text, audio, face; not"):
        video.judge(watched, "", nan)
    everything = video.judge(watched, "", ("text", "audio", "face"))
    assert video.judge(watched, "", None).to_dict() == everything.to_dict()


def test_windows_is_told_what_it_can_not_have(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips.sys, "platform", "win32")
    with pytest.raises(MediaError, match="on Linux and macOS only"):
        clips.open_clip(clip)
