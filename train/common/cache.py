"""A cache of slow results: files whose names are a hash of everything they depend on."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent.atomic import atomic_write


def cache_key(*facts: object) -> str:
    """A hash of ``facts`` in 16 hexadecimal digits."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def cached_npz(path: Path, make: Callable[[], dict[str, NDArray]]) -> dict[str, NDArray]:
    """The arrays that ``make`` returns, from the cache file ``path`` if it exists."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as fresh:  # by its ending numpy knows that it need not add one
            np.savez(fresh, **make())  # type: ignore[arg-type]  # its stub takes the dictionary for the flag allow_pickle
    with np.load(path) as arrays:
        return dict(arrays)
