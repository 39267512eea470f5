"""The wheel holds all that runs outside of a checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mmsent.version import __version__
from tests.tracked import tracked

ROOT = Path(__file__).resolve().parents[2]
TOP = [ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    needed = [
        *TOP,
        *ROOT.glob("requirements*.txt"),
        *(ROOT / name for name in tracked("mmsent", "train")),
    ]
    # a copy, since a build leaves files behind and takes up those of earlier ones
    for path in needed:
        copy = out / "source" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(out),
        str(out / "source"),
    ]
    subprocess.run(build, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@pytest.mark.slow  # builds it
def test_the_wheel_has_all_files_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert tracked("mmsent", "train") - names == set()
    assert not any(name.startswith(("tests/", "bench/", "checkpoints/")) for name in names)


@pytest.mark.slow
def test_installed_it_answers_outside_of_the_checkout(
    wheel: Path, face_checkpoint: Path, tmp_path: Path, grey_photo: Path
) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "site"),
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    environment.pop("MMSENT_FACE", None)

    def mmsent(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(tmp_path / "site" / "bin" / "mmsent"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    version = mmsent("--version")
    assert version.stdout == f"mmsent {__version__}\n", version.stderr
    answered = mmsent("face", str(grey_photo), "--source", str(face_checkpoint))
    assert answered.returncode == 0, answered.stderr
    assert grey_photo.name in answered.stdout
    nothing = mmsent("face", str(grey_photo))
    assert nothing.returncode == 2
    assert "There is no checkpoint for “face”" in nothing.stderr
