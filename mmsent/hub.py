"""Checkpoints: a folder with ``config.json`` and ``model.safetensors``, found locally or on the Hugging Face Hub."""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError

from mmsent.replacing import replacing
from mmsent.version import __version__

if TYPE_CHECKING:
    from torch import nn

FORMAT = 1  # of config.json; a newer one is refused rather than misread
ROOT = Path(__file__).resolve().parent.parent / "checkpoints"
# What the app falls back to when there is neither a local checkpoint nor $MMSENT_<TASK>: task to owner/name@commit, as
# train.publish prints it.
PINNED: dict[str, str] = {}
NEEDED = ("config.json", "model.safetensors")
# with PLOTS all that a checkpoint consists of; nothing else is sent or fetched
FILES = (*NEEDED, "tokenizer*.json", "metrics.json", "README.md", "LICENSE.md")
PLOTS = "plots/*.png"

Config = dict[str, Any]


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged or not for this; its text is one sentence that says what to do."""


class NoCheckpointError(CheckpointError):
    """There is none, and none was named."""


def find(task: str, source: str | Path | None = None) -> Path:
    """The folder of a checkpoint. ``source`` is a folder or ``owner/name@revision`` on the Hub; None means
    ``$MMSENT_<TASK>``, else ``checkpoints/<task>``, else the pinned revision. Raises CheckpointError, NoCheckpointError where
    there is none of these."""
    local = ROOT / task
    source = source or os.environ.get(f"MMSENT_{task.upper()}") or (local if local.is_dir() else PINNED.get(task))
    if source is None:
        raise NoCheckpointError(
            f"There is no checkpoint for “{task}”: train one with “python -m train.{task}” or name one (folder or owner/name)."
        )
    if Path(source).is_dir():
        return Path(source)
    return _download(str(source))


def _download(source: str) -> Path:
    """Fetches what is not in the cache of huggingface_hub yet, and goes on after a broken connection. A commit that is there
    whole needs no network."""
    repository, _, revision = source.partition("@")
    try:
        folder = Path(snapshot_download(repository, revision=revision or None, allow_patterns=[*FILES, PLOTS]))
    except HFValidationError:
        raise CheckpointError(f"“{source}” is neither a folder nor a name like owner/name@revision.") from None
    except LocalEntryNotFoundError:
        raise CheckpointError(f"The Hub can't be reached and “{source}” is not in the local cache.") from None
    except GatedRepoError:
        page = f"https://huggingface.co/{repository}"
        raise CheckpointError(f"“{source}” has terms to accept: do so on {page}, then log in with “hf auth login”.") from None
    except RevisionNotFoundError:
        raise CheckpointError(f"“{repository}” on the Hub has no revision “{revision}”.") from None
    except RepositoryNotFoundError:
        raise CheckpointError(
            f"There is no “{repository}” on the Hub, or it is private; check the name, or log in with “hf auth login”."
        ) from None
    except (HTTPError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise CheckpointError(f"“{source}” could not be fetched whole ({reason}); please try again.") from None
    for name in NEEDED:
        if not (folder / name).is_file():
            raise CheckpointError(f"“{source}” on the Hub holds no {name}, so it is not a checkpoint of mmsent.")
    return folder


def read_config(folder: Path, task: str) -> Config:
    """The checked ``config.json`` of a checkpoint made for ``task``."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder} holds no config.json, so it is not a checkpoint.") from None
    except ValueError:
        raise CheckpointError(f"{folder / 'config.json'} is damaged; fetch or train it again.") from None
    if not isinstance(config, dict) or not isinstance(config.get("format", 0), int):
        raise CheckpointError(f"{folder / 'config.json'} is not the config of a checkpoint; fetch or train it again.")
    if config.get("format", 0) > FORMAT:
        raise CheckpointError(f"{folder} was written by a newer mmsent (format {config['format']}); please update mmsent.")
    if config.get("task") != task:
        raise CheckpointError(f"{folder} is a checkpoint for “{config.get('task')}”, not for “{task}”.")
    return config


def read_metrics(folder: Path) -> dict[str, Any] | None:
    """What ``metrics.json`` of a checkpoint says, None where there is none."""
    try:
        return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise CheckpointError(f"{folder / 'metrics.json'} is damaged; fetch it again, or train the model again.") from None


def load_weights(net: "nn.Module", folder: Path) -> None:
    """Fills ``net`` with the weights of a checkpoint; every name and shape must match."""
    from safetensors.torch import load_file  # here, since it imports PyTorch, for which --help need not wait

    path = folder / "model.safetensors"
    try:
        net.load_state_dict(load_file(path), strict=True)
    except FileNotFoundError:
        raise CheckpointError(f"{folder} holds no model.safetensors; fetch or train it again.") from None
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path} does not fit its config or is damaged: {str(error).splitlines()[0]}") from None


def sha256(file: Path) -> str:
    """Of the whole file, in hexadecimal; that of its weights is what heads name the encoder by that they were trained on."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_own(folder: Path) -> None:
    """Raises CheckpointError where ``folder``, which a checkpoint is to be written to, holds anything but one of mmsent's:
    another library's model, or your notes, have files of the same names."""
    if not folder.exists() or (folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir())):
        return
    try:
        own = "mmsent_version" in json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        own = False
    if not own:
        raise CheckpointError(f"{folder} is there and holds something else than a checkpoint of mmsent; name another folder.")


def save_checkpoint(folder: Path, net: "nn.Module", config: Config) -> None:
    """Writes ``config.json`` and the weights in half precision, each moved into place whole."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for name, value in net.state_dict().items()
    }
    with replacing(folder / "model.safetensors") as fresh:
        save_file(weights, fresh)
    whole = {"format": FORMAT, "mmsent_version": __version__} | config
    with replacing(folder / "config.json") as fresh:
        fresh.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
