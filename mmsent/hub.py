"""Finds checkpoints locally or on the Hugging Face Hub; what is in them is ``mmsent.checkpoint``'s,
whose names can be had from here."""

import os
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from mmsent.checkpoint import CHECKPOINT_FILES as CHECKPOINT_FILES
from mmsent.checkpoint import FORMAT as FORMAT
from mmsent.checkpoint import INSIDE as INSIDE
from mmsent.checkpoint import METRICS as METRICS
from mmsent.checkpoint import PLOTS as PLOTS
from mmsent.checkpoint import REQUIRED_FILES as REQUIRED_FILES
from mmsent.checkpoint import STUDENT as STUDENT
from mmsent.checkpoint import TERMS as TERMS
from mmsent.checkpoint import WEIGHTS as WEIGHTS
from mmsent.checkpoint import CheckpointError as CheckpointError
from mmsent.checkpoint import Config as Config
from mmsent.checkpoint import NoCheckpointError as NoCheckpointError
from mmsent.checkpoint import card_terms as card_terms
from mmsent.checkpoint import check_own as check_own
from mmsent.checkpoint import identity as identity
from mmsent.checkpoint import inside as inside
from mmsent.checkpoint import read_config as read_config
from mmsent.checkpoint import read_metrics as read_metrics
from mmsent.checkpoint import save_checkpoint as save_checkpoint
from mmsent.checkpoint import save_metrics as save_metrics
from mmsent.checkpoint import sha256 as sha256
from mmsent.checkpoint import student as student
from mmsent.pinned import PINNED as PINNED
from mmsent.weights import build_net as build_net
from mmsent.weights import load_weights as load_weights

ROOT = Path(__file__).resolve().parent.parent / "checkpoints"


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
    """The folder of a checkpoint on the Hub. What is not in the cache of huggingface_hub yet is
    fetched, and an interrupted download is resumed; a complete commit needs no network."""
    repository, _, revision = source.partition("@")
    try:
        folder = Path(
            snapshot_download(
                repository, revision=revision or None, allow_patterns=[*CHECKPOINT_FILES, PLOTS]
            )
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
            f"“{source}” could not be fetched completely ({reason}); please try again."
        ) from None
    for name in REQUIRED_FILES:
        if not (folder / name).is_file():
            raise CheckpointError(
                f"“{source}” on the Hub holds no {name}, so it is not a checkpoint of mmsent."
            )
    return folder
