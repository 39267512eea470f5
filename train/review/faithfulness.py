"""Faithfulness of the attention: the effect of removing the most attended patches, compared with
random ones."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm.auto import tqdm

from mmsent.media import Picture
from mmsent.pipelines.encoders import Tokens, squash
from mmsent.pipelines.review import ReviewPipeline
from mmsent.pipelines.review_inputs import collate
from train.common.evaluate import Metrics
from train.review.data import Encoded, Part

SHARE = 0.2  # of the patches is taken away
RANDOM_DRAWS = 5


def faithfulness(review: ReviewPipeline, part: Part, encoded: Encoded, seed: int = 0) -> Metrics:
    """The mean change of the fused probability of the predicted label, over the rows of ``part`` with
    text and photo, when the 20 % most attended patches are removed, and as many random ones.

    Removed in two ways: from the attention (the net may not look there), and from the picture
    (painted in its mean colour before it is encoded), which also changes what the patches around
    them show. ``encoded`` are the same rows, encoded.
    """
    random = np.random.default_rng(seed)
    moved: dict[str, list[float]] = defaultdict(list)
    rows = zip(part.texts, part.pictures, encoded.texts, encoded.patches, strict=True)
    pairs = [row for row in rows if len(row[2]) and row[3] is not None]
    for pair in tqdm(pairs, "faithfulness", mininterval=2):
        for key, value in _one(review, random, *pair).items():
            moved[key].append(value)
    return {key: round(float(np.mean(values)), 4) for key, values in moved.items()} | {
        "n": len(pairs),
        "share": SHARE,
        "random_draws": RANDOM_DRAWS,
    }


def _one(
    review: ReviewPipeline,
    random: np.random.Generator,
    text: str,
    picture: Picture,
    tokens: Tokens,
    patches: NDArray,
) -> dict[str, float]:
    result = review.predict_seen(text, patches)
    count = round(SHARE * len(patches))
    most = np.argsort(-result.attention.mean(axis=0))[:count]
    draws = [random.permutation(len(patches))[:count] for _ in range(RANDOM_DRAWS)]
    top = result.sentiment.labels.index(result.sentiment.top)

    def change(
        patches_by_row: Sequence[NDArray], hidden_places: Sequence[NDArray | None]
    ) -> NDArray[np.floating]:
        batch = collate([tokens] * len(patches_by_row), patches_by_row, review.image.width)
        for row, places in zip(batch[3], hidden_places, strict=True):
            if places is not None:
                row[torch.from_numpy(places)] = False
        with torch.inference_mode():
            logits = (
                review.net(*(part.to(review.device) for part in batch))[0].float().cpu().numpy()
            )
        return np.abs(review.probabilities(logits, "both")[:, top] - result.sentiment.confidence)

    attention_masked = change([patches] * (1 + RANDOM_DRAWS), [most, *draws])
    painted = review.image(
        [_paint(picture, review.image.size, result.grid, places) for places in (most, draws[0])]
    )[0]
    pixels = change(list(painted), [None, None])
    return {
        "most_attended": float(attention_masked[0]),
        "random": float(attention_masked[1:].mean()),
        "painted_most_attended": float(pixels[0]),
        "painted_random": float(pixels[1]),
    }


def _paint(
    picture: Picture, size: int, grid: tuple[int, int], places: NDArray[np.integer]
) -> Picture:
    """The squashed picture with some cells of the grid in its mean colour."""
    square = squash(picture, size).copy()
    colour = square.mean(axis=(0, 1)).astype(np.uint8)
    tall, wide = size // grid[0], size // grid[1]
    for row, column in (divmod(int(place), grid[1]) for place in places):
        square[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide] = colour
    return square
