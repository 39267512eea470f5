"""The files beside this one that the browser gets: styles, markup, modules of JavaScript and the
pictures of the examples."""

import hashlib
import json
import posixpath
import re
from pathlib import Path
from typing import Any, Final

UI: Final = Path(__file__).parent.parent
EXAMPLES: Final = UI / "examples"
# name, such as "face/live.js" -> its text
MODULES: Final = {
    path.relative_to(UI).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*UI.glob("*/*.js"), *UI.glob("live/runtime/*.mjs")])
}
# A part of the modules' addresses, so that browsers may keep them for good.
VERSION: Final = hashlib.sha256(json.dumps(MODULES).encode()).hexdigest()[:12]
# What a module imports or hands on.
IMPORT: Final = re.compile(r'^(?:import|export) [^"]*"(\.[^"]+)";', re.MULTILINE)
# Where they are, below the page: under the path whose requests every server in front of Gradio,
# its own for Node among them, hands on.
ADDRESS: Final = "gradio_api/mmsent-modules"
NOT_LOADED: Final = (
    "A part of this page did not arrive, so some of its buttons do nothing. Please check your "
    "connection and load the page again."
)
# Inside of somebody's page, as <gradio-app src="...">, addresses begin there, not at the document.
# What mount() raises stays an error of the page; only a module that is not there is told of.
MOUNT: Final = """
const from = element.closest("gradio-app")?.getAttribute("src")?.replace(/\\/*$/, "/") ?? document.baseURI;
const at = name => new URL(`${ADDRESS}/${name}`, new URL(from, document.baseURI));
for (const name of AHEAD)
  document.head.append(Object.assign(document.createElement("link"), {rel: "modulepreload", href: at(name)}));
import(at(MODULE)).then(
  module => { if (element.isConnected) module.mount({element, trigger, props, server, watch}, CONFIG); },
  () => {
    if (document.getElementById("not-loaded")) return;
    const told = document.createElement("p");
    Object.assign(told, {id: "not-loaded", role: "alert", className: "notice-card", textContent: NOT_LOADED});
    document.querySelector(".gradio-container").prepend(told);
  });
"""


def with_imports(module: str) -> list[str]:
    """The names of a module and of all that it imports, itself first, each once."""
    found, waiting = [module], [module]
    while waiting:
        name = waiting.pop()
        for path in IMPORT.findall(MODULES[name]):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if other not in found:
                found.append(other)
                waiting.append(other)
    return found


def mount_script(module: str, config: Any = None, *, at_once: bool = False) -> str:
    """What ``js_on_load`` of a ``gr.HTML`` has to do: it calls ``mount({element, trigger, props,
    server, watch}, config)`` of a module, such as "face/live.js", and tells the visitor where that
    can't be loaded. ``config`` is whatever JSON can hold. With ``at_once`` all that the module
    imports is asked for together, not import by import. Raises KeyError for an unknown module."""
    if module not in MODULES:
        raise KeyError(module)
    known = {
        "ADDRESS": f"{ADDRESS}/{VERSION}",
        "MODULE": module,
        "AHEAD": with_imports(module)[1:] if at_once else [],
        "CONFIG": config,
        "NOT_LOADED": NOT_LOADED,
    }
    names = ", ".join(f"{name} = {json.dumps(value)}" for name, value in known.items())
    return f"const {names};{MOUNT}"


def read(*names: str) -> str:
    """The text of the named files, one after the other: what several views share comes first."""
    return "\n".join((UI / name).read_text(encoding="utf-8") for name in names)
