"""A folder that holds a static site, written anew without touching what the program did not make."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from mmsent.atomic import atomic_write
from mmsent.version import __version__

# Names each file of the site with the sha256 that it has, or, where a run broke off, may have.
MARKER: Final = "mmsent-site.json"


class SiteError(Exception):
    """The site can't be written there; its text is one sentence that says what to do."""


def check_folder(out: Path) -> dict[str, list[str]]:
    """The files of the former site in ``out``, path -> sha256; none where the folder is empty or is
    not there. Raises SiteError where something else is there, or the site was changed by hand."""
    if not out.exists() and not out.is_symlink():
        return {}
    if not out.is_dir():
        raise SiteError(f"{out} is a file; name a folder.")
    former = _read_marker(out / MARKER)
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_symlink():  # what it leads to is not ours to write or delete
            raise SiteError(f"{name} in {out} is a link; remove it, or name another folder.")
        if path.is_dir() or name == MARKER:
            continue
        if former is None or name not in former:
            raise SiteError(f"{out} holds something else, such as {name}; name another folder.")
        if _sha256(path.read_bytes()) not in former[name]:
            raise SiteError(
                f"{name} in {out} was changed since mmsent wrote it; move it, or name another folder."
            )
    return former or {}


def write_site(files: Mapping[str, bytes], out: Path) -> None:
    """Makes ``out`` hold exactly ``files``, in their order, and the marker. A run that broke
    off may be repeated. Raises SiteError as ``check_folder`` does, and where the disk refuses."""
    former = check_folder(out)
    wanted = {name: [_sha256(content)] for name, content in files.items()}
    either = {name: former.get(name, []) + wanted.get(name, []) for name in {**former, **wanted}}
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(out / MARKER, _marker(either))
        for name, content in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            _write(out / name, content)
        for name in former.keys() - wanted.keys():
            (out / name).unlink(missing_ok=True)
            _drop_empty((out / name).parent, out)
        _write(out / MARKER, _marker(wanted))
    except OSError as error:
        raise SiteError(f"{out} can't be written ({error.strerror or error}).") from None


def _read_marker(path: Path) -> dict[str, list[str]] | None:
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        ours = all(_is_inside(name) and isinstance(files[name], list) for name in files)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return files if ours else None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _marker(files: Mapping[str, list[str]]) -> bytes:
    told = {"made by": f"mmsent {__version__}", "files": dict(sorted(files.items()))}
    return (json.dumps(told, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as fresh:
        fresh.write_bytes(content)


def _drop_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
