"""A training that is killed ends as if it had not been, and nothing that it did not make is touched."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from train.common.loop import Plan, accelerator, fit

pytestmark = pytest.mark.usefixtures("alone")
TOY_PLAN = Plan(
    epochs=3,
    batch_size=8,
    learning_rate=0.1,
    optimizer="sgd",
    schedule="onecycle",
    weight_decay=1e-3,
    ema=0.9,
)


def toy_fit(folder: Path, kill_at_step: int | None = None) -> dict[str, torch.Tensor]:
    """Fits a net of a few weights with everything random there is: order, dropout, noise. May kill
    its own process."""
    torch.manual_seed(0)
    inputs = torch.randn(64, 4)
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 2))
    steps = 0

    def loss_of(net: nn.Module, batch: list[torch.Tensor], progress: float) -> torch.Tensor:
        nonlocal steps
        steps += 1
        if steps == kill_at_step:
            signal.raise_signal(signal.SIGKILL)
        pictures, labels = batch
        return nn.functional.cross_entropy(net(pictures + 0.1 * torch.randn_like(pictures)), labels)

    data = TensorDataset(inputs, (inputs.sum(dim=1) > 0).long())
    kept, history = fit(
        accelerator(folder, "no"),
        net,
        data,
        loss_of,
        lambda net, epoch: {},
        TOY_PLAN,
        folder,
        {"faces": "toy"},
    )
    assert len(history) == TOY_PLAN.epochs
    return kept.state_dict()


def killed(folder: Path, step: int) -> None:
    """Runs ``toy_fit`` in a process of its own until SIGKILL; as many threads as here, for sums
    that end on the same bit."""
    code = f"from pathlib import Path; from tests.train.test_resume import toy_fit; toy_fit(Path({str(folder)!r}), {step})"
    root = Path(__file__).resolve().parents[2]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=one_thread, capture_output=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@pytest.mark.slow
def test_a_killed_run_ends_as_if_it_had_not_been_killed(tmp_path):
    whole = toy_fit(tmp_path / "whole")
    killed(tmp_path / "cut", step=13)  # in the middle of the second of three epochs of eight steps
    assert (
        len(json.loads((tmp_path / "cut" / "state" / "history.json").read_text())["history"]) == 1
    )
    assert_same(toy_fit(tmp_path / "cut"), whole)
    # killed between the two renames that put a new state in place: the one before is still there
    (tmp_path / "cut" / "state").rename(tmp_path / "cut" / "state.old")
    assert_same(toy_fit(tmp_path / "cut"), whole)


@pytest.mark.parametrize(("part", "key"), [("plan", "epochs"), ("recipe", "faces")])
def test_a_run_with_other_settings_is_refused(tmp_path, part, key):
    toy_fit(tmp_path)
    saved = json.loads((tmp_path / "state" / "history.json").read_text())
    saved["identity"][part][key] = 99
    (tmp_path / "state" / "history.json").write_text(json.dumps(saved))
    with pytest.raises(ValueError, match="other settings"):
        toy_fit(tmp_path)


@pytest.mark.parametrize("name", ["state", "state.new", "state.old"])
def test_folders_that_no_training_wrote_are_left_alone(tmp_path, name):
    thesis = tmp_path / name / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("three years of work")
    with pytest.raises(
        ValueError, match=f"{name} was not written by a training; pass another --runs"
    ):
        toy_fit(tmp_path)
    assert thesis.exists()
