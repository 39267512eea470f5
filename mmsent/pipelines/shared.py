"""One object for all who use the same checkpoint on the same device."""

import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mmsent import hub
from mmsent.runtime import Device, choose_device

Made = TypeVar("Made")

_loading = threading.Lock()


def shared(
    kind: Callable[[Path, str], Made],
    task: str,
    source: str | Path | None = None,
    device: Device | None = None,
) -> Made:
    """``kind(folder, device)``, made once, of the checkpoint of ``task`` in ``source``: a folder,
    ``owner/name@revision``, or None for where ``hub.find`` has it. Raises CheckpointError."""
    with _loading:
        return _made(kind, hub.find(task, source).resolve(), choose_device(device))


def several(given: Iterable[Made], what: str) -> list[Made]:
    """What a caller gave for many rows as a list. Raises TypeError where it is one alone, which may
    be iterable as well."""
    if isinstance(given, str | bytes | np.ndarray) or not isinstance(given, Iterable):
        raise TypeError(f"{what} are several, one for each row; a single one goes in a list")
    return list(given)


@lru_cache(maxsize=8)
def _made(kind: Any, folder: Path, device: str) -> Any:
    return kind(folder, device)
