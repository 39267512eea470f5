"""A static site behind Python's own web server, in a folder of it, with what it was asked for
counted there."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mmsent.site_folder import write_site

PLACE: Final = "some/where"  # below the server's top
ASKED: Final = re.compile(rf'"GET /{PLACE}/(\S*) HTTP/1.1" (\d+)')
ANY: Final = re.compile(r'"\w+ \S+ HTTP/1.1" \d+')


class SiteServer:
    """``files`` in ``folder``; the server itself sees neither this repository nor its packages."""

    def __init__(self, files: dict[str, bytes], folder: Path) -> None:
        self.out, self._folder, self._log = folder / "public" / PLACE, folder, folder / "log"
        write_site(files, self.out)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.top = f"http://127.0.0.1:{self._port}/"
        self.address = f"{self.top}{PLACE}/"
        self._process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Raises RuntimeError where it does not come up."""
        command = [sys.executable, "-I", "-m", "http.server", str(self._port)]
        where = ["--bind", "127.0.0.1", "--directory", str(self._folder / "public")]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*command, *where], cwd=self._folder, stdout=log, stderr=log
            )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self._log.read_text())

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
        self._process = None

    def asked(self) -> list[tuple[str, int]]:
        """What it was asked for below PLACE since the last call, with the status of each answer. Any
        other request fails the test."""
        text = self._log.read_text()
        self._log.write_text("")
        found = [(path, int(status)) for path, status in ASKED.findall(text)]
        assert len(found) == len(ANY.findall(text)), text
        return found

    def sent(self, asked: list[tuple[str, int]]) -> int:
        """Bytes of the files that were answered with."""
        names = (path.partition("?")[0] or "index.html" for path, status in asked if status == 200)
        return sum((self.out / name).stat().st_size for name in names)


@contextmanager
def serving_site(files: dict[str, bytes], folder: Path) -> Iterator[SiteServer]:
    server = SiteServer(files, folder)
    try:
        yield server
    finally:
        server.stop()
