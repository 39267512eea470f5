"""What the page may say of a model's percentages: only what was measured of this very checkpoint."""

from collections.abc import Mapping
from typing import Any, Final

CLOSE: Final = (
    0.1  # a mean gap between confidence and accuracy up to which percentages hold roughly
)
UNCHECKED: Final = (
    "Nobody has checked how often this very model is right, so take its percentages as an order, "
    "not as odds."
)


def claim(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """A sentence on how far percentages can be trusted; ``parts`` maps what was read, in words, to
    its figures as ``metrics.json`` has them."""
    checked = {name: part for name, part in parts.items() if "ece" in part and "n" in part}
    if not checked:
        return UNCHECKED
    names = " and on ".join(f"{name} ({part['n']:,})" for name, part in checked.items())
    gap = max(part["ece"] for part in checked.values())
    off = f"{100 * gap:.0f} percentage points off on average"
    if gap > CLOSE:
        return f"Checked on {names}: its percentages are up to {off}, so take them as an order."
    return (
        f"Checked on {names}: of all verdicts given with “80 %”, about 80 in 100 are right; the "
        f"percentages are at most {off}."
    )
