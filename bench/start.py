"""From the start of the process to the first page and to models that have all answered once, and
the memory that takes.

python -m bench.start            three starts, with the exported nets in the cache as from the second start on
python -m bench.start --cold     with an empty cache, as the very first one
"""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from mmsent.console import manual_parser
from mmsent.ui.server.health import resident_mb
from tests.chromium import running_app
from tests.visitor import wait_until_ready

STARTS: Final = 3


class Start(NamedTuple):
    page: float  # seconds until the first page is there
    ready: float  # seconds until every model has answered once
    memory: float  # MB then


def start(cache: str | None) -> Start:
    """One start of the app, exported nets being kept in ``cache`` (None: where they always are)."""
    if cache:
        os.environ["MMSENT_CACHE"] = cache
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name, running_app(Path(name)) as (address, log):
        page = time.monotonic() - begun
        models = wait_until_ready(address)
        ready = time.monotonic() - begun
        memory = resident_mb(int(log.with_suffix(".pid").read_text()))
        print(
            f"page {page:5.1f} s   ready {ready:5.1f} s   {memory:5.0f} MB   {models}", flush=True
        )
        return Start(page, ready, memory)


def main() -> None:
    parser = manual_parser("python -m bench.start", __doc__)
    parser.add_argument("--cold", action="store_true", help="with an empty cache of exported nets")
    if parser.parse_args().cold:
        with tempfile.TemporaryDirectory() as cache:
            start(cache)
        return
    runs = [start(None) for _ in range(STARTS)]
    middle = Start(*(statistics.median(column) for column in zip(*runs, strict=True)))
    print(
        f"median: page {middle.page:.1f} s, ready {middle.ready:.1f} s (target 25), "
        f"{middle.memory:.0f} MB (target 2,560)"
    )


if __name__ == "__main__":
    main()
