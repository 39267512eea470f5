"""A model that is stuck fills its own queue and nobody else's."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mmsent.runtime import MAX_CONCURRENT
from mmsent.ui.demo import build_demo
from mmsent.ui.server import guard
from mmsent.ui.server.health import Health
from tests import meme_fake
from tests.review_fake import FakeReview
from tests.visitor import BusyError, Visitor


class Stuck(FakeReview):
    """Answers when it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.begun = 0

    def predict(self, text: str, image: Any = None) -> Any:
        self.begun += 1
        assert self.released.wait(120)
        return super().predict(text, image)


@pytest.fixture
def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Stuck, Health]]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    pipelines, health = {"review": Stuck(), "meme": meme_fake.FakeMeme()}, Health()
    demo = build_demo(pipelines.__getitem__, health).queue(max_size=40)
    guard.refuse_crowds(demo)
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    yield address, pipelines["review"], health
    pipelines["review"].released.set()
    demo.close(verbose=False)


@pytest.mark.slow
def test_a_stuck_model_blocks_no_other(
    crowd: tuple[str, Stuck, Health], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, stuck, health = crowd
    monkeypatch.setattr(guard, "WAITING", 3)
    with Visitor(address) as visitor, ThreadPoolExecutor(8) as others:
        asked = [
            others.submit(visitor.ask, "review", f"awful {number}", None)
            for number in range(MAX_CONCURRENT)
        ]
        until = time.monotonic() + 60
        while stuck.begun < MAX_CONCURRENT and time.monotonic() < until:
            time.sleep(0.05)
        asked += [
            others.submit(visitor.ask, "review", f"cold {number}", None) for number in range(3)
        ]
        time.sleep(2)
        with pytest.raises(BusyError, match="Many visitors"):
            visitor.ask("review", "one too many", None)
        assert visitor.ask("meme", None, "a good day")["text"] == "a good day"
        stuck.released.set()
        told = [answer.result(60)["text"] for answer in asked]
    assert told == [
        *(f"awful {number}" for number in range(MAX_CONCURRENT)),
        "cold 0",
        "cold 1",
        "cold 2",
    ]
    assert health.summary()["review"]["outcomes"] == {"done": MAX_CONCURRENT + 3}
    assert health.summary()["review"]["waited"]["p95"] > 1
