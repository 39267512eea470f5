"""Where a checkpoint comes from: the commit of the code, the hardware, and the files it stands on."""

import hashlib
import os
import platform
import subprocess
from pathlib import Path

import torch


def commit() -> str | None:
    """The commit this code is at, with ``-dirty`` behind it where files differ from it; None outside a git checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def hardware() -> str:
    """What this machine trains on, such as "1 x NVIDIA H200" or "2 CPU cores (x86_64)"."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    return f"{os.cpu_count()} CPU cores ({platform.machine()})"


def sha256(file: Path) -> str:
    """Of the whole file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
