"""The optimizer of a plan, and its learning rates."""

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from train.common.loop import Plan

WARM_UP = 0.2  # of a training in which the learning rate rises


def make_optimizer(net: nn.Module, plan: "Plan") -> torch.optim.Optimizer:
    """That of the plan, over all weights that are trained."""
    # Biases and norms are not decayed: decay on them only shrinks the scale of what the next layer
    # sees.
    parameters = [p for p in net.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": plan.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if plan.optimizer == "sgd":
        return torch.optim.SGD(groups, plan.learning_rate, momentum=0.9, nesterov=True)
    kind = torch.optim.Adam if plan.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, plan.learning_rate)


def make_scheduler(
    optimizer: torch.optim.Optimizer, plan: "Plan", steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rates of the plan over so many ``steps``."""
    if plan.schedule == "onecycle":
        total = steps + 1
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            plan.learning_rate,
            total_steps=total,
            pct_start=max(WARM_UP, 2 / total),  # of less than two steps torch divides by zero
        )
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
