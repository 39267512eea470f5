"""Checkpoints: a folder with ``config.json`` and ``model.safetensors``, found locally or on the
Hugging Face Hub."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError, safe_open

from mmsent.replacing import replacing
from mmsent.version import __version__

if TYPE_CHECKING:
    from torch import nn

    Net = TypeVar("Net", bound=nn.Module)

log = logging.getLogger(__name__)

FORMAT = 1  # of config.json; a newer one is refused rather than misread
ROOT = Path(__file__).resolve().parent.parent / "checkpoints"
# What the app falls back to when there is neither a local checkpoint nor $MMSENT_<TASK>: task to
# owner/name@commit, as train.publish prints it.
PINNED: dict[str, str] = {}
WEIGHTS, METRICS = "model.safetensors", "metrics.json"
NEEDED = ("config.json", WEIGHTS)
INSIDE = "encoders"  # the folder in a head's checkpoint that may hold encoders of its own
# with PLOTS all that a checkpoint consists of; nothing else is sent or fetched
FILES = (
    *NEEDED,
    "tokenizer*.json",
    "generation_config.json",
    "preprocessor_config.json",
    METRICS,
    "README.md",
    "LICENSE.md",
    *(f"{INSIDE}/*/{name}" for name in (*NEEDED, "tokenizer*.json")),
)
PLOTS = "plots/*.png"
DAMAGED = "{} is damaged; fetch it again, or train the model again."

Config = dict[str, Any]


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged or not for this; its text is one sentence that says what to
    do."""


class NoCheckpointError(CheckpointError):
    """There is none, and none was named."""


def find(task: str, source: str | Path | None = None) -> Path:
    """The folder of a checkpoint. ``source`` is a folder or ``owner/name@revision`` on the Hub;
    None means ``$MMSENT_<TASK>``, else ``checkpoints/<task>``, else the pinned revision. Raises
    CheckpointError, NoCheckpointError where there is none of these."""
    local = ROOT / task
    source = (
        source
        or os.environ.get(f"MMSENT_{task.upper()}")
        or (local if local.is_dir() else PINNED.get(task))
    )
    if source is None:
        raise NoCheckpointError(
            f"There is no checkpoint for “{task}”: train one with “python -m train.{task}” or name "
            "one (folder or owner/name)."
        )
    if not isinstance(source, str | Path):
        raise CheckpointError(
            "A checkpoint is named by its folder or owner/name@revision, not by "
            f"{type(source).__name__}."
        )
    folder = os.path.expanduser(source)
    if os.path.isdir(folder):
        return Path(folder)
    if os.path.isfile(folder):
        raise CheckpointError(f"“{source}” is a file; please name the folder that it lies in.")
    if isinstance(source, Path) or os.path.isabs(folder) or source.startswith("."):
        raise CheckpointError(f"There is no folder “{source}”; please check the path.")
    return _download(source)


def _download(source: str) -> Path:
    """Fetches what is not in the cache of huggingface_hub yet, and goes on after a broken
    connection. A commit that is there whole needs no network."""
    repository, _, revision = source.partition("@")
    try:
        folder = Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=[*FILES, PLOTS])
        )
    except HFValidationError:
        raise CheckpointError(
            f"“{source}” is neither a folder nor a name like owner/name@revision."
        ) from None
    except LocalEntryNotFoundError:
        raise CheckpointError(
            f"There is no folder “{source}” here; if it is a model's name: the Hub can't be "
            f"reached and “{source}” is not in "
            "the local cache."
        ) from None
    except GatedRepoError:
        page = f"https://huggingface.co/{repository}"
        raise CheckpointError(
            f"“{source}” has terms to accept: do so on {page}, then log in with “hf auth login”."
        ) from None
    except RevisionNotFoundError:
        raise CheckpointError(f"“{repository}” on the Hub has no revision “{revision}”.") from None
    except RepositoryNotFoundError:
        raise CheckpointError(
            f"There is no “{repository}” on the Hub, or it is private, and no such folder here; "
            "check the name, or log in with "
            "“hf auth login”."
        ) from None
    except (HTTPError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise CheckpointError(
            f"“{source}” could not be fetched whole ({reason}); please try again."
        ) from None
    for name in NEEDED:
        if not (folder / name).is_file():
            raise CheckpointError(
                f"“{source}” on the Hub holds no {name}, so it is not a checkpoint of mmsent."
            )
    return folder


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


def read_metrics(folder: Path, weights: str) -> dict[str, Any] | None:
    """What ``metrics.json`` of a checkpoint says of the weights with the sha256 ``weights``; None
    where there is none, or it is of others, as an earlier training may have left it."""
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


def save_metrics(folder: Path, metrics: dict[str, Any]) -> dict[str, Any]:
    """Writes ``metrics.json``, moved into place whole, with the sha256 of the weights that lie
    beside it; returns what was written."""
    whole = {"sha256": sha256(folder / WEIGHTS), **metrics}
    with replacing(folder / METRICS) as fresh:
        fresh.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return whole


def _read_json(path: Path) -> Any:
    """What the file says, None where there is none. Raises CheckpointError where it can't be read,
    or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise CheckpointError(DAMAGED.format(path)) from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def build_net(folder: Path, make: Callable[[], "Net"]) -> "Net":
    """The net of a checkpoint: what ``make`` builds of its config, with its weights. Raises
    CheckpointError where that can't be built, or the weights are missing, damaged or others, before
    anything of their size is made."""
    import torch  # here, since --help need not wait for it

    try:
        with torch.device("meta"):
            wanted = {name: tuple(value.shape) for name, value in make().state_dict().items()}
    except Exception as error:  # libraries that build nets by name raise whatever fails first
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(
            f"{folder / 'config.json'} describes a net that can't be built ({reason}); fetch or "
            "train it again."
        ) from None
    differ = [name for name, shape in _shapes(folder).items() ^ wanted.items()]
    if differ:
        raise CheckpointError(
            f"{folder / WEIGHTS} does not fit its config, for example at {min(differ)}."
        )
    net = make()
    load_weights(net, folder)
    return net


def load_weights(net: "nn.Module", folder: Path) -> None:
    """Fills ``net`` with the weights of a checkpoint; every name and shape must match."""
    # here, since it imports PyTorch, for which --help need not wait
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    with _told(path):
        net.load_state_dict(load_file(path), strict=True)


def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Of every tensor in the weights, without reading them."""
    with _told(folder / WEIGHTS), safe_open(folder / WEIGHTS, "np") as weights:
        return {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118 (no dict)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What is wrong with weights, in one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise CheckpointError(
            f"{path.parent} holds no {path.name}; fetch or train it again."
        ) from None
    except (SafetensorError, RuntimeError, OSError) as error:
        raise CheckpointError(
            f"{path} does not fit its config or is damaged: {str(error).splitlines()[0]}"
        ) from None


def sha256(file: Path) -> str:
    """Of the whole file, in hexadecimal; that of its weights is what heads name the encoder by that
    they were trained on."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_own(folder: Path) -> None:
    """Raises CheckpointError where ``folder``, which a checkpoint is to be written to, holds
    anything but one of mmsent's: another library's model, or your notes, have files of the same
    names."""
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
            f"{folder} is there and holds something else than a checkpoint of mmsent; name another "
            "folder."
        )


def save_checkpoint(folder: Path, net: "nn.Module", config: Config) -> None:
    """Writes ``config.json`` and the weights in half precision, each moved into place whole. An
    earlier checkpoint's figures are removed, which must not stand beside this one, whatever ends
    the process."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for name, value in net.state_dict().items()
    }
    with replacing(folder / WEIGHTS) as fresh:
        save_file(weights, fresh)
        (folder / METRICS).unlink(missing_ok=True)
    whole = {"format": FORMAT, "mmsent_version": __version__} | config
    with replacing(folder / "config.json") as fresh:
        fresh.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
