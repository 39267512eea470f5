"""The last step of every training leaves nothing that does not belong together, whenever it
ends."""

import json
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from mmsent import hub
from train.common.evaluate import Metrics
from train.common.export import export, line

CONFIG = {"task": "toy"}
SCORES = {"n": 3, "accuracy": 0.5, "floor_accuracy": 0.4, "macro_f1": 0.3, "ece": 0.1}


def fresh(
    out: Path, seed: int, score: object = lambda: ({"test": SCORES}, {"curves": Figure()})
) -> Metrics:
    torch.manual_seed(seed)
    return export(
        out,
        nn.Linear(3, 2),
        CONFIG,
        score,  # type: ignore[arg-type]
        lambda config, metrics: f"{config['task']}: {metrics['test']['n']} rows\n",
        lambda metrics: (line(name, scores) for name, scores in metrics.items()),
    )


def test_all_of_it_is_of_the_weights_that_were_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    metrics = fresh(tmp_path, 0)
    weights = hub.sha256(tmp_path / "model.safetensors")
    assert metrics == {"sha256": weights, "test": SCORES}
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics
    assert (tmp_path / "README.md").read_text() == "toy: 3 rows\n"
    names = ["README.md", "config.json", "metrics.json", "model.safetensors", "plots/curves.png"]
    assert (
        sorted(
            path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
        )
        == names
    )
    assert (
        capsys.readouterr().out
        == "test  n 3  accuracy 0.5  floor_accuracy 0.4  macro_f1 0.3  ece 0.1\n"
    )
    assert fresh(tmp_path, 1)["sha256"] != weights


def test_whatever_ends_it_the_old_figures_are_gone_with_the_old_weights(tmp_path: Path) -> None:
    fresh(tmp_path, 0)
    weights = hub.sha256(tmp_path / "model.safetensors")

    def killed() -> tuple[Metrics, dict[str, Figure]]:
        assert hub.sha256(tmp_path / "model.safetensors") != weights
        assert not (tmp_path / "metrics.json").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fresh(tmp_path, 1, killed)
    assert not (tmp_path / "metrics.json").exists()
