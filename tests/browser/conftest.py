"""What tests in Chromium share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import TEST_BROWSER
from tests.clip_tab import Served
from tests.served import serving
from tests.video_fake import FakeVideo, write_clip


@pytest.fixture(scope="session", autouse=True)
def needs_chromium() -> None:
    if not TEST_BROWSER.exists():
        pytest.skip(f"no Chromium at {TEST_BROWSER}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    video, uploads = FakeVideo(), tmp_path_factory.mktemp("gradio")
    with serving("video", video, uploads) as address:
        yield Served(address, video, uploads)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.webm")
