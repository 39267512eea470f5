"""Loads each checkpoint once for a device, shared by all pipelines."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mmsent import hub
from mmsent.memory import is_out_of_memory
from mmsent.runtime import Device, choose_device

Loaded = TypeVar("Loaded")

TOO_LITTLE = (
    "There is not enough memory to load the model for “{}”; free some of it, or name a smaller "
    "checkpoint or another device."
)

_loading = threading.Lock()


def shared(
    kind: Callable[[Path, str], Loaded],
    task: str,
    source: str | Path | None = None,
    device: Device | None = None,
) -> Loaded:
    """``kind(folder, device)``, made once, of the checkpoint of ``task`` in ``source``: a folder,
    ``owner/name@revision``, or None for where ``hub.find`` has it. Raises CheckpointError."""
    with _loading, loading(task):
        return _load_cached(kind, hub.find(task, source).resolve(), choose_device(device))


@contextmanager
def loading(task: str) -> Iterator[None]:
    """Around what loads the model of ``task``: too little memory raises CheckpointError, with nothing
    kept that took it."""
    try:
        yield
    except Exception as problem:
        if not is_out_of_memory(problem):
            raise
        problem.__traceback__ = None  # its frames hold what was loaded so far
        raise hub.CheckpointError(TOO_LITTLE.format(task)) from None


def as_list(values: Iterable[Loaded], name: str) -> list[Loaded]:
    """``values`` as a list. Raises TypeError for a single value, which may be iterable as well."""
    if isinstance(values, str | bytes | np.ndarray) or not isinstance(values, Iterable):
        raise TypeError(f"{name} are several, one for each row; a single one goes in a list")
    return list(values)


@lru_cache(maxsize=8)
def _load_cached(kind: Any, folder: Path, device: str) -> Any:
    return kind(folder, device)
