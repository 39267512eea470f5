"""Media and checkpoints made in code, and the app as its own process."""

import atexit
import gc
import io
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from skimage import data
from xdist.remote import Producer

from mmsent import gradio_stubs as gradio_stubs  # before the tests' own imports of Gradio
from mmsent.lasting import lasting
from mmsent.media import Picture
from tests.chromium import ROOT, launched, running_app, visiting
from tests.tiers import FilesTogether, slow_file

if "PYTEST_XDIST_WORKER" in os.environ:
    # as many workers as cores: a second thread of one would only wait for the other worker; before
    # PyTorch is imported, which takes seconds and is left to the tests that need it
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    return FilesTogether(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported while tests are collected stays; looking for garbage among it, then and after
    each training, would take a fifth of the time."""
    with lasting():
        done = yield
    # libraries count at the end of the process what was not given back; not before pytest has
    # looked for garbage itself, which would take seconds
    atexit.register(gc.unfreeze)
    return done


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Some files are slow as a whole."""
    for item in items:
        if slow_file(str(item.path.relative_to(ROOT))):
            item.add_marker(pytest.mark.slow)


class App(NamedTuple):
    address: str
    log: Path
    temporary: Path  # the only place where the app may write


@pytest.fixture(scope="session")
def face_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face checkpoint with random weights: it runs like a real one and knows nothing."""
    from tests.small_models import write_face

    return write_face(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def review_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Likewise for reviews, with the two encoders beside it."""
    from tests.small_models import write_review

    return write_review(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def meme_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Likewise for memes."""
    from tests.small_models import write_meme

    return write_meme(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def video_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Likewise for clips, with the face model and the text encoder beside it."""
    from tests.small_models import write_video

    return write_video(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def app(
    face_checkpoint: Path,
    review_checkpoint: Path,
    meme_checkpoint: Path,
    video_checkpoint: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """The real app.py on a free port, with the random checkpoints."""
    folder = tmp_path_factory.mktemp("app")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "MMSENT_FACE", str(face_checkpoint))
        patch.setitem(os.environ, "MMSENT_REVIEW", str(review_checkpoint))
        patch.setitem(os.environ, "MMSENT_MEME", str(meme_checkpoint))
        patch.setitem(os.environ, "MMSENT_VIDEO", str(video_checkpoint))
        with running_app(folder) as (address, log):
            yield App(address, log, folder / "tmp")


@pytest.fixture(scope="session")
def two_faces() -> Picture:
    """(480, 1280, 3): the same portrait twice, the right one smaller. Eileen Collins, NASA, public
    domain."""
    left = Image.fromarray(data.astronaut()).crop((40, 0, 400, 270)).resize((640, 480))
    picture = Image.new("RGB", (1280, 480), "grey")
    picture.paste(left, (0, 0))
    picture.paste(left.resize((480, 360)), (720, 60))
    return np.asarray(picture)


@pytest.fixture(scope="module")
def review_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose review pipeline needs no checkpoint."""
    from tests.review_fake import FakeReview
    from tests.served import serving  # it imports the whole page, which most tests do without

    with serving("review", FakeReview(), tmp_path_factory.mktemp("gradio")) as address:
        yield address


@pytest.fixture(scope="module")
def meme_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Likewise for the meme pipeline."""
    from tests.meme_fake import FakeMeme
    from tests.served import serving

    with serving("meme", FakeMeme(), tmp_path_factory.mktemp("gradio")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """What the visitors of a file's tests share: each finds it as new."""
    context = browser.new_context(accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def visitor(window: BrowserContext) -> Iterator[Page]:
    """A fresh visitor's empty page; the test fails when anything in it raised, or asked another
    server for anything."""
    with visiting(window) as page:
        yield page


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For training: exported nets go to the test's own cache, no accelerator of another test is
    left over, figures are drawn without being arranged, which takes as long again, and so little is
    computed that a second thread only waits for the first on a busy machine."""
    import torch
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda *_: None)
    monkeypatch.setenv("MMSENT_CACHE", str(tmp_path / "cache"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    forget_accelerator()
    yield
    torch.set_num_threads(threads)
    forget_accelerator()


def forget_accelerator() -> None:
    """As in a new process."""
    # here, since most tests do without
    from accelerate.state import AcceleratorState, GradientState

    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.fixture(scope="session")
def grey_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 x 200 pixels, grey: what is not grey in an answer was laid over it."""
    path = tmp_path_factory.mktemp("photo") / "grey.png"
    path.write_bytes(encode(np.full((200, 600, 3), 128, np.uint8), "PNG"))
    return path


def encode(picture: Picture, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind)
    return buffer.getvalue()
