"""Reads memes as Memotion 7k was published: a CSV file of image names, captions and labels, and a
folder of images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

from mmsent.captions import split_caption
from mmsent.labels import MEMOTION_ASPECTS
from mmsent.media import Picture, open_image
from mmsent.pipelines.encoders import check_length, squash
from mmsent.read_cells import duplicate_column
from mmsent.read_csv import column_names
from mmsent.read_table import read_table
from train.meme.data import MISSING

IMAGE = ("image_name", "image")
TEXT = ("text_corrected", "text_ocr", "text")  # the first that is not empty is the caption
LABELS = {aspect: (aspect,) for aspect in MEMOTION_ASPECTS} | {
    "sentiment": ("sentiment", "overall_sentiment")
}
KNOWN = (*IMAGE, *TEXT, *dict.fromkeys(name for names in LABELS.values() for name in names))
EMPTY = ("", "nan", "null")  # how programs write that there is no value


@dataclass(frozen=True)
class Meme:
    """``picture`` (S, S, 3) RGB uint8, ``text`` preprocessed, ``labels`` the index in each of
    MEMOTION_ASPECTS, -1 for none."""

    picture: Picture
    text: str
    labels: tuple[int, ...]


def read_csv(file: Path, images: Path, size: int) -> tuple[list[Meme], list[str]]:
    """The good rows of ``file`` in their order, pictures squashed to ``size`` px, and one sentence
    with file and line for each bad one, which is left out, and for what is in doubt of a good one.

    The first line names the columns: ``image_name`` (in the folder ``images``), ``text_corrected``,
    ``text_ocr`` or ``text``, and any of MEMOTION_ASPECTS, ``overall_sentiment`` for sentiment; others
    are ignored. Values may be missing, but a row needs an image and one label. Raises ValueError
    where there is no such file, or columns are missing.
    """
    if not file.is_file():
        raise ValueError(f"There is no CSV file of memes at {file}.")
    _check_header(file)
    memes: list[Meme] = []
    problems: list[str] = []
    for row in tqdm(read_table(file, ()), f"read {file.name}", unit=" rows", mininterval=2):
        problems += [f"{file}, {row.place}: {note}" for note in row.notes]
        try:
            if row.problem:
                raise ValueError(row.problem)
            memes.append(_meme(row.cells, images, size))
        except ValueError as error:
            problems.append(f"{file}, {row.place}: {error}")
    return memes, problems


def _check_header(file: Path) -> None:
    """Raises ValueError where the first line lacks an image, a text or any label, or has a column
    of them twice."""
    header = column_names(file.read_bytes(), KNOWN)
    if problem := duplicate_column(header, KNOWN):
        raise ValueError(f"{file}: {problem}")
    aspects = tuple(name for names in LABELS.values() for name in names)
    for names in (IMAGE, TEXT, aspects):
        if not set(header).intersection(names):
            raise ValueError(
                f"{file}: The first line must name its columns, and none is called "
                f"{' or '.join(names)}."
            )


def _meme(cells: Mapping[str, str], images: Path, size: int) -> Meme:
    """Raises ValueError (of which MediaError is one) with the sentence to report."""
    row = {name: value for name, value in cells.items() if value.lower() not in EMPTY}
    image = _first(row, IMAGE)
    if image is None:
        raise ValueError("There is no image.")
    labels = tuple(_label(row, aspect) for aspect in MEMOTION_ASPECTS)
    if set(labels) == {MISSING}:
        raise ValueError("There is no label.")
    try:
        picture = squash(open_image(images / image), size)
    except ValueError as error:
        raise ValueError(f"The image “{image}” can't be used: {error}") from None
    text = _first(row, TEXT) or ""
    check_length(text)
    return Meme(picture, split_caption(text), labels)


def _label(row: Mapping[str, str], aspect: str) -> int:
    """The index of the row's label; a strong sentiment counts as the plain one."""
    written = _first(row, LABELS[aspect])
    if written is None:
        return MISSING
    label = written.lower().replace(" ", "_")
    label = label.removeprefix("very_") if aspect == "sentiment" else label
    if label not in MEMOTION_ASPECTS[aspect]:
        raise ValueError(f"The label “{written}” is none of {', '.join(MEMOTION_ASPECTS[aspect])}.")
    return MEMOTION_ASPECTS[aspect].index(label)


def _first(row: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((row[name] for name in names if name in row), None)
