"""Figures beside what they have to be."""

import sys
from collections.abc import Iterable

Row = tuple[str, float, str, bool]  # what, its value, the target in words or "", whether it is met


def report(rows: Iterable[Row], digits: int = 1) -> None:
    """Prints a line a row. Ends the process with status 1 where a target is missed."""
    missed = False
    for what, value, target, met in rows:
        verdict = "" if not target else "ok" if met else "MISSED"
        print(f"{what:<48}{value:>8.{digits}f}   {target:<12}{verdict}".rstrip())
        missed = missed or not met
    if missed:
        sys.exit(1)
