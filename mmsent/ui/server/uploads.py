"""Uploads: each in a folder of its own that nobody can guess, and deleted when it is not needed any
more.

Gradio names the folder of an upload by its content, so two visitors with one picture share it, and
keeps what a broken connection has left. Here an upload belongs to the page whose jobs use it and
goes when that page is closed or asks for it; one that came to a public endpoint goes with the
answer. What nobody ever used goes by its age (``CACHE_SECONDS`` in demo.py).
"""

import secrets
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from gradio import route_utils, routes
from gradio.route_utils import GradioMultiPartParser, GradioUploadFile, MultiPartException
from gradio.utils import get_upload_folder
from starlette.datastructures import FormData

from mmsent.clips import MAX_BYTES
from mmsent.ui.server.gradio_patches import replace

OLD_SECONDS: Final = 1800.0
SPARE: Final = 2**30  # bytes of the disk that stay free, whatever visitors send
FILES_AT_ONCE: Final = 101  # in one request: a hundred, and the table that names them
BYTES_AT_ONCE: Final = 2 * MAX_BYTES  # in one request
# letters: what Gradio made itself lies under a sha256 of its content, and visitors may share it
SHARED: Final = 64
TOO_MUCH: Final = (
    f"This is more than {BYTES_AT_ONCE // 2**20:,} MB at once. Please send the files in parts."
)
FULL: Final = "The server has no room for another file just now. Please try again in a few minutes."


class ByChance:
    """In place of the hash that Gradio names an upload's folder by."""

    def update(self, content: bytes) -> None:
        """Content says nothing about the name."""

    def hexdigest(self) -> str:
        return secrets.token_hex(16)


class Upload(GradioUploadFile):
    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.sha = ByChance()  # type: ignore[assignment]


class UploadParser(GradioMultiPartParser):
    """Gradio's, but it bounds the number of files and the bytes of all, says when the disk is full,
    and leaves nothing of what breaks off."""

    async def parse(self) -> FormData:
        self.max_files, self.stream = FILES_AT_ONCE, _bounded(self.stream)
        if shutil.disk_usage(self.upload_dir or tempfile.gettempdir()).free < SPARE:
            raise MultiPartException(FULL)
        try:
            return await super().parse()
        except BaseException as problem:  # also a closed connection and a cancelled task
            for file in self._files_to_close_on_error:
                with suppress(OSError):
                    file.close()
                Path(file.name).unlink(missing_ok=True)
            if isinstance(problem, OSError):
                raise MultiPartException(FULL) from None
            raise


async def _bounded(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    received = 0
    async for part in stream:
        received += len(part)
        if received > BYTES_AT_ONCE:
            raise MultiPartException(TOO_MUCH)
        yield part


class NoFilesParser(GradioMultiPartParser):
    """For the routes of Gradio that this page has no use for, such as the one that has ffmpeg cut
    recordings."""

    async def parse(self) -> FormData:
        raise MultiPartException("No files are taken here.")


def adapt_uploads() -> None:
    """For every page that is launched from now on."""
    replace(route_utils, "GradioUploadFile", Upload)
    replace(route_utils, "GradioMultiPartParser", UploadParser)
    replace(routes, "GradioMultiPartParser", NoFilesParser)


class Uploads:
    """Which files belong to which visitor. Thread-safe."""

    def __init__(self) -> None:
        self.listed: list[set[str]] = []  # where Gradio keeps the names of files, see guard.py
        self._owned: dict[str, set[Path]] = {}  # page -> its folders
        self._running: Counter[str] = Counter()  # page -> jobs
        self._left: set[str] = set()  # pages that were closed while a job was running
        self._lock = threading.Lock()

    @contextmanager
    def job(self, page: str, public: bool, given: Any) -> Iterator[None]:
        """Around one call with ``given`` data. ``public``: one of the API's, which has no page that
        could be closed."""
        with self._lock:
            self._running[page] += 1
        try:
            self.claim(page, given)
            yield
        finally:
            with self._lock:
                self._running[page] -= 1
                last = not self._running[page]
                over = last and (public or page in self._left)
                if last:
                    del self._running[page]
                    self._left.discard(page)
            if over:
                self.drop(page)

    def claim(self, page: str, data: Any) -> None:
        """The files that ``data``, as it goes between page and server, names are this page's."""
        if folders := _folders(data):
            with self._lock:
                self._owned.setdefault(page, set()).update(folders)

    def drop(self, page: str) -> None:
        """Deletes all of this page's files, those of its running jobs when these are done, too."""
        with self._lock:
            folders = self._owned.pop(page, set())
            if self._running[page]:
                self._left.add(page)
        for known in self.listed:
            known -= {name for name in set(known) if Path(name).parent in folders}
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, folder: Path, age: float = OLD_SECONDS) -> None:
        """Forgets and deletes what is older than ``age`` seconds in ``folder``, this process's own,
        whoever it belongs to."""
        for entry in folder.iterdir():
            # of this one, which may have gone by itself: the others are still to be looked at
            with suppress(OSError):
                if time.time() - entry.lstat().st_mtime > age:
                    _remove(entry)
        with self._lock:
            owned = {
                page: {folder for folder in folders if folder.is_dir()}
                for page, folders in self._owned.items()
            }
            self._owned = {page: folders for page, folders in owned.items() if folders}


def result_folder() -> Path:
    """A new, empty folder for what is handed out, where visitors' files are deleted in time."""
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder


def _remove(entry: Path) -> None:
    """A folder with all that is in it, a file, or a link, which is not followed."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


def _folders(data: Any) -> set[Path]:
    """The folders of the uploads that are named anywhere in ``data``."""
    if isinstance(data, dict):
        path = data.get("path")
        own = _folder(path) if isinstance(path, str) else None
        return {own} if own else set().union(*map(_folders, data.values()))
    return set().union(*map(_folders, data)) if isinstance(data, list | tuple) else set()


def _folder(path: str) -> Path | None:
    """The folder of one upload, None for whatever else a request may name."""
    with suppress(OSError, ValueError):  # a name that no file can have
        folder = Path(path).resolve().parent
        if folder.parent == Path(get_upload_folder()).resolve() and len(folder.name) != SHARED:
            return folder
    return None
