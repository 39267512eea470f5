"""The folder of this run of the app, for all of Gradio's files, and the end of what dead runs have
left.

The runs of one user lie in one folder that nobody else may enter, in the temporary folder that may
be everybody's. Each holds a lock on its own folder, which the system takes away when the process
ends, whichever way. So what is not locked is left over. Nothing else is ever deleted: names are
looked up below a folder that is open, and no link is followed.
"""

import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: runs are not told apart there, so what a killed one leaves stays
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

PREFIX: Final = "mmsent-"
RUN: Final = re.compile(r"run-[0-9a-f]{16}")


class OwnFolder:
    """``path`` is this run's until the process ends; make it before the page is built. Gradio's
    files go there."""

    def __init__(self) -> None:
        parent = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()).absolute()
        parent.mkdir(parents=True, exist_ok=True)
        self._base: int | None = None  # the folder of all runs, open; None where it can't be had
        try:
            self.path = self._among_runs(parent)
        except OSError as problem:
            log.warning("what is left of this run if it is killed will stay: %s", problem)
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        os.environ["GRADIO_TEMP_DIR"] = str(self.path)

    def remove_dead(self) -> None:
        """Deletes what runs that ended without tidying up have left."""
        if self._base is not None:
            with _locked(self._base):
                _remove_dead(self._base)

    def remove(self) -> None:
        """Deletes this run's folder, at its end."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _among_runs(self, parent: Path) -> Path:
        """Raises OSError where the folder of all runs is somebody else's or can't be locked."""
        if fcntl is None:
            raise OSError("this system knows no locks on folders")
        base = parent / f"{PREFIX}{os.geteuid()}"
        opened = _open_private(base)
        name = f"run-{secrets.token_hex(8)}"
        with _locked(opened):  # so that no other run sees a folder that is not locked yet
            _remove_dead(opened)
            os.mkdir(name, 0o700, dir_fd=opened)
            _lock(name, opened)  # stays open, and locked, as long as the process lives
        self._base = opened
        return base / name


def _open_private(path: Path) -> int:
    """A folder of this user's that nobody else may enter, made where there is none. Raises OSError
    where it is anything else, such as a link that somebody laid."""
    with suppress(FileExistsError):
        path.mkdir(0o700)
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    facts = os.fstat(opened)
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        os.close(opened)
        raise PermissionError(f"{path} is not this user's alone")
    return opened


@contextmanager
def _locked(folder: int) -> Iterator[None]:
    """Waits until no other process of this user has the open ``folder`` locked."""
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)


def _lock(name: str, base: int) -> int:
    """The folder ``name`` in ``base``, open and locked. Raises OSError where a living process has
    it, or it is none."""
    opened = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=base)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened


def _remove_dead(base: int) -> None:
    for name in filter(RUN.fullmatch, os.listdir(base)):
        try:
            opened = _lock(name, base)
        except OSError:  # it lives, or has gone by now
            continue
        shutil.rmtree(name, ignore_errors=True, dir_fd=base)
        os.close(opened)
