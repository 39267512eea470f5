"""The terminal, or the file or pipe in its place, and the commands typed there."""

import argparse
import io
import sys


def replace_unprintable() -> None:
    """Makes standard output print characters that its encoding lacks as "?", instead of ending the
    run. Standard error does so by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def manual_parser(program: str, manual: str | None) -> argparse.ArgumentParser:
    """A parser for ``program``, the words that one types, whose help is ``manual``, a module's
    docstring, with the lines that it has."""
    return argparse.ArgumentParser(
        program, description=manual, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_source_option(parser: argparse.ArgumentParser) -> None:
    """--source, the checkpoint that a command uses."""
    parser.add_argument(
        "--source", help="checkpoint: a folder or owner/name@revision on the Hugging Face Hub"
    )
