"""The figure of the attention of the review presets ``reference`` and ``reference-patches``."""

from collections.abc import Sequence
from textwrap import fill, shorten

import numpy as np
import torch
from accelerate import Accelerator
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor, nn

from mmsent.labels import SENTIMENTS
from mmsent.media import Picture, open_image
from train.common import plots
from train.review.reference_data import ReviewDataset
from train.review.reference_net import Kind

COUNT, COLUMNS = 12, 4  # of photos in the figure of the attention
# the more attention, the less shade
SHADE = ListedColormap([(0, 0, 0, shade) for shade in np.linspace(0.85, 0, 256)])
CAPTIONS = {
    "reference": "The photo is one vector and so the only key: its softmax weight is exactly 1 for every review, whatever text "
    "and photo are. It does not tell how much the photo counted.",
    "reference-patches": "Where the text looked, mean over its tokens: the brighter a patch, the more attention, and the "
    "patch with most is not darkened at all. “Nothing relevant” is the share that no patch got.",
}


@torch.inference_mode()
def draw_attention(
    accelerator: Accelerator,
    net: nn.Module,
    preset: Kind,
    data: ReviewDataset,
    learnt: Sequence[str],
    count: int = COUNT,
) -> Figure:
    """A grid of the first ``count`` photos of ``data``, each with its text, both labels and the
    attention it got. ``learnt`` are the labels that may be answered."""
    rows = -(-count // COLUMNS)
    figure = Figure(figsize=(3.2 * COLUMNS, 3.6 * rows + 0.6), layout="constrained")
    figure.suptitle(fill(CAPTIONS[preset], 130), fontsize=10)
    places = [SENTIMENTS.index(label) for label in learnt]
    for index, axes in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).ravel()):
        axes.axis("off")
        sample = data[index] if index < min(count, len(data)) else None
        if sample is None:
            continue
        batch = {name: value[None].to(accelerator.device) for name, value in sample.items()}
        with accelerator.autocast():
            logits, weights = net(batch["ids"], batch["read"], batch["pixels"])
        review, truth = data.rows[index]
        guess = places[int(logits[0, places].argmax())]
        got = _show(axes, open_image(str(review.image)), weights[0].float().cpu(), sample["read"])
        snippet = fill(shorten(review.text, 80, placeholder="…"), 42)
        mark = "✓" if guess == truth else "✗"
        title = f"{snippet}\n{mark} {SENTIMENTS[guess]}, true: {SENTIMENTS[truth]}\n{got}"
        # a price like $5 is not a formula
        axes.set_title(
            title,
            fontsize=8,
            color=plots.BLUE if guess == truth else plots.ORANGE,
            parse_math=False,
        )
    return figure


def _show(axes: Axes, photo: Picture, weights: Tensor, read: Tensor) -> str:
    """Draws the photo, under the weights (T, P + 1) of its patches if it has patches; says what
    they come to."""
    frame = (0, photo.shape[1], photo.shape[0], 0)
    axes.imshow(photo, extent=frame)
    if weights.numel() == 1:
        return f"attention weight {weights.item():.3f}"
    mean = weights[read].mean(dim=0)
    side = round((len(mean) - 1) ** 0.5)
    axes.imshow(
        mean[:-1].view(side, side), cmap=SHADE, extent=frame, vmin=0, interpolation="bilinear"
    )
    return f"photo {1 - mean[-1].item():.0%}, nothing relevant {mean[-1].item():.0%}"
