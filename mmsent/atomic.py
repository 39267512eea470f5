"""Atomic writes: a file is complete or absent, and no other file is overwritten."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A new, empty file beside ``path`` to write to; it replaces ``path`` at the end. A link there
    is replaced, not followed. On an error the new file is deleted, and ``path`` is as it was. Its
    name is random, and it is created only if no such file exists."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}{path.suffix}")
    fresh.open("xb").close()
    try:
        yield fresh
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
