"""The terminal, or the file or pipe in its place."""

import io
import sys


def replace_unprintable() -> None:
    """From here on a sign that the encoding of standard output lacks is printed as "?", rather than
    ending the run. Standard error does so by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
