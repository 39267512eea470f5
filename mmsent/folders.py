"""Searches folders: the files to score, and what is left out and why."""

import mimetypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmsent import clip_kinds, media
from mmsent.clip_kinds import is_clip
from mmsent.media import is_image
from mmsent.read_table import KINDS

if TYPE_CHECKING:
    from mmsent.tasks import Task

SUFFIXES = {"picture": media.IMAGE_SUFFIXES, "clip": clip_kinds.CLIP_SUFFIXES}  # in small letters
MIME_PREFIXES = {"picture": ("image",), "clip": ("video", "audio")}
MIME_TYPES = mimetypes.MimeTypes()  # by ending; this system's own names do not count
HIDDEN = "It is hidden."
LINK = "It is a link to a folder, and these are not followed."
UNREADABLE = "It can't be opened."
NO_FILE = "It is not a file."
BROKEN_LINK = "It is a broken link."
TABLE = "It is a table or a text; to score its rows, name the file itself."
WRONG_KIND = "It is not a {} of a kind that can be read."


class LeftOut(NamedTuple):
    """A file or folder that is not scored; ``why`` is a sentence."""

    path: Path
    why: str


def search_folder(task: "Task", folder: Path) -> Iterator[Path | LeftOut]:
    """Everything below ``folder`` in order: the files to score, and what is left out. A file counts
    by its ending, and where that tells nothing, by its first bytes."""
    for entry in sorted(
        _walk(folder), key=lambda entry: entry.path if isinstance(entry, LeftOut) else entry
    ):
        why = None if isinstance(entry, LeftOut) else _exclusion_reason(task, entry)
        yield LeftOut(entry, why) if why and isinstance(entry, Path) else entry


def _walk(folder: Path) -> Iterator[Path | LeftOut]:
    """Every file below ``folder``; hidden folders and those that can't be opened are left out."""
    shut: list[LeftOut] = []
    for place, folders, files in os.walk(
        folder, onerror=lambda error: shut.append(LeftOut(Path(error.filename), UNREADABLE))
    ):
        here = Path(place)
        for name in [*folders]:
            why = HIDDEN if name.startswith(".") else LINK if (here / name).is_symlink() else None
            if why:
                folders.remove(name)
                yield LeftOut(here / name, why)
        yield from (
            LeftOut(here / name, HIDDEN) if name.startswith(".") else here / name for name in files
        )
    yield from shut


def _exclusion_reason(task: "Task", file: Path) -> str | None:
    """Why a file of a folder is not scored, None where it is. A file that is damaged, but has the
    right suffix, is scored, so that its error is reported."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a device or a pipe has no end
            return NO_FILE
    except OSError:
        return BROKEN_LINK if file.is_symlink() else UNREADABLE
    ending = file.suffix.lower()
    kind = (MIME_TYPES.guess_type(f"_{ending}")[0] or "").split("/")[0]
    if ending in SUFFIXES[task.input_kind] or kind in MIME_PREFIXES[task.input_kind]:
        return None
    try:
        if media_kind(file) == task.input_kind:
            return None
    except OSError:
        return UNREADABLE
    return TABLE if ending in (*KINDS, ".txt") else WRONG_KIND.format(task.input_kind)


def media_kind(file: Path) -> str | None:
    """ "picture", "clip" or None for anything else, by the first bytes. Raises OSError where it
    can't be opened."""
    return "picture" if is_image(file) else "clip" if is_clip(file) else None
