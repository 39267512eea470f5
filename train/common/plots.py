"""Figures of a training run. Each function draws one; ``write_plots`` turns them into small PNG
files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from train.common.evaluate import Labels, Probs

DPI = 90
# Okabe and Ito's palette, which stays apart under the common forms of colour blindness.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#8a929c"


def write_plots(folder: Path, figures: Mapping[str, Figure]) -> None:
    """Writes each figure to ``folder/<name>.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=DPI)


def class_distribution(parts: Mapping[str, Labels], names: Sequence[str]) -> Figure:
    """Bars of each label's share, one group a label, one bar a part of the data (its (N,) labels),
    with the counts."""
    figure, axes = _axes(8, 4)
    width = 0.8 / len(parts)
    for index, ((part, labels), colour) in enumerate(
        zip(parts.items(), (BLUE, ORANGE, GREEN), strict=False)
    ):
        counts = np.bincount(labels, minlength=len(names))
        middle = np.arange(len(names)) + (index - (len(parts) - 1) / 2) * width
        bars = axes.bar(
            middle, counts / len(labels), width, color=colour, label=f"{part} (n = {len(labels):,})"
        )
        axes.bar_label(bars, [f"{count:,}" for count in counts], rotation=90, fontsize=7, padding=2)
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="share of rows", title="Class distribution")
    axes.margins(y=0.2)
    axes.legend(frameon=False)
    return figure


def training_curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss, validation accuracy and learning rate over the epochs, from the rows ``train.common.loop.fit``
    returns."""
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    losses, accuracy, rate = figure.subplots(1, 3)
    epochs = range(1, len(history) + 1)
    losses.plot(epochs, [row["loss"] for row in history], color=BLUE, marker=".", label="training")
    losses.plot(
        epochs,
        [row["val_loss"] for row in history],
        color=ORANGE,
        marker=".",
        ls="--",
        label="validation",
    )
    losses.set_title("Cross-entropy")
    losses.legend(frameon=False)
    accuracy.plot(
        epochs, [row["val_accuracy"] for row in history], color=ORANGE, marker=".", ls="--"
    )
    accuracy.set_title("Validation accuracy")
    rate.plot(epochs, [row["lr"] for row in history], color=GREEN, marker=".")
    rate.set_title("Learning rate at the end of the epoch")
    for axes in (losses, accuracy, rate):
        axes.set_xlabel("epoch")
        _lighten(axes)
    return figure


def confusion(labels: Labels, predicted: Labels, names: Sequence[str], title: str) -> Figure:
    """Truth by row, prediction by column; the shade and the first number are shares of the row,
    below them the count."""
    figure, axes = _axes(6.4, 5.8)
    counts = confusion_matrix(labels, predicted, labels=range(len(names)))
    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        ink = "white" if share > 0.55 else "black"
        text = f"{share:.0%}\n{counts[row, column]:,}"
        axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true", title=f"{title} (n = {len(labels):,})")
    axes.grid(False)
    return figure


def predictions(
    pixels: NDArray[np.uint8],
    probs: Probs,
    labels: Labels,
    names: Sequence[str],
    seed: int = 0,
    rows: int = 4,
) -> Figure:
    """A grid of random pictures from (N, H, W) grey ``pixels``, each with the prediction beside the
    truth."""
    columns = 2 * rows
    figure = Figure(figsize=(1.5 * columns, 1.9 * rows), layout="constrained")
    chosen = np.random.default_rng(seed).permutation(len(pixels))[: rows * columns]
    grid = figure.subplots(rows, columns).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, index in zip(grid, chosen, strict=False):
        guess = int(probs[index].argmax())
        right = guess == labels[index]
        axes.imshow(pixels[index], cmap="gray", vmin=0, vmax=255)
        # A mark beside the colour, so that the picture can be read without it.
        text = f"{'✓' if right else '✗'} {names[guess]} {probs[index, guess]:.0%}\ntrue: {names[labels[index]]}"
        axes.set_title(text, fontsize=8, color=BLUE if right else ORANGE)
    return figure


def reliability(probs: Probs, labels: Labels, title: str, bins: int = 15) -> Figure:
    """Accuracy against confidence in equal-width bins (DeGroot and Fienberg 1983), above how many
    rows lie in each."""
    figure = Figure(figsize=(5.2, 5.6), layout="constrained")
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == labels
    accuracy, middle = calibration_curve(
        right, confidence, n_bins=bins, strategy="uniform", pos_label=True
    )
    curve.plot([0, 1], [0, 1], color=GREY, ls="--", label="perfect")
    curve.plot(middle, accuracy, color=BLUE, marker="o", label="model")
    curve.set(ylabel="accuracy", ylim=(0, 1), title=f"{title} (n = {len(labels):,})")
    curve.legend(frameon=False, loc="upper left")
    histogram.hist(confidence, bins=bins, range=(0, 1), color=BLUE)
    histogram.set(xlabel="confidence", ylabel="rows", xlim=(0, 1))
    for axes in (curve, histogram):
        _lighten(axes)
    return figure


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    _lighten(axes)
    return figure, axes


def _lighten(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GREY, alpha=0.25)
    axes.set_axisbelow(True)
