"""Where a checkpoint comes from: the commit of the code, the hardware and time it took, and the
files it stands on."""

import importlib.util
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mmsent import hub

# What a core and a GPU draw while training, and what a kilowatt-hour costs the air: the world's
# mean of 2019 (IEA). The method is that of Green Algorithms (Lannelongue et al. 2021,
# doi:10.1002/advs.202100707), without the building around the machine.
CORE_WATTS, GPU_WATTS = 12, 350
GRAMS_PER_KWH = 475
METHOD = f"estimated: {CORE_WATTS} W a core, {GPU_WATTS} W a GPU, {GRAMS_PER_KWH} g CO2 a kWh"


def origin(history: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Commit, hardware, hours of all epochs and their estimated grams of CO2, for the part "training"
    of a config.

    ``history`` is that of ``train.common.loop.fit``, whose rows tell the seconds of each epoch. Where a
    row, of a run that an earlier version began, does not, or where there is none, nothing is said
    of time.
    """
    record = {"commit": commit(), "hardware": hardware()}
    if not history or not all("seconds" in row for row in history):
        return record
    hours = sum(row["seconds"] for row in history) / 3600
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    watts = gpus * GPU_WATTS or (os.cpu_count() or 1) * CORE_WATTS
    return record | {
        "hours": round(hours, 2),
        "co2_grams": round(hours * watts / 1000 * GRAMS_PER_KWH, 1),
    }


def commit() -> str | None:
    """The commit this code is at, with ``-dirty`` behind it where files differ from it; None
    outside a git checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def hardware() -> str:
    """The hardware of this machine, such as "1 x NVIDIA H200" or "2 CPU cores (x86_64)"."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    return f"{os.cpu_count()} CPU cores ({platform.machine()})"


def packaged_file(package: str, file: str, sha256: str, otherwise: str) -> Path:
    """The ``file`` that an installed ``package`` carries, its sha256 checked. Ends with a sentence
    where it is missing or another; ``otherwise`` says what to do without the package."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise SystemExit(
            f"The package {package} is not installed: pip install {package}, or {otherwise}."
        )
    path = Path(spec.origin).parent / file
    if (digest := hub.sha256(path)) != sha256:
        raise SystemExit(f"{path} is not the file it should be (sha256 {digest}).")
    return path
