"""Training on two processes ends where it ends on one: the same weights where nothing is random,
the same figures elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.small_models import write_encoders
from tests.toy_corpora import write_corpora

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = (
    "-m",
    "accelerate.commands.launch",
    "--multi_gpu",
    "--num_machines",
    "1",
    "--mixed_precision",
    "no",
)
LAUNCH = (*LAUNCH, "--dynamo_backend", "no", "--main_process_port", "0", "--num_processes", "2")


def run(script: Path, processes: int, *arguments: object) -> str:
    """Runs ``script`` as so many processes on the CPU, as ``accelerate launch`` does on GPUs."""
    environment = os.environ | {
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    launch = LAUNCH if processes > 1 else ()
    done = subprocess.run(
        [sys.executable, *launch, str(script), *map(str, arguments)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


PLAIN = """
import sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import TensorDataset
from train.common.loop import Plan, accelerator, fit

class Branched(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
        self.rare = nn.Linear(4, 2)  # for few rows, none in many a process's part of a batch

    def forward(self, x):
        rows = x[:, 0] > 1.5
        extra = torch.zeros(len(x), 2)
        if rows.any():
            extra[rows] = self.rare(x[rows])
        return self.base(x) + extra

folder = Path(sys.argv[1])
torch.manual_seed(0)
inputs = torch.randn(150, 4)
net = Branched()
plan = Plan(epochs=3, batch_size=16, learning_rate=0.1, optimizer="sgd", schedule="onecycle", weight_decay=1e-3, ema=0.9)
work = accelerator(folder, "no")

def loss_of(net, batch, progress):
    return nn.functional.cross_entropy(net(batch[0]), batch[1])

kept, history = fit(work, net, TensorDataset(inputs, (inputs.sum(dim=1) > 0).long()), loss_of, lambda *_: {}, plan, folder, {})
if work.is_main_process:
    save_file(kept.state_dict() | {"loss": torch.tensor([row["loss"] for row in history])}, folder / "net.safetensors")
    print("processes", work.num_processes)
work.wait_for_everyone()
work.end_training()
"""


@pytest.mark.slow
def test_without_chance_the_weights_are_the_same(tmp_path):
    (tmp_path / "plain.py").write_text(PLAIN)
    nets = {}
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        assert f"processes {processes}" in run(tmp_path / "plain.py", processes, folder)
        nets[processes] = load_file(folder / "net.safetensors")
    assert nets[1]["loss"][-1] < nets[1]["loss"][0]
    for name, value in nets[1].items():
        torch.testing.assert_close(nets[2][name], value, rtol=1e-4, atol=1e-5, msg=name)


REVIEW = """
from dataclasses import replace
from train.review import __main__ as review

review.PLAN = replace(review.PLAN, epochs=8, batch_size=16, learning_rate=0.03, ema=0.8)
review.WIDTH, review.DROPOUT = 8, 0.0
review.main()
"""


@pytest.mark.slow
@pytest.mark.scale
@pytest.mark.timeout(900)
def test_the_review_model_scores_the_same(tmp_path):
    (tmp_path / "review.py").write_text(REVIEW)
    data, metrics = write_corpora(tmp_path / "data"), {}
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        write_encoders(folder, layers=0)
        models = ("--text-model", folder / "text", "--image-model", folder / "image")
        run(
            tmp_path / "review.py",
            processes,
            "--data",
            data,
            "--runs",
            folder / "runs",
            "--out",
            folder / "review",
            *models,
        )
        metrics[processes] = json.loads((folder / "review" / "metrics.json").read_text())["test"]
    for source in ("reviews", "mvsa"):
        one, two = metrics[1][source], metrics[2][source]
        assert one["n"] == two["n"] == 12
        assert two["accuracy"] > 0.7, "chance is 0.33"
        assert one["accuracy"] == pytest.approx(two["accuracy"], abs=2 / 12), "two rows of twelve"
