"""Where a checkpoint comes from: the commit of the code, and the files it stands on."""

import hashlib
import subprocess
from pathlib import Path


def commit() -> str | None:
    """The commit this code is at, with ``-dirty`` behind it where files differ from it; None outside a git checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def sha256(file: Path) -> str:
    """Of the whole file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
