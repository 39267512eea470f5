"""Nothing is sent anywhere, no name is looked up, and nothing of others is left on the disk: not by
the app, not by the command line. In the environment of a continuous integration ONNX Runtime is
silent anyway, so these processes get one of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.offline import (
    LOOK_UP,
    ROOT,
    SECONDS,
    Reached,
    in_namespace,
    notices,
    under_strace,
    way,
)

AT_HOME = "import socket\nwith socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname()).close()"


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Reached:
    return way(tmp_path_factory.mktemp("way"))


@pytest.fixture(scope="module")
def settings(
    tmp_path_factory: pytest.TempPathFactory,
    face_checkpoint: Path,
    review_checkpoint: Path,
    meme_checkpoint: Path,
    video_checkpoint: Path,
) -> dict[str, str]:
    """The models, and one place for the nets that are exported to ONNX."""
    models = {
        "FACE": face_checkpoint,
        "REVIEW": review_checkpoint,
        "MEME": meme_checkpoint,
        "VIDEO": video_checkpoint,
    }
    cache = tmp_path_factory.mktemp("cache")
    return {f"MMSENT_{task}": str(folder) for task, folder in models.items()} | {
        "MMSENT_CACHE": str(cache)
    }


@pytest.mark.parametrize("one", [in_namespace, under_strace])
def test_a_look_up_is_noticed_and_a_visit_at_home_is_not(one: Reached, tmp_path: Path) -> None:
    if not notices(one, tmp_path):
        pytest.skip("the system does not let that happen")
    assert one(LOOK_UP, {}, tmp_path)
    assert one(("-c", AT_HOME), {}, tmp_path) == []


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
def test_the_app_reaches_out_for_nothing(
    reached: Reached, settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    assert (
        reached(
            ("-m", "tests.one_visit", str(tmp_path)), settings | {"HOME": str(tmp_path)}, tmp_path
        )
        == []
    )
    assert files(tmp_path / "home") == files(tmp_path / "tmp") == []


@pytest.mark.slow
def test_the_command_line_reaches_out_for_nothing(
    reached: Reached, settings: dict[str, str], tmp_path: Path, grey_photo: Path
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for folder in (home, temporary):
        folder.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(temporary)}
    assert reached(("-m", "mmsent", "face", str(grey_photo)), settings | own, tmp_path) == []
    assert files(home) == files(temporary) == []


@pytest.mark.parametrize("package", ["mmsent", "train", "bench"])
def test_every_package_switches_it_off_before_anything_looks(package: str) -> None:
    code = (
        f"import {package}, json, os, sys; from huggingface_hub import constants; "
        "print(json.dumps([dict(os.environ), constants.HF_HUB_DISABLE_TELEMETRY, 'onnxruntime' in "
        "sys.modules]))"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", code], cwd=ROOT, env={"PATH": os.environ["PATH"]}
    )
    settings, hub_is_silent, is_late = json.loads(told)
    assert settings["ORT_DISABLE_TELEMETRY"] == "1"
    assert settings["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert settings["RAY_USAGE_STATS_ENABLED"] == "0"
    assert hub_is_silent
    assert not is_late


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
