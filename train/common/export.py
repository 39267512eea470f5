"""The end of every training: checkpoint, figures, plots, model card, metrics.json, in an order that
no kill can mix up."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch import nn

from mmsent import hub
from train.common import plots
from train.common.evaluate import Metrics

Figures = dict[str, Figure]
KEYS = ("n", "accuracy", "floor_accuracy", "macro_f1", "ece")


def export(
    out: Path,
    net: nn.Module,
    config: hub.Config,
    score: Callable[[], tuple[Metrics, Figures]],
    card: Callable[[hub.Config, Metrics], str] | None = None,
    lines: Callable[[Metrics], Iterable[str]] = lambda _: (),
) -> Metrics:
    """Writes to ``out`` the checkpoint of ``net``, then plots, README.md and last metrics.json, and
    prints ``lines``; returns the metrics, with the sha256 of the weights they belong to.

    ``score()`` gives metrics and plots of the checkpoint that then lies in ``out``; ``card`` makes
    the model card of its config and the metrics; without it there is none.
    """
    hub.save_checkpoint(out, net, config)
    metrics, figures = score()
    plots.write_plots(out / "plots", figures)
    if card:
        config = hub.read_config(out, config["task"])
        (out / "README.md").write_text(card(config, metrics), encoding="utf-8")
    written = hub.save_metrics(out, metrics)
    for line in lines(metrics):
        print(line)
    return written


def line(name: str, scores: Mapping[str, Any], keys: Iterable[str] = KEYS) -> str:
    """``scores`` in one line for the terminal, those of ``keys``."""
    return "  ".join([name, *(f"{key} {scores[key]}" for key in keys)])
