"""One object for all who use the same checkpoint on the same device."""

import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from mmsent import hub
from mmsent.runtime import choose_device

Made = TypeVar("Made")

_loading = threading.Lock()


def shared(kind: Callable[[Path, str], Made], task: str, source: str | Path | None = None, device: str | None = None) -> Made:
    """``kind(folder, device)``, made once, of the checkpoint of ``task`` in ``source``: a folder, ``owner/name@revision``, or
    None for where ``hub.find`` has it. Raises CheckpointError."""
    with _loading:
        return _made(kind, hub.find(task, source).resolve(), choose_device(device))


@lru_cache(maxsize=8)
def _made(kind: Any, folder: Path, device: str) -> Any:
    return kind(folder, device)
