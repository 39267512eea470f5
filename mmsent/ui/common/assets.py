"""The files beside this one that the browser gets: styles, scripts, markup and the pictures of the
examples."""

from pathlib import Path
from typing import Final

UI: Final = Path(__file__).parent.parent
EXAMPLES: Final = UI / "examples"


def read(*names: str) -> str:
    """The text of the named files, one after the other: what several views share comes first."""
    return "\n".join((UI / name).read_text(encoding="utf-8") for name in names)
