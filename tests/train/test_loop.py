"""The training loop by itself: what a run that is taken up again gets back."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from train.common.loop import Plan, accelerator, fit
from train.common.optimize import make_scheduler

pytestmark = pytest.mark.usefixtures("alone")


def loss_of(net: nn.Module, batch: list[Tensor], progress: float) -> Tensor:
    return F.mse_loss(net(batch[0]), batch[1])


@pytest.mark.slow
@pytest.mark.parametrize("ema", [0.5, 0.0])
def test_runs_after_one_another_come_back_each_for_itself(tmp_path: Path, ema: float) -> None:
    torch.manual_seed(0)
    data = TensorDataset(torch.randn(32, 3), torch.randn(32, 2))
    plan = Plan(2, 8, 0.1, "sgd", "onecycle", ema=ema)

    def run(work, name: str, net: nn.Module):
        return fit(
            work,
            net,
            data,
            loss_of,
            lambda kept, epoch: {"val": float(epoch)},
            plan,
            tmp_path / name,
            {"name": name},
        )

    work = accelerator(tmp_path / "logs", "no")
    narrow, of_narrow = run(work, "narrow", nn.Linear(3, 2))
    deep, of_deep = run(
        work, "deep", nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    )
    # as after a kill: the first is left out, then both are asked for
    work = accelerator(tmp_path / "logs", "no")
    for name, trained, history, fresh in (
        ("deep", deep, of_deep, nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))),
        ("narrow", narrow, of_narrow, nn.Linear(3, 2)),
    ):
        again, told = run(work, name, fresh)
        assert told == history
        assert len(told) == plan.epochs
        for key, value in trained.state_dict().items():
            torch.testing.assert_close(again.state_dict()[key], value)


@pytest.mark.parametrize("ema", [0.5, 0.0])
def test_what_was_trained_in_half_precision_answers_in_full(tmp_path: Path, ema: float) -> None:
    torch.manual_seed(0)
    data = TensorDataset(torch.randn(8, 3), torch.randn(8, 2))
    plan = Plan(1, 8, 0.1, "sgd", "constant", ema=ema)
    work = accelerator(tmp_path / "logs", "bf16")
    net, _ = fit(work, nn.Linear(3, 2), data, loss_of, lambda *_: {}, plan, tmp_path, {})
    rows = data.tensors[0]
    torch.testing.assert_close(net(rows), F.linear(rows, net.weight, net.bias), rtol=0, atol=1e-7)


@pytest.mark.parametrize("steps", [*range(1, 12), 100])
def test_a_training_of_any_length_has_its_learning_rates(steps):
    net = torch.nn.Linear(2, 2)
    plan = Plan(1, 1, 0.1, "adamw", "onecycle")
    optimizer = torch.optim.AdamW(net.parameters(), 0.1)
    schedule = make_scheduler(optimizer, plan, steps)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert max(rates) <= 0.1
    assert rates[0] < 0.1
    assert rates[-1] < max(rates) or steps < 3
