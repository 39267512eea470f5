"""Large files that parts of the page fetch when they need them, by addresses that say all that the
content depends on, so that browsers may keep them for good."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Final

from mmsent.ui.common import assets

# Beside the modules, see ``assets.ADDRESS``.
ADDRESS: Final = "gradio_api/mmsent-files"

_makers: dict[str, Callable[[], bytes]] = {}
_making = threading.Lock()


def offer(name: str, version: str, make: Callable[[], bytes]) -> str:
    """The path of a file below ``ADDRESS``. ``make`` gives its content when it is first asked for;
    a path that is offered already stays as it is."""
    path = f"{version}/{name}"
    _makers.setdefault(path, cache(make))
    return path


def content(path: str) -> bytes | None:
    """What was offered as ``path``, None where nothing was. Raises what its maker raises."""
    make = _makers.get(path)
    if make is None:
        return None
    with _making:  # of two who ask at once the second waits
        return make()


def from_module(path: str, module: str) -> str:
    """The address of ``path`` relative to the address of ``module``, such as "live/device.js"."""
    up = "../" * len(f"{assets.ADDRESS}/{assets.VERSION}/{module}".split("/")[:-1])
    return f"{up}{ADDRESS}/{path}"
