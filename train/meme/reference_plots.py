"""The training curves of the meme preset ``reference``."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from train.common import plots

COLOURS = (plots.BLUE, plots.ORANGE, plots.GREEN, plots.GREY, "#cc79a7")


def draw_curves(history: Sequence[Mapping[str, float]], aspects: Sequence[str]) -> Figure:
    """Validation loss and accuracy of each aspect over the epochs."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, what in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for aspect, colour, marker in zip(aspects, COLOURS, "osv^D", strict=False):
            values = [row[f"val_{what}_{aspect}"] for row in history]
            axes.plot(
                range(1, len(history) + 1),
                values,
                color=colour,
                marker=marker,
                markersize=4,
                label=aspect,
            )
        axes.set(title=f"Validation {what}", xlabel="epoch")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", frameon=False)
    return figure
