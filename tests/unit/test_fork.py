"""A process forked after the models were loaded and used answers like its parent, and ends."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmsent.deploy import ROOT
from tests.clip_media import write_clip

CODE = """
import json, os, sys
import mmsent
from skimage import data

task, folder, clip = sys.argv[1:]
inputs = {
    "face": (data.astronaut(),),
    "review": ("not a good bag", data.astronaut()),
    "meme": (data.astronaut(),),  # whose caption is read
    "video": (clip, "you did it"),
}
pipeline = mmsent.load(task, folder, "cpu")
answer = json.dumps(pipeline.predict(*inputs[task]).to_dict())
if child := os.fork():
    print(answer, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), sep="\\n")
else:
    print(json.dumps(pipeline.predict(*inputs[task]).to_dict()))
    sys.exit(5)
"""
NUMBER = re.compile(r"-?\d[\d.e-]*")


@pytest.mark.parametrize("task", ["face", "review", "meme", "video"])
def test_a_forked_process_answers_alike_and_ends(
    task: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(f"{task}_checkpoint")
    clip = write_clip(tmp_path / "clip.mp4", seconds=1)
    command = [sys.executable, "-c", CODE, task, str(folder), str(clip)]
    # ONNX Runtime's telemetry has threads of its own, which a forked process would wait for at its
    # end.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    child, parent, status = done.stdout.splitlines()
    assert NUMBER.sub("", child) == NUMBER.sub("", parent)
    # other threads sum up in another order
    assert numbers(child) == pytest.approx(numbers(parent), abs=1e-3)
    assert status == "5"


def numbers(answer: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(answer)]
