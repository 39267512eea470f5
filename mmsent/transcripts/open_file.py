"""Transcripts from files, for Python and the command line. The page must never open files of its
server by name."""

import os
from dataclasses import replace
from pathlib import Path

from mmsent.media import MediaError
from mmsent.read_cells import decode, is_broken
from mmsent.transcripts.notations import Transcript, read_transcript

MAX_BYTES = 2**20  # MAX_CHARACTERS in UTF-8 take 800 kB at most
UNREADABLE_FILE = "There is no readable file “{}”. Please name one that holds a transcript."
TOO_LARGE = f"The transcript is larger than {MAX_BYTES // 2**20} MB. Please send a shorter one."
NOT_TEXT = (
    "“{}” is not text, or in an encoding that is not known here. Please name a file of subtitles or "
    "of plain words, saved as UTF-8."
)
IS_FILE_NAME = (
    "“{0}” is the name of a file: to have it read, give Path({0!r}) in Python or --transcript on "
    "the command line; "
    "if it is what is said, end it with a full stop."
)


def open_transcript(source: str | Path) -> Transcript:
    """The transcript in a text, or in the file of a Path: in any encoding of Unicode or, with a note,
    Windows-1252.

    Raises MediaError with one sentence for a file that can't be read, and for a text that is the
    name of a file.
    """
    if isinstance(source, os.PathLike):
        text, notes = _read(Path(source))
        transcript = read_transcript(text)
        return replace(transcript, notes=(*notes, *transcript.notes))
    if names_a_file(source):
        raise MediaError(IS_FILE_NAME.format(source.strip()))
    return read_transcript(source)


def names_a_file(text: str) -> bool:
    """Whether the text is the name of an existing file."""
    try:
        return bool(text.strip()) and Path(text.strip()).is_file()
    except (OSError, ValueError):  # longer than a name may be, or with signs that none may have
        return False


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    try:
        if not path.is_file():  # a device has no end
            raise OSError
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        raise MediaError(UNREADABLE_FILE.format(path)) from None
    if len(content) > MAX_BYTES:
        raise MediaError(TOO_LARGE)
    text, guessed = decode(content)
    if is_broken(text) or "\0" in text:
        raise MediaError(NOT_TEXT.format(path.name))
    return text, (guessed,) if guessed else ()
