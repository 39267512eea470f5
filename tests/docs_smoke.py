"""Every command of README.md and docs/*.md, really run: `make test-docs`, some minutes.

They run as they stand there, one after the other, in a copy of the repository with small random
checkpoints, with made-up corpora where they look for ``../shared/data``, and with a Hub of its own.
tests/docs_commands.py says what is put behind a command to make it small, and which are not run and
why. The file's name keeps it out of `make test`.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.torch import save_file
from skimage import data as pictures
from torchvision.models import resnet18

from mmsent import hub
from tests.chromium import CHROMIUM, portrait
from tests.clip_media import write_clip
from tests.docs_commands import ROOT, Rule, commands, rule
from tests.fake_hub import serving, use
from tests.finished import finish
from tests.small_models import write_meme, write_review, write_video
from tests.toy_corpora import sentence, write_corpora
from tests.toy_faces import toy_faces
from tests.toy_video_corpora import write_corpora as write_video_corpora
from train.common.release import ORDER

FILES = (
    *("app.py", "Makefile", "README.md", "LICENSE", "pyproject.toml", "constraints.txt"),
    *(".oxfmtrc.json", ".oxlintrc.json", "Dockerfile"),
)
FOLDERS = ("mmsent", "train", "bench", "docs", "tests")
SECONDS = 900  # for one command
# what "…" stands for
DATA = {"train.face": "../shared/data/face", "bench.chain": "../shared/data/face"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with small checkpoints; beside it the corpora, in it the inputs that the examples
    name."""
    root = _copy_sources(tmp_path_factory.mktemp("docs") / "repository")
    for write in (write_review, write_meme, write_video):  # the encoders are the same each time
        write(root / "checkpoints")
    for name in ORDER:
        hub.save_metrics(finish(root / "checkpoints" / name), {})  # the page shows no figures then
    _write_inputs(root)
    _write_data(root.parent / "shared" / "data")
    return root


@pytest.fixture(scope="module")
def shipped(repository: Path) -> Path:
    """Another copy, beside the same corpora, with the checkpoints that ship."""
    root = _copy_sources(repository.parent / "shipped")
    shutil.copytree(ROOT / "checkpoints", root / "checkpoints")
    return root


def _copy_sources(root: Path) -> Path:
    root.mkdir()
    for name in (*FILES, *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, root)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".venv").symlink_to(sys.prefix)
    return root


def _write_inputs(root: Path) -> None:
    for name in ("photos", "more", "memes", "clips"):
        (root / name).mkdir()
    for name in ("photo.jpg", "bag.jpg", "photos/a.jpg", "more/b.png", "memes/c.png"):
        Image.fromarray(pictures.astronaut()).save(root / name)
    for name in ("clip.mp4", "clips/d.mp4"):
        # a face to go by, and no sound, for the small speech model has no tokenizer
        silent = np.zeros((0, 1), np.float32)
        write_clip(root / name, fps=5, size=(640, 480), sound=silent, paint=lambda _: portrait())
    (root / "clip.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nYou did it.\n")
    memes = pd.DataFrame({"image_path": ["memes/c.png"], "text": ["When it works."]})
    memes.to_csv(root / "memes.csv", index=False)
    reviews = pd.DataFrame({"text": ["Good.", "It broke."], "image_path": ["bag.jpg", ""]})
    reviews.to_csv(root / "reviews.csv", index=False)
    random = np.random.default_rng(0)
    labels = ["negative", "neutral", "positive"] * 20
    own = {
        "text": [sentence(label, random) for label in labels],
        "image_path": ["bag.jpg", ""] * 30,
        "label": labels,
    }
    pd.DataFrame(own).to_csv(root / "my_reviews.csv", index=False)


def _write_data(folder: Path) -> None:
    write_corpora(folder)
    write_video_corpora(folder.parent / "video")
    shutil.copytree(folder.parent / "video", folder, dirs_exist_ok=True)
    face = np.asarray(
        Image.fromarray(pictures.astronaut())
        .convert("L")
        .crop((165, 55, 275, 175))
        .resize((48, 48))
    )
    parts = [
        toy_faces(128, 1, "Training"),
        toy_faces(42, 2, "PublicTest"),
        toy_faces(42, 3, "PrivateTest"),
    ]
    for part in parts:  # a real face, so that it can be found
        part["pixels"] = [face.ravel()] * len(part)
    parts[0].to_parquet(folder / "face/df_train.parquet.gzip")
    pd.concat(parts[1:], ignore_index=True).to_parquet(folder / "face/df_test.parquet.gzip")
    (folder / "pretrained").mkdir()
    save_file(
        resnet18(num_classes=384).state_dict(), folder / "pretrained/resnet18_lit.safetensors"
    )


@pytest.fixture(scope="module")
def environment(repository: Path) -> Iterator[dict[str, str]]:
    """With a Hub of its own, caches that are thrown away, and a port for what serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with serving() as hub, pytest.MonkeyPatch.context() as patch:
        use(hub, patch, repository.parent / "home")
        own = {"MMSENT_CACHE": str(repository.parent / "cache"), "GRADIO_SERVER_PORT": port}
        path = f"{repository / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        yield {**os.environ, **own, "PATH": path, "PYTHONUNBUFFERED": "1"}


def small(command: str, how: Rule, number: int) -> str:
    """What is run in place of ``command``."""
    module = command.split(" -m ")[-1].split()[0]
    for left_out in ("…", "..."):
        command = command.replace(f"--data {left_out}", f"--data {DATA['train.face']}")
        command = command.replace(f"{module} {left_out}", f"{module} --data {DATA['train.face']}")
    if command.startswith("make "):  # what it needs is installed
        return f"make -o .venv/app -o .venv/dev {command.removeprefix('make ')}"
    if "--epochs" in how.more:
        out = "" if "--out" in command else f" --out runs/{number}/out"
        command += f" --runs runs/{number}{out}"
    return f"{command} {how.more}".strip()


@pytest.mark.parametrize(
    ("number", "command"), [(i, command) for i, (_, command) in enumerate(commands())]
)
def test_a_command_of_the_docs_runs(
    number: int, command: str, repository: Path, shipped: Path, environment: dict[str, str]
) -> None:
    how = rule(command)
    assert how, "tests/docs_commands.py does not say how to run it"
    if how.skip:
        pytest.skip(f"{command}: {how.skip}")
    if "live_browser" in command and not CHROMIUM.exists():
        pytest.skip(f"{command}: there is no {CHROMIUM}")
    folder = shipped if how.shipped else repository
    line = small(command, how, number)
    for table in re.findall(r"--out (\S+\.(?:csv|jsonl|parquet))", line):
        (folder / table).unlink(missing_ok=True)  # of a command before
    if how.serves:
        serve(line, how.serves, folder, environment)
        return
    done = subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    told = f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode in ((0, 1) if how.measures else (0,)), told
    assert how.measures in done.stdout, told


def serve(line: str, ready: str, folder: Path, environment: dict[str, str]) -> None:
    """Waits until it is ready, stops it with Ctrl-C, and sees it end."""
    log = folder / "serving.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            line,
            shell=True,
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + SECONDS
            while ready not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.2)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
