"""What /healthz says of each model is so: loading, ready, failed, missing, untried."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import mmsent
from mmsent import clips, hub
from mmsent.tasks import TASKS
from mmsent.ui.demo import build_demo
from mmsent.ui.server import serve
from mmsent.ui.server.health import Health
from tests.review_fake import FakeReview


class Asked:
    """A pipeline that answers, or fails where ``problem`` is given; it counts how often it is
    asked."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem, self.times = problem, 0

    def predict(self, *_: Any) -> None:
        self.times += 1
        if self.problem:
            raise self.problem


@pytest.fixture(autouse=True)
def uploads_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the warm-up writes goes there, and nothing of it stays."""
    folder = tmp_path / "gradio"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def told(health: Health) -> dict[str, Any]:
    return TestClient(Starlette(routes=health.routes())).get("/healthz").json()


def holding(**pipelines: Any) -> Health:
    """As build_demo leaves it."""
    return Health(dict.fromkeys(pipelines, "loading"), pipelines=pipelines)  # type: ignore[arg-type]


def test_what_has_not_answered_yet_is_loading() -> None:
    def load(task: str) -> FakeReview:
        if task != "review":
            raise mmsent.CheckpointError("It is damaged.")
        return FakeReview()

    health = Health()
    build_demo(load, health)
    assert told(health)["models"] == {
        "face": "failed",
        "review": "loading",
        "meme": "failed",
        "video": "failed",
    }
    assert not told(health)["ready"]


def test_what_has_answered_is_ready(video_checkpoint: Path) -> None:
    asked = {task: Asked() for task in ("face", "review", "meme")}
    health = holding(**asked, video=mmsent.load("video", video_checkpoint, "cpu"))
    serve.warm_up(health)
    assert told(health)["models"] == dict.fromkeys(("face", "review", "meme", "video"), "ready")
    assert told(health)["ready"]
    assert {one.times for one in asked.values()} == {1}


def test_what_could_not_answer_has_failed() -> None:
    health = holding(face=Asked(RuntimeError("no such operator")), meme=Asked())
    serve.warm_up(health)
    assert told(health)["models"] == {"face": "failed", "meme": "ready"}
    assert not told(health)["ready"]


def test_clips_have_failed_where_nothing_can_be_decoded(
    video_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "START", ("-c", "raise TypeError('another PyAV')"))
    health = holding(video=mmsent.load("video", video_checkpoint, "cpu"))
    serve.warm_up(health)
    assert told(health)["models"] == {"video": "failed"}
    assert not told(health)["ready"]


def test_what_nobody_has_trained_is_missing_and_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in TASKS:
        monkeypatch.delenv(f"MMSENT_{task.upper()}", raising=False)
    monkeypatch.setattr(hub, "ROOT", tmp_path)
    health = Health()
    build_demo(mmsent.load, health)
    assert set(told(health)["models"].values()) == {"missing"}
    health.models["face"], health.pipelines["face"] = "loading", Asked()  # type: ignore[assignment]
    serve.warm_up(health)
    assert told(health)["ready"]


def test_what_would_cost_a_visitor_s_quota_is_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ZERO_GPU", True)
    health = holding(face=Asked(), review=Asked())
    serve.warm_up(health)
    assert told(health)["models"] == {"face": "ready", "review": "untried"}
    assert health.pipelines["review"].times == 0
    assert told(health)["ready"]
