"""What is wrong with the rows of a file, for the terminal."""

from collections.abc import Sequence

SHOWN = 20


def summary(problems: Sequence[str], what: str) -> str:
    """How many there are of ``what`` ("rows are left out"), and the first SHOWN, a line each."""
    more = [f"… and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    return "\n".join([f"{len(problems)} {what}:", *problems[:SHOWN], *more])
