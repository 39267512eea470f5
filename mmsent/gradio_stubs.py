"""Gradio without the type stubs that it writes into its own package at each import.

They are for editors and come with the package; writing them anew parses the source of every
component, nearly half of the time that Gradio takes to import.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

HOME = "gradio.component_meta"


class _WithoutStubs(MetaPathFinder):
    """Loads ``HOME`` as it is and replaces the function in it that writes stubs. Where a later
    version of Gradio has neither, nothing happens."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != HOME:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_and_replace(module: ModuleType) -> None:
                load(module)
                setattr(module, "create_or_modify_pyi", write_no_stubs)  # noqa: B010 (not a module's)

            setattr(spec.loader, "exec_module", load_and_replace)  # noqa: B010 (of this one alone)
        return spec


def write_no_stubs(*component: object) -> None:
    """In the place of Gradio's ``create_or_modify_pyi``."""


sys.meta_path.insert(0, _WithoutStubs())
