"""The files of the static site, which any web server gives out from any folder."""

import hashlib
import json
import re
from collections.abc import Callable
from posixpath import normpath
from typing import Final

from mmsent.device_nets import device_reader
from mmsent.pipelines.face import FacePipeline
from mmsent.ui.common import assets
from mmsent.ui.face import device
from mmsent.ui.face.live_settings import live_settings
from mmsent.ui.face.photo_settings import photo_names, photo_settings
from mmsent.ui.masthead import ALIASES
from mmsent.ui.site.page import index_html
from mmsent.ui.site.readme import readme

PAGE: Final = "site/page.js"
WORKER: Final = "site/sw.js"  # lies at the top: a service worker can't reach above itself
# of a module: what it imports, at once or later, and its workers
NAMED: Final = re.compile(r'(?:from|import|import\(|new URL\()\s*"(\.[^"]+\.m?js)"')
LICENCE: Final = "live/runtime/README.md"  # of ONNX Runtime Web
# Large files, which are called by their sha256 alone: some servers unpack what is called .gz.
FILES: Final = "files"


def site_files(face: FacePipeline) -> dict[str, bytes]:
    """Content of each file by its path, the page last. Every path but those of the page, the service
    worker and the README says what it holds, so what was kept of it is never stale.

    Raises CheckpointError where the net for visitors' devices is damaged.
    """
    modules = f"modules/{assets.VERSION}"
    up = "../" * len(f"{modules}/{device.MODULE}".split("/")[:-1])
    files = {f"{modules}/{name}": assets.MODULES[name].encode() for name in _with_imports(PAGE)}

    def place(name: str, version: str, make: Callable[[], bytes]) -> str:
        content = make()
        path = f"{FILES}/{_sha256(content)}.bin"
        files[path] = content
        return up + path

    reader, here = device_reader(face), {"default": "device"}
    settings = {
        "live": live_settings(face, place) | here,
        "photos": photo_settings(reader, place) | here,
        "names": photo_names(reader),
        "tabs": ALIASES,
    }
    page = index_html(face, reader, f"{modules}/{PAGE}", settings)
    kept = files | {"./": page.encode()}
    return files | {
        f"{modules}/{LICENCE}": (assets.UI / LICENCE).read_bytes(),
        "README.md": readme(face).encode(),
        "sw.js": _worker(kept).encode(),
        "index.html": _marked(page).encode(),
    }


def _marked(page: str) -> str:
    """Ends in what it holds, so that the service worker knows it where a server adds to it."""
    return f"{page}<!-- mmsent {_sha256(page.encode())} -->\n"


def _with_imports(first: str) -> list[str]:
    """A module and all that it asks for, sorted."""
    found, waiting = set(), [first]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            named = NAMED.findall(assets.MODULES[name])
            waiting += [normpath(f"{name}/../{path}") for path in named]
    return sorted(found)


def _worker(kept: dict[str, bytes]) -> str:
    """The service worker that keeps these files; "./" is the page, whatever the server calls it,
    before its mark."""
    digests = {path: _sha256(content) for path, content in sorted(kept.items())}
    version = _sha256(json.dumps(digests).encode())[:12]
    known = json.dumps({"version": version, "files": digests}, indent=1)
    return f"self.SITE = {known};\n{assets.MODULES[WORKER]}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
