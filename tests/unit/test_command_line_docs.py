"""Every command that docs/command_line.md and --help show is run, with random checkpoints and
inputs made here."""

import re
import shlex
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import mmsent
from mmsent import __main__ as program
from mmsent.pipelines import clip_watch
from mmsent.transcribe import Unavailable
from tests.clip_media import write_clip
from tests.small_models import write_meme, write_review, write_video

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text(
    encoding="utf-8"
)
ELSEWHERE = (
    "app",
    "deploy",
    "export",
    "site",
    "--engine ray",
    "TASK",
)  # test_launch.py, test_deploy.py, test_onnx_export.py, test_site.py, test_ray_scoring.py; the pattern of all


def commands() -> list[str]:
    """What stands behind ``python -m mmsent`` in the examples, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    found = re.findall(
        r"^\s*\S*python -m mmsent (.*)", "\n".join((*blocks, str(program.__doc__))), re.MULTILINE
    )
    commands = dict.fromkeys(command.split("  #")[0].strip() for command in found)
    return [command for command in commands if not any(word in command for word in ELSEWHERE)]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of each task, with random weights."""
    folders = [tmp_path_factory.mktemp("checkpoints") for _ in range(3)]
    review, meme, video = (
        write(folder)
        for write, folder in zip((write_review, write_meme, write_video), folders, strict=True)
    )
    return {"review": review, "meme": meme, "video": video, "face": folders[2] / "face"}


@pytest.fixture(scope="module")
def load(checkpoints: dict[str, Path]):
    """``mmsent.load``, each pipeline once."""
    real = mmsent.load
    once = cache(lambda task: real(task, checkpoints[task], "cpu"))
    return lambda task, source, device: once(task)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, two_faces: np.ndarray) -> Path:
    """All inputs that the examples name."""
    here = tmp_path_factory.mktemp("inputs")
    for name in ("photos", "more", "memes", "clips"):
        (here / name).mkdir()
    for name in ("photo.jpg", "photos/a.jpg", "more/b.png"):
        Image.fromarray(two_faces[::2, ::2]).save(here / name)
    for name in ("bag.jpg", "memes/c.png"):
        Image.new("RGB", (60, 40), "red").save(here / name)
    (here / "reviews.csv").write_text(PAGE.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    (here / "clip.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nOh no.\n", encoding="utf-8")
    for name in ("clip.mp4", "clips/d.mp4"):
        write_clip(here / name, fps=5)
    return here


@pytest.mark.parametrize("command", commands())
def test_an_example_does_what_it_says(command, folder, load, monkeypatch, capsys):
    def unavailable(*_: object) -> None:
        raise Unavailable("There is no speech recognition here.")

    monkeypatch.setattr(clip_watch, "transcribe", unavailable)
    monkeypatch.setattr(mmsent, "load", load)
    monkeypatch.chdir(folder)
    words = shlex.split(command)
    assert program.main(words) == 0, capsys.readouterr().err
    out, err = capsys.readouterr()
    if "--out" not in words:
        assert len(out.splitlines()) == (2 if "more/*.png" in words else 1)
        return
    table = Path(words[words.index("--out") + 1])
    read = {
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
        ".jsonl": lambda path: pd.read_json(path, lines=True),
    }
    inputs = set(read[table.suffix](table)["input"])
    assert f"{table}: {len(inputs)} inputs, 0 with an error." in err
    assert len(inputs) == (2 if "reviews.csv" in words else 1)
    table.unlink()


def test_examples_are_found():
    tasks = {command.split()[0] for command in commands()}
    assert tasks == {"face", "review", "meme", "video"}
