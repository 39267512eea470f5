"""What takes long to work out, kept in a file under a name made of everything it depends on."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmsent.atomic import atomic_write


def cache_key(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def cached_npz(path: Path, make: Callable[[], dict[str, NDArray]]) -> dict[str, NDArray]:
    """What ``make`` gives, from ``path`` where it was made before."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as fresh:  # by its ending numpy knows that it need not add one
            np.savez(fresh, **make())  # type: ignore[arg-type]  # its stub takes the dictionary for the flag allow_pickle
    with np.load(path) as arrays:
        return dict(arrays)
