"""A process forked after the models were loaded and used answers like its parent, and ends."""

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

import pytest

from mmsent.deploy import ROOT
from tests.clip_media import write_clip

CODE = """
import json, os, sys
import mmsent
from skimage import data

folders, clip = json.loads(sys.argv[1]), sys.argv[2]
inputs = {
    "face": (data.astronaut(),),
    "review": ("not a good bag", data.astronaut()),
    "meme": (data.astronaut(),),  # whose caption is read
    "video": (clip, "you did it"),
}
for task, folder in folders.items():
    pipeline = mmsent.load(task, folder, "cpu")
    answer = pipeline.predict(*inputs[task]).to_dict()
    if child := os.fork():
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([task, "parent", answer, status]), flush=True)
    else:
        print(json.dumps([task, "child", pipeline.predict(*inputs[task]).to_dict(), 0]))
        sys.exit(5)
"""
TASKS = ("face", "review", "meme", "video")


class Family(NamedTuple):
    """What a process and its child answered, and how the child ended."""

    parent: dict[str, Any]
    child: dict[str, Any]
    status: int


@pytest.fixture(scope="module")
def families(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, Family]:
    """Of each task; one process loads them one after another."""
    here = tmp_path_factory.mktemp("fork")
    folders = {task: str(request.getfixturevalue(f"{task}_checkpoint")) for task in TASKS}
    clip = write_clip(here / "clip.mp4", seconds=1)
    # ONNX Runtime's telemetry has threads of its own, which a forked process would wait for at its
    # end.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(folders), str(clip)],
        cwd=here,
        capture_output=True,
        text=True,
        timeout=280,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    told = {(task, who): rest for task, who, *rest in map(json.loads, done.stdout.splitlines())}
    return {
        task: Family(told[task, "parent"][0], told[task, "child"][0], told[task, "parent"][1])
        for task in TASKS
    }


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_forked_process_answers_alike_and_ends(task: str, families: dict[str, Family]) -> None:
    parent, child, status = families[task]
    assert parent
    # other threads sum up in another order
    same(child, parent)
    assert status == 5


def same(one: Any, other: Any) -> None:
    """Alike but for the last digits of numbers."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for part, counterpart in zip(one, other, strict=True):
            same(part, counterpart)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-3)
    else:
        assert one == other
