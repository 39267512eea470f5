"""Tables as CSV that a visitor takes away."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from mmsent.table import is_formula

NEGATIVE: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV that a spreadsheet reads as data: a cell that would run as a formula gets a quote in
    front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Plain negative numbers stay numbers."""
    return f"'{cell}" if is_formula(cell) and not NEGATIVE.fullmatch(cell) else cell
