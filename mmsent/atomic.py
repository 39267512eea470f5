"""Files that are there whole or not at all, and that cost no other file its content."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """An empty file to write to, beside ``path``, whose place it takes at the end; a link there is
    replaced, not followed. Where something goes wrong it is deleted, and ``path`` is as it was. Its
    name is nobody else's: it is made only where there is none."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}{path.suffix}")
    fresh.open("xb").close()
    try:
        yield fresh
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
