"""The rows of somebody's own CSV that the presets ``reference`` and ``reference-patches`` learn from."""

from pathlib import Path

import numpy as np
from accelerate import Accelerator

from mmsent.labels import SENTIMENTS
from mmsent.media import MediaError, Picture, open_image
from mmsent.pipelines.encoders import squash
from train.common.problems import summary
from train.review.csv_data import Review, read_reviews
from train.review.data import Part
from train.review.reference_data import Rows


def read_rows(accelerator: Accelerator, data: Path) -> tuple[Rows, list[str]]:
    """The usable rows of ``data``, and the sentiments among their labels, in the order of SENTIMENTS.
    Raises ValueError where these are too few or others."""
    reviews = _usable(accelerator, data)
    labels = {str(review.label) for review in reviews}
    if others := sorted(labels - set(SENTIMENTS)):
        raise ValueError(
            f"{data}: the label “{others[0]}” is none of {', '.join(SENTIMENTS)}, which are all that "
            "a review can be answered with; please rename the labels."
        )
    if len(labels) < 2:
        raise ValueError(
            f"{data}: {len(reviews)} usable reviews, {len(labels)} different labels; at least two "
            "are needed."
        )
    learnt: list[str] = [label for label in SENTIMENTS if label in labels]
    return [(review, SENTIMENTS.index(str(review.label))) for review in reviews], learnt


def part_of(rows: Rows, size: int | None = None) -> Part:
    """Texts and labels of ``rows``; with ``size`` also the photos, squashed to it, as many would not
    fit into the memory, None for those that can't be opened any more."""
    photos: list[Picture | None] = [None] * len(rows)
    for i, (review, _) in enumerate(rows if size else ()):
        try:
            photos[i] = squash(open_image(review.image or ""), size or 0)
        except MediaError:
            continue
    labels = np.array([label for _, label in rows], np.int64)
    return Part([review.text for review, _ in rows], photos, labels)


def _usable(accelerator: Accelerator, data: Path) -> list[Review]:
    """The rows with text or not, but with a photo and a label; says what is wrong with the
    others."""
    reviews, problems = read_reviews(data, labelled=True)
    problems += [
        f"{review.file}, {review.place}: There is no image."
        for review in reviews
        if review.image is None
    ]
    if problems:
        accelerator.print(summary(problems, "rows are left out or in doubt"))
    return [review for review in reviews if review.image is not None]
