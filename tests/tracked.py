"""The files of this checkout that belong to the project."""

import subprocess

from mmsent.deploy import ROOT


def tracked(*folders: str) -> set[str]:
    """The names, below the root, of files in ``folders`` that are there and that git does not
    ignore."""
    ask = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(ask, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
