"""One training loop for every model: seeded, resumable after a kill, on one CPU, one GPU or many
(`accelerate launch`)."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator, DataLoaderConfiguration
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs, set_seed
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset, Sampler
from tqdm.auto import tqdm

from train.common.optimize import make_optimizer, make_scheduler

OTHER_SETTINGS = (
    "{} was written by a run with other settings; pass another --runs or delete it to start again"
)
HISTORY = "history.json"  # of a state
AVERAGED = "averaged.safetensors"  # of a state: the weights that are evaluated and saved

Metrics = dict[str, float]
# (net, batch, progress from 0 to 1) -> loss
LossOf = Callable[[nn.Module, Any, float], Tensor]


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn. ``batch_size`` is that of all processes together, so their
    number changes nothing.

    ``ema`` is the decay a step of the averaged weights that are evaluated and kept; 0 keeps the
    last weights instead.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: Literal["adam", "adamw", "sgd"]
    schedule: Literal["constant", "onecycle"]
    weight_decay: float = 0.0
    ema: float = 0.0
    seed: int = 0


def accelerator(logs: Path, precision: str = "auto", seed: int = 0) -> Accelerator:
    """An Accelerator that logs to TensorBoard below ``logs``. ``precision`` auto means bf16 where
    the hardware has it."""
    if precision == "auto":
        on_gpu = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        precision = "bf16" if on_gpu or torch.ops.mkldnn._is_mkldnn_bf16_supported() else "no"
    return Accelerator(
        mixed_precision=precision,
        log_with="tensorboard",
        project_dir=logs,
        step_scheduler_with_optimizer=False,
        dataloader_config=DataLoaderConfiguration(
            split_batches=True, use_seedable_sampler=True, data_seed=seed
        ),
        kwargs_handlers=[
            # the other processes wait while the main one calibrates and evaluates, which may take
            # longer than ten minutes
            InitProcessGroupKwargs(timeout=timedelta(days=1)),
            # a process's part of a batch may hold no face, or no sound, so that a whole branch of
            # the net rests
            DistributedDataParallelKwargs(find_unused_parameters=True),
        ],
    )


def fit(
    accelerator: Accelerator,
    net: nn.Module,
    data: Dataset,
    loss_of: LossOf,
    validate: Callable[[nn.Module, int], Metrics],
    plan: Plan,
    folder: Path,
    recipe: Mapping[str, Any],
    sampler: Sampler | None = None,
    collate: Callable | None = None,
    workers: int = 0,
) -> tuple[nn.Module, list[Metrics]]:
    """Trains ``net`` and returns the net to keep with one row of metrics an epoch.

    After each epoch the whole state is written below ``folder`` and moved into place in one step,
    so that a run killed at any moment resumes after its last complete epoch, with the same batches and
    random numbers as if it had not been killed. ``recipe`` is whatever else makes the run what it
    is, as JSON knows it: the state of another recipe is refused. ``sampler`` replaces the plain
    shuffling, ``collate`` the stacking of rows to a batch; ``workers`` processes load batches ahead;
    without any, random numbers such as those of dropout are others.
    """
    # otherwise the nets of an earlier run would be saved, and loaded, with this one's
    accelerator.free_memory()
    loader = accelerator.prepare(
        DataLoader(
            data,
            plan.batch_size,
            shuffle=sampler is None,
            sampler=sampler,
            collate_fn=collate,
            drop_last=len(data) > plan.batch_size,  # type: ignore[arg-type]
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=accelerator.device.type == "cuda",
        )
    )
    # convolutions on CPU and on tensor cores are fastest with the channels last
    net = net.to(accelerator.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = (
        AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(plan.ema), use_buffers=True)
        if plan.ema
        else None
    )
    optimizer = make_optimizer(net, plan)
    steps = plan.epochs * len(loader)
    scheduler = make_scheduler(optimizer, plan, steps)
    net, optimizer, scheduler = accelerator.prepare(net, optimizer, scheduler)
    kept_net = averaged.module if averaged is not None else accelerator.unwrap_model(net)

    state = folder / "state"
    identity = json.loads(json.dumps({"plan": asdict(plan), "recipe": recipe}))
    history = _resume(accelerator, state, identity, averaged)
    for epoch in range(len(history), plan.epochs):
        set_seed(plan.seed * 1000 + epoch, device_specific=True)
        loader.set_epoch(epoch)
        net.train()
        start = time.monotonic()
        total = torch.zeros((), device=accelerator.device)
        label = f"epoch {epoch + 1}/{plan.epochs}"
        for step, batch in enumerate(
            tqdm(loader, label, disable=not accelerator.is_main_process, mininterval=2)
        ):
            with accelerator.autocast():
                loss = loss_of(net, batch, (epoch + step / len(loader)) / plan.epochs)
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            if averaged is not None:
                averaged.update_parameters(accelerator.unwrap_model(net))
            total += loss.detach()
        kept_net.eval()
        row = {
            "loss": (accelerator.reduce(total, "mean") / len(loader)).item(),
            "lr": scheduler.get_last_lr()[0],
        }
        row |= validate(kept_net, epoch)
        history.append(row | {"seconds": time.monotonic() - start})
        accelerator.log(history[-1], step=epoch)
        accelerator.print(
            "  ".join(f"{name} {value:.4f}" for name, value in history[-1].items()), flush=True
        )
        _save(accelerator, state, identity, history, averaged)
    if averaged is None:  # else it answers in the precision of the training, unlike the page
        kept_net = accelerator.unwrap_model(net, keep_fp32_wrapper=False)
    return kept_net.eval(), history


def _resume(
    accelerator: Accelerator,
    state: Path,
    identity: Mapping[str, Any],
    averaged: AveragedModel | None,
) -> list[Metrics]:
    old = state.with_name("state.old")
    if accelerator.is_main_process:
        for folder in (state, old, state.with_name("state.new")):
            _check_own(folder)
        if old.exists() and not state.exists():
            old.rename(state)  # killed between the two renames of _save
    accelerator.wait_for_everyone()
    if not (state / HISTORY).exists():
        return []
    saved = json.loads((state / HISTORY).read_text())
    if saved["identity"] != identity:
        raise ValueError(OTHER_SETTINGS.format(state))
    accelerator.load_state(str(state))
    if averaged is not None:
        load_model(averaged, state / AVERAGED, device=str(accelerator.device))
    accelerator.print(f"resumed after epoch {len(saved['history'])}")
    return saved["history"]


def _check_own(folder: Path) -> None:
    """Raises ValueError where a folder that is going to be replaced was not written by
    ``_save``."""
    if folder.is_symlink() or (folder.exists() and not (folder / HISTORY).is_file()):
        raise ValueError(f"{folder} was not written by a training; pass another --runs")


def _save(
    accelerator: Accelerator,
    state: Path,
    identity: Mapping[str, Any],
    history: list[Metrics],
    averaged: AveragedModel | None,
) -> None:
    fresh = state.with_name("state.new")
    if accelerator.is_main_process:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        # first, since by it a state is known as ours, half written or not
        (fresh / HISTORY).write_text(json.dumps({"identity": identity, "history": history}))
    accelerator.wait_for_everyone()
    accelerator.save_state(str(fresh))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        if averaged is not None:
            save_model(averaged, str(fresh / AVERAGED))
        old = state.with_name("state.old")
        shutil.rmtree(old, ignore_errors=True)
        if state.exists():
            state.rename(old)
        fresh.rename(state)
        shutil.rmtree(old, ignore_errors=True)
    accelerator.wait_for_everyone()
