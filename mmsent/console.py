"""The terminal, or the file or pipe in its place."""

import io
import sys


def replace_unprintable() -> None:
    """Makes standard output print characters that its encoding lacks as "?", instead of ending the run.
    Standard error does so by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
