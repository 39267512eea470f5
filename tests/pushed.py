"""Presets of the reference on their way: trained by their command, pushed to a local Hub, asked by
another process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mmsent.deploy import ROOT
from tests.conftest import forget_accelerator
from tests.fake_hub import serving, use
from tests.fake_hub_store import FakeHub, Repository

# one process for all: PyTorch takes seconds to come
ASKED = """
import io, json, sys
from contextlib import redirect_stdout
import mmsent
from mmsent.__main__ import main
told = {}
for name, (task, source, rows, table) in json.load(sys.stdin).items():
    pipeline = mmsent.load(task, source, "cpu")
    answers = [pipeline.predict(*row).to_dict() for row in rows]
    with redirect_stdout(io.StringIO()) as out:
        status = main([task, table, "--json", "--source", source])
    told[name] = {"answers": answers, "command": out.getvalue(), "status": status}
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Pushed:
    """A preset of ``task`` that lies on the local Hub as ``source``, made in ``folder``. ``rows`` are
    arguments of ``predict``, and ``expected`` the probabilities, by name, that the net that was trained
    has for each of them."""

    task: str
    source: str
    folder: Path
    repository: Repository
    rows: Sequence[Sequence[str]]
    expected: Sequence[Mapping[str, Sequence[float]]]

    @property
    def config(self) -> dict[str, Any]:
        return json.loads(self.repository.files["config.json"])


@contextmanager
def local_hub(folder: Path) -> Iterator[tuple[FakeHub, pytest.MonkeyPatch]]:
    """A Hub of the test's own, asked by this process and those it starts; changes through the
    MonkeyPatch go with it."""
    with serving() as fake, pytest.MonkeyPatch.context() as patch:
        use(fake, patch, folder / "home")
        patch.setenv("MMSENT_CACHE", str(folder / "cache"))
        patch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        yield fake, patch


def run_script(main: Callable[[], None], patch: pytest.MonkeyPatch, *arguments: object) -> None:
    """A training script with these arguments, in this process."""
    patch.setattr(sys, "argv", ["train", *map(str, arguments)])
    forget_accelerator()
    main()
    forget_accelerator()


def ask_elsewhere(pushed: Mapping[str, Pushed], tables: Mapping[str, Path]) -> dict[str, Any]:
    """What another process answers to the rows of each, and its command line to ``tables``."""
    asked = {
        name: (one.task, one.source, one.rows, str(tables[name])) for name, one in pushed.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        input=json.dumps(asked),
        cwd=next(iter(tables.values())).parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
