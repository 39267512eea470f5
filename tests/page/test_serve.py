"""The real process: one model is damaged, the others answer; its owner sees how it is doing; it
stops when it is told to."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.chromium import running_app
from tests.clip_media import write_clip
from tests.small_models import write_review, write_video
from tests.visitor import Visitor

TOKEN = "only the owner knows"


class Running(NamedTuple):
    address: str
    log: Path
    temporary: Path
    process: int


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """app.py with a good model for faces and clips, a damaged one for reviews and none for
    memes."""
    models, folder = tmp_path_factory.mktemp("checkpoints"), tmp_path_factory.mktemp("app")
    video, review = write_video(models), write_review(models)
    (review / "model.safetensors").write_bytes(b"\xff" * 1000)
    named = {"FACE": models / "face", "VIDEO": video, "REVIEW": review, "MEME": models / "nothing"}
    with pytest.MonkeyPatch.context() as patch:
        for task, path in named.items():
            patch.setitem(os.environ, f"MMSENT_{task}", str(path))
        patch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
        patch.setitem(os.environ, "MMSENT_OWNER_TOKEN", TOKEN)
        with running_app(folder) as (address, log):
            yield Running(
                address, log, folder / "tmp" / "gradio", int(log.with_suffix(".pid").read_text())
            )


def test_health_says_what_can_answer(running: Running) -> None:
    def health() -> dict[str, Any]:
        return httpx.get(f"{running.address}healthz", timeout=30).json()

    until = time.monotonic() + 120
    while "loading" in health()["models"].values() and time.monotonic() < until:
        time.sleep(0.5)
    assert health()["models"] == {
        "face": "ready",
        "review": "failed",
        "meme": "failed",
        "video": "ready",
    }
    assert not health()["ready"]


def test_good_models_answer_and_damaged_ones_say_why(running: Running, grey_photo: Path) -> None:
    with Visitor(running.address) as visitor:
        assert visitor.ask("face", visitor.upload(grey_photo.read_bytes()))["faces"] == []
        told = [
            one["props"].get("value")
            for one in visitor.config["components"]
            if "alert" in str(one["props"].get("value"))
        ]
    of_review, of_meme = told
    assert "damaged" in of_review
    assert "damaged" not in of_meme
    assert "There is no folder" in of_meme


def test_only_the_owner_sees_figures(running: Running) -> None:
    address = f"{running.address}metrics"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers={"Authorization": "Bearer no"}).status_code == 401
    facts = httpx.get(address, headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert facts["jobs"]["photo"]["outcomes"] == {"done": 1}
    assert 100 < facts["resident_mb"] < 4000


def test_logs_are_lines_of_json_with_job_and_time(running: Running) -> None:
    lines = [
        json.loads(line) for line in running.log.read_text().splitlines() if line.startswith("{")
    ]
    (job,) = (line for line in lines if line["event"] == "job" and line["task"] == "photo")
    assert job["outcome"] == "done"
    assert 0 < job["seconds"] < 60
    assert "grey" not in running.log.read_text()  # the name of the file


def test_it_stops_within_five_seconds_whatever_it_does(running: Running, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", seconds=25, size=(640, 480))
    with Visitor(running.address) as visitor, visitor.present():
        sent = visitor.upload(clip.read_bytes(), "clip.mp4")
        threading.Thread(target=_ask, args=(visitor, sent), daemon=True).start()
        decoders = _wait_for_children(running.process)
        began = time.monotonic()
        os.kill(running.process, signal.SIGTERM)
        status = os.waitpid(running.process, 0)[1]
    assert time.monotonic() - began < 5
    assert os.waitstatus_to_exitcode(status) == 0
    assert not any(Path(f"/proc/{decoder}").exists() for decoder in decoders)
    assert list(running.temporary.glob("mmsent-*/*")) == []
    assert "Traceback" not in running.log.read_text()


def _ask(visitor: Visitor, sent: dict) -> None:
    with contextlib.suppress(httpx.HTTPError, RuntimeError):  # it is stopped in the middle
        visitor.ask("video", sent, "", ["face"])


def _wait_for_children(process: int, seconds: float = 60.0) -> list[str]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        children = " ".join(
            path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")
        ).split()
        if children:
            return children
        time.sleep(0.05)
    raise AssertionError("no clip is being decoded")
