"""What tests of the library share; PyTorch takes seconds to come and is left to those that need it."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import mmsent
from mmsent.__main__ import main
from tests.command_line import REVIEWS, Run


@pytest.fixture
def clock() -> Iterator[None]:
    """Fails a test that takes longer than a minute, on a busy machine."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 60


@pytest.fixture(scope="session")
def meme(meme_checkpoint: Path) -> Any:
    """The meme pipeline with small random encoders."""
    return mmsent.load("meme", meme_checkpoint)


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A meme without any joke."""
    image = Image.new("RGB", (300, 200), (40, 90, 140))
    ImageDraw.Draw(image).text((18, 12), "THE BAG IS GREAT", "white", ImageFont.load_default(25))
    return np.asarray(image)


@pytest.fixture(scope="session")
def load() -> Callable[..., object]:
    """``mmsent.load``, but the pipelines of the environment are made once for all tests here."""
    real = mmsent.load
    once = cache(lambda task: real(task))
    return lambda task, source=None, device=None: (
        real(task, source, device) if source else once(task)
    )


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, face_checkpoint, review_checkpoint, load) -> Run:
    """Runs the command line in an empty folder; gives its exit status, stdout and stderr."""
    monkeypatch.setenv("MMSENT_FACE", str(face_checkpoint))
    monkeypatch.setenv("MMSENT_REVIEW", str(review_checkpoint))
    monkeypatch.setattr(mmsent, "load", load)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def photos(tmp_path: Path, two_faces: np.ndarray) -> None:
    """``photos`` with two faces, none, and something that is no picture."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    # half as large: looking for faces takes a quarter of the time
    small = Image.fromarray(two_faces).resize((640, 240))
    small.save(tmp_path / "photos" / "two.jpg")
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "photos" / "more" / "none.png")
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"nothing")


@pytest.fixture
def reviews(tmp_path: Path) -> None:
    """``reviews.csv`` with four good rows and four bad ones."""
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.png")
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")


@pytest.fixture(scope="session")
def video(video_checkpoint: Path) -> Any:
    """The clip pipeline with small random encoders."""
    return mmsent.load("video", video_checkpoint)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait for the first three seconds, and a voice with a pause."""
    from tests.portrait_clip import write_portrait_clip

    return write_portrait_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def watched(video: Any, clip: Path) -> Any:
    return video.watch(clip)


@pytest.fixture
def no_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where speech recognition is switched off."""
    from mmsent.pipelines import clip_watch
    from mmsent.transcribe import Unavailable

    def unavailable(*heard: object) -> None:
        raise Unavailable("There is no speech recognition here.")

    monkeypatch.setattr(clip_watch, "transcribe", unavailable)
