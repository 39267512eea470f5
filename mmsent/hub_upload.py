"""Pushes files to the Hugging Face Hub, in one commit after which the repository holds exactly
them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    SpaceHardware,
    get_token,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

HUB_FILES = {".gitattributes", "README.md"}  # files of a new repository
Sdk = Literal["gradio", "static"]  # kinds of Spaces: a program, and files alone
COMMIT_PREFIX = "mmsent "  # how the title of each of our commits begins
REFUSALS = {  # status of the Hub's answer, what it means
    401: "the Hub does not know your token; log in again with “hf auth login”",
    402: "the Hub asks for a paid plan",
    403: "your token may not write there; take one with write access, or another owner",
}


class PushError(Exception):
    """The push failed; its text is one sentence that says what to do."""


def push(
    name: str,
    files: Mapping[str, Path | bytes],
    message: str,
    kind: Literal["model", "space"] = "model",
    private: bool = False,
    hardware: SpaceHardware | None = None,
    sdk: Sdk = "gradio",
) -> str:
    """The commit that the repository ``name`` is at after it is created or updated. Without a
    difference there is no new commit. ``files`` maps names in the repository to files or contents;
    ``hardware`` and ``sdk`` are those of a Space.

    Raises PushError, before anything is sent where ``private`` is asked for and the repository is
    public already, where it holds files and no commit of ours, or where it is a Space of another sdk.
    """
    there = reserve(name, kind, private, hardware, sdk) - HUB_FILES
    api = HfApi()
    with translate_hub_errors(name):
        operations: list[CommitOperationAdd | CommitOperationDelete] = []
        operations += [CommitOperationAdd(path, content) for path, content in files.items()]
        operations += [CommitOperationDelete(path) for path in sorted(there - set(files))]
        commit = api.create_commit(
            name, operations, commit_message=f"{COMMIT_PREFIX}{message}", repo_type=kind
        )
        if hardware and current_hardware(name) != hardware:
            api.request_space_hardware(name, hardware)
        return commit.oid


def reserve(
    name: str,
    kind: Literal["model", "space"] = "model",
    private: bool = False,
    hardware: SpaceHardware | None = None,
    sdk: Sdk = "gradio",
) -> set[str]:
    """Creates the repository ``name`` where there is none; returns the names of the files in it.
    Raises PushError where it can't be written to, as ``push`` does."""
    api = HfApi()
    with translate_hub_errors(name):
        api.create_repo(
            name,
            repo_type=kind,
            private=private or None,
            exist_ok=True,
            space_sdk=sdk if kind == "space" else None,
            space_hardware=hardware,
        )
        if private and not api.repo_info(name, repo_type=kind).private:
            raise PushError(f"“{name}” is public already; make it private in its settings first.")
        if kind == "space" and (other := api.space_info(name).sdk or sdk) != sdk:
            raise PushError(
                f"“{name}” is a Space of the kind {other}, not {sdk}; name another one."
            )
        tree = api.list_repo_tree(name, repo_type=kind, recursive=True)
        existing_files = {entry.path for entry in tree if isinstance(entry, RepoFile)}
        foreign = existing_files - HUB_FILES
        if foreign and not any(
            past.title.startswith(COMMIT_PREFIX)
            for past in api.list_repo_commits(name, repo_type=kind)
        ):
            raise PushError(
                f"“{name}” holds something else, such as {min(foreign)}; name another repository."
            )
    return existing_files


def current_hardware(space: str) -> str | None:
    """The hardware that a Space runs on, or has requested; None where there is no such Space.
    Raises PushError."""
    with translate_hub_errors(space):
        try:
            return HfApi().get_space_runtime(space).requested_hardware
        except RepositoryNotFoundError:
            return None


@contextmanager
def translate_hub_errors(name: str) -> Iterator[None]:
    """Translates errors of the Hub about the repository ``name`` into PushError, in one
    sentence."""
    if get_token() is None:
        raise PushError(
            "Please log in first: “hf auth login”, or set HF_TOKEN to a token that may write."
        )
    try:
        yield
    except HFValidationError:
        raise PushError(f"“{name}” is not a name like owner/name.") from None
    except RepositoryNotFoundError:
        raise PushError(f"There is no “{name}” on the Hub that your token may see.") from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        reason = REFUSALS.get(status) or f"the Hub answers {status} ({error.server_message})"
        raise PushError(f"“{name}” on the Hub: {reason}.") from None
    except (HTTPError, ConnectionError) as error:
        raise PushError(f"“{name}”: the Hub can't be reached ({error!r}).") from None
    except ValueError as error:  # front matter of README.md that the Hub can't read
        raise PushError(f"“{name}” is not pushed: {str(error).splitlines()[0]}") from None
    except RuntimeError as error:  # how huggingface_hub tells that a large file was not taken
        raise PushError(f"“{name}” is not pushed: {error} Run the same command again.") from None
