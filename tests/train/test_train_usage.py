"""What the training scripts call themselves in their usage is how they are started."""

import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    [f"train.{file.parent.name}" for file in ROOT.glob("train/*/__main__.py")]
    + ["train.face.frame", "train.plot_model", "train.publish"]
)


@pytest.mark.parametrize("module", SCRIPTS)
def test_the_usage_names_the_command(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert out.getvalue().startswith(f"usage: python -m {module} [-h]")
