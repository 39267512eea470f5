"""What of a sentence visitors may see: no path of the server."""

import os
import re
from pathlib import Path
from typing import Final

from mmsent import hub

# a checkpoint in the cache of huggingface_hub: owner/name
CACHED: Final = re.compile(r"\S*models--([^/\s]+?)--([^/\s]+)/snapshots/[0-9a-f]{7,64}")
# an absolute path, but for what stands in an address
ABSOLUTE: Final = re.compile(r"(?<![\w.:/~-])~?/[^\s“”]*[^\s“”.,;:)/]")
FILE: Final = re.compile(r"\.(json|safetensors|md|png)$")
QUOTED: Final = re.compile(r"“~?/(?:[^/“”]+/)*([^/“”]+)/?”")  # which may hold spaces


def without_paths(told: str, task: str) -> str:
    """``told``, a sentence on the checkpoint of ``task``, with names alone in place of paths."""
    told = CACHED.sub(r"\1/\2", told)
    for parent in _parents(task):
        told = told.replace(f"{parent}{os.sep}", "")
    return ABSOLUTE.sub(_name, QUOTED.sub(r"“\1”", told))


def _name(path: re.Match[str]) -> str:
    """What a path is called: its last part, of a file the folder, too."""
    *_, folder, last = path[0].split("/")
    return f"{folder}/{last}" if FILE.search(last) else last


def _parents(task: str) -> list[str]:
    """The folders in which the checkpoint may lie, longest first; regular expressions don't see where
    those with spaces end."""
    named = os.environ.get(f"MMSENT_{task.upper()}")
    source = Path(named).expanduser() if named else hub.ROOT / task
    found = {str(place.parent) for place in (source, source.absolute(), source.resolve())}
    return sorted(found - {os.sep, "."}, key=len, reverse=True)
