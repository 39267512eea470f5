"""Reads somebody's own reviews: CSV files with the columns text, image_path and label."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent.media import open_image
from mmsent.read_table import read_table


@dataclass(frozen=True)
class Review:
    """One row. ``text`` may be empty where there is an image; ``place`` is where in ``file`` the
    row begins, "line 2"."""

    text: str
    image: Path | None
    label: str | None
    file: Path
    place: str


def read_reviews(
    source: Path, labelled: bool, known: Collection[str] = ()
) -> tuple[list[Review], list[str]]:
    """The good rows of ``source`` in their order, and one sentence with file and line for each bad
    one, which is left out, and for what is in doubt of a good one.

    ``source`` is a CSV file, or a folder whose ``*.csv`` are read by name, as ``mmsent.read_table``
    reads them; the first line names the columns: ``text``, and ``image_path`` (relative to the
    file; empty for none) and ``label`` if it has them; others are ignored. With ``labelled`` a row
    needs a label, one of ``known`` unless that is empty. Every image is opened once, so that a
    damaged one is known before hours of training. Raises ValueError where there is no CSV file.
    """
    files = sorted(source.glob("*.csv")) if source.is_dir() else [source]
    if not files or not source.exists():
        raise ValueError(f"There is no CSV file of reviews at {source}.")
    reviews, problems = [], []
    for file in files:
        for found in _read(file, labelled, known):
            if isinstance(found, Review):
                reviews.append(found)
            else:
                problems.append(found)
    return reviews, problems


def encode(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The different labels, sorted, and the place of each of ``labels`` among them, (N,)."""
    names, places = np.unique(np.array(labels, dtype=np.str_), return_inverse=True)
    return names.tolist(), places.astype(np.int64)


def _read(file: Path, labelled: bool, known: Collection[str]) -> Iterator[Review | str]:
    """Each row as a review, or as the sentence that says what is wrong with it; and the sentences
    on what is in doubt."""
    for row in read_table(file, ("text", "label")[: 1 + labelled], ("image_path",)):
        yield from (f"{file}, {row.place}: {note}" for note in row.notes)
        try:
            if row.problem:
                raise ValueError(row.problem)
            yield _review(row.cells, labelled, known, file, row.place)
        except ValueError as error:
            yield f"{file}, {row.place}: {error}"


def _review(
    row: Mapping[str, str], labelled: bool, known: Collection[str], file: Path, place: str
) -> Review:
    """Raises ValueError (of which MediaError is one) with the sentence to report."""
    text, name, label = row["text"], row.get("image_path"), row.get("label") or None
    if not text and not name:
        raise ValueError("There is neither a text nor an image.")
    if labelled and label is None:
        raise ValueError("There is no label.")
    if labelled and known and label not in known:
        raise ValueError(f"The label “{label}” is none of {', '.join(known)}.")
    image = file.parent / name if name else None
    if image:
        try:
            open_image(image)
        except ValueError as error:
            raise ValueError(f"The image “{name}” can't be used: {error}") from None
    return Review(text, image, label, file, place)
