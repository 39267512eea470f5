"""The Dockerfile, tried where no container can be built: what it copies is copied, its variables
are set, its command runs with a file system that can't be written to but for the scratch folder,
and its health check is asked."""

import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmsent.deploy import ROOT
from tests.small_models import write_face

SCRATCH, PORT = "/scratch", "7860"
# in a mount namespace: all that is mounted is made read-only, but for the scratch folder
READ_ONLY = """
mount --bind "$0" "$0"
cut -d ' ' -f 2 /proc/self/mounts | while read -r place; do
  case $place in /proc*|/sys*|/dev*|"$0") ;; *) mount -o remount,ro,bind "$place" ;; esac
done 2>/dev/null
exec "$@"
"""
NAMESPACE = ["unshare", "--mount", "--map-root-user"]


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of this name."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split(" ", 1)[1].strip() for line in text.splitlines() if line.startswith(name)]


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())


def can_be_read_only() -> bool:
    mount = [*NAMESPACE, "sh", "-c", "mount -o remount,ro,bind /"]
    return shutil.which("unshare") is not None and not subprocess.run(mount, check=False).returncode


def copy_context(folder: Path) -> None:
    """What the Dockerfile copies, but for the checkpoints."""
    for line in instructions("COPY"):
        *sources, _ = line.split()
        for source in sources:
            if source == "checkpoints":
                continue
            if (ROOT / source).is_dir():
                hidden = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(ROOT / source, folder / source, ignore=hidden)
            else:
                shutil.copy(ROOT / source, folder / source)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[tuple[Path, Path]]:
    """The folder of the page and the scratch folder, while its command runs."""
    app, scratch = tmp_path / "app", tmp_path / "scratch"
    app.mkdir()
    scratch.mkdir()
    copy_context(app)
    write_face(app / "checkpoints")
    given = {k: v.replace(SCRATCH, str(scratch)) for k, v in variables().items()}
    assert given["GRADIO_SERVER_PORT"] == PORT
    given["GRADIO_SERVER_PORT"] = str(port)
    (command,) = (json.loads(line) for line in instructions("CMD"))
    assert command[0] == "python"
    command[0] = sys.executable
    if can_be_read_only():
        command = [*NAMESPACE, "sh", "-c", READ_ONLY, str(scratch), *command]
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", **given}
    with (tmp_path / "log").open("w") as log:
        page = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=log)
    try:
        yield app, scratch
    finally:
        page.terminate()
        page.wait(20)


@pytest.mark.slow
def test_its_command_answers_the_health_check_and_writes_to_the_scratch_folder_alone(
    running: tuple[Path, Path], port: int, tmp_path: Path
) -> None:
    app, scratch = running
    before = files(app)
    (line,) = instructions("HEALTHCHECK")
    check = json.loads(re.sub(r".*CMD ", "", line))
    assert check[0] == "python"
    ask = [sys.executable, *(part.replace(PORT, str(port)) for part in check[1:])]
    assert subprocess.run(ask, capture_output=True).returncode  # nothing listens yet
    until = time.monotonic() + 200
    while subprocess.run(ask, capture_output=True).returncode:
        assert time.monotonic() < until, (tmp_path / "log").read_text()
        time.sleep(1)
    assert files(app) == before
    assert any(path.suffix == ".onnx" for path in scratch.rglob("*"))


def test_nothing_is_sent_to_the_build_but_what_is_copied() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    assert rules[1] == "*"
    assert allowed == copied
    assert all((ROOT / name).exists() for name in copied)


def test_it_is_nobody_who_may_do_anything() -> None:
    user, group = instructions("USER")[-1].split(":")
    assert int(user) > 0 < int(group)
    made = next(line for line in instructions("RUN") if SCRATCH in line)
    assert f"--owner {user} --group {group} {SCRATCH}" in made
    assert instructions("VOLUME") == [SCRATCH]
    assert instructions("EXPOSE") == [PORT]
    assert fnmatch.filter(variables().values(), f"{SCRATCH}*")


def test_the_docs_run_it_read_only_and_build_it_for_a_gpu() -> None:
    page = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    commands = re.findall(r"^docker .*$", page.replace("\\\n", " "), re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["build", "run", "build", "run"]
    for run in commands[1::2]:
        assert f" --read-only --tmpfs {SCRATCH}:" in run
        assert run.split()[-2] == f"127.0.0.1:{PORT}:{PORT}"
    names = {name.split("=")[0] for name in instructions("ARG")}
    asked = set(re.findall(r"--build-arg (\w+)=", page))
    assert asked == names
