"""Reads and writes checkpoints: a folder with ``config.json`` and ``model.safetensors``."""

import hashlib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmsent.atomic import atomic_write
from mmsent.version import __version__

if TYPE_CHECKING:
    from torch import nn

    Net = TypeVar("Net", bound=nn.Module)

log = logging.getLogger(__name__)
FORMAT = 1  # of config.json; a newer one is refused rather than misread
WEIGHTS, METRICS = "model.safetensors", "metrics.json"
REQUIRED_FILES = ("config.json", WEIGHTS)
INSIDE = "encoders"  # the folder in a head's checkpoint that may hold encoders of its own
# The folder in a checkpoint that may hold a smaller net for a visitor's own device: a checkpoint too, whose
# "teacher" is the sha256 of the weights that it learned from.
STUDENT = "student"
# with PLOTS all that a checkpoint consists of; nothing else is sent or fetched
CHECKPOINT_FILES = (
    *REQUIRED_FILES,
    "tokenizer*.json",
    "generation_config.json",
    "preprocessor_config.json",
    METRICS,
    "README.md",
    "LICENSE.md",
    *(f"{INSIDE}/*/{name}" for name in (*REQUIRED_FILES, "tokenizer*.json")),
    *(f"{STUDENT}/{name}" for name in (*REQUIRED_FILES, METRICS, "README.md", "plots/*.png")),
)
PLOTS = "plots/*.png"
TERMS = "## Data and terms\n"  # the section of a model card that travels with the weights
DAMAGED = "{} is damaged; fetch it again, or train the model again."
Config = dict[str, Any]


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged or not for this; its text is one sentence that says what to
    do."""


class NoCheckpointError(CheckpointError):
    """There is no checkpoint, and none was named."""


def inside(folder: Path, encoder: str) -> Path | None:
    """Where the checkpoint in ``folder`` holds an encoder of its own of this name; None where it does
    not, as for ``owner/name`` on the Hub."""
    place = folder / INSIDE / encoder
    return place if "/" not in encoder and place.is_dir() else None


def read_config(folder: Path, task: str) -> Config:
    """The checked ``config.json`` of a checkpoint made for ``task``."""
    config = _read_json(folder / "config.json")
    if config is None:
        raise CheckpointError(f"{folder} holds no config.json, so it is not a checkpoint.")
    if not isinstance(config, dict) or not isinstance(config.get("format", 0), int):
        raise CheckpointError(
            f"{folder / 'config.json'} is not the config of a checkpoint; fetch or train it again."
        )
    if config.get("format", 0) > FORMAT:
        raise CheckpointError(
            f"{folder} was written by a newer mmsent (format {config['format']}); please update "
            "mmsent."
        )
    if config.get("task") != task:
        raise CheckpointError(
            f"{folder} is a checkpoint for “{config.get('task')}”, not for “{task}”."
        )
    return config


def student(folder: Path, task: str) -> Path | None:
    """The folder of the smaller net in the checkpoint ``folder``; None where there is none, or it
    learned from other weights than those that are there now. Raises CheckpointError."""
    inner = folder / STUDENT
    if not inner.is_dir():
        return None
    if read_config(inner, task).get("teacher") != sha256(folder / WEIGHTS):
        log.warning("%s learned from another net than that beside it and is not used", inner)
        return None
    return inner


def read_metrics(folder: Path, weights: str) -> dict[str, Any] | None:
    """The ``metrics.json`` of a checkpoint, if it belongs to the weights with the sha256
    ``weights``; None where there is none, or it is of other weights, left by an earlier
    training."""
    metrics = _read_json(folder / METRICS)
    if metrics is None:
        return None
    if not isinstance(metrics, dict):
        raise CheckpointError(DAMAGED.format(folder / METRICS))
    if metrics.get("sha256") != weights:
        log.warning(
            "%s does not name the weights beside it, so its figures are not shown", folder / METRICS
        )
        return None
    return metrics


def card_terms(card: str) -> str | None:
    """The section of a model card that says which terms of the training data the weights carry,
    without its heading; None where it has none."""
    _, mark, section = card.partition(TERMS)
    return section.split("\n## ")[0].strip() if mark else None


def save_metrics(folder: Path, metrics: dict[str, Any]) -> dict[str, Any]:
    """The metrics as written: ``metrics.json`` gets them by an atomic write, with the sha256 of the
    weights beside it."""
    record = {"sha256": sha256(folder / WEIGHTS), **metrics}
    with atomic_write(folder / METRICS) as fresh:
        fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def _read_json(path: Path) -> Any:
    """The content of a JSON file, None where there is no file. Raises CheckpointError where it
    can't be read or is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_reject_constant)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise CheckpointError(DAMAGED.format(path)) from None


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def sha256(file: Path) -> str:
    """The sha256 of a file in hexadecimal. Heads name the encoder that they were trained on by that
    of its weights."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def identity(folder: Path, preprocessing: Config) -> str:
    """What tells an encoder from all others, in hexadecimal: its weights, how its input is prepared,
    and its tokenizer, where it has one. A change of any changes what it answers."""
    tokenizer = folder / "tokenizer.json"
    parts = {
        "weights": sha256(folder / WEIGHTS),
        "preprocessing": preprocessing,
        "tokenizer": sha256(tokenizer) if tokenizer.is_file() else None,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def check_own(folder: Path) -> None:
    """Raises CheckpointError where ``folder``, which a checkpoint is to be written to, holds
    anything but a checkpoint of mmsent: another library's model has files of the same names."""
    if not folder.exists() or (
        folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir())
    ):
        return
    try:
        own = "mmsent_version" in json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        own = False
    if not own:
        raise CheckpointError(
            f"{folder} exists and is not a checkpoint of mmsent; name another folder."
        )


def save_checkpoint(folder: Path, net: "nn.Module", config: Config) -> None:
    """Writes ``config.json`` and the weights in half precision, each by an atomic write. The
    metrics of an earlier checkpoint are removed first, so that they never lie beside other weights,
    even if the process is killed."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for name, value in net.state_dict().items()
    }
    with atomic_write(folder / WEIGHTS) as fresh:
        save_file(weights, fresh)
        (folder / METRICS).unlink(missing_ok=True)
    record = {"format": FORMAT, "mmsent_version": __version__} | config
    with atomic_write(folder / "config.json") as fresh:
        fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
