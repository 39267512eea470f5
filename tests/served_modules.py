"""The page's modules of JavaScript, as a browser asks for them."""

import re
import urllib.error
import urllib.request

from mmsent.ui.common import assets

HERE = f"{assets.ADDRESS}/{assets.VERSION}/"
IMPORT = re.compile(r'^(?:import|export) [^"]*"(\.[^"]+)";', re.MULTILINE)


def with_imports(name: str) -> set[str]:
    """A module and all that it imports."""
    found = {name}
    for path in IMPORT.findall(assets.MODULES[name]):
        whole = (assets.UI / name).parent.joinpath(path).resolve()
        found |= with_imports(whole.relative_to(assets.UI.resolve()).as_posix())
    return found


def get(address: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(address) as reply:
        return reply.read().decode(), dict(reply.headers)
