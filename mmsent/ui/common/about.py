"""What the page says about a model is made of: tables, percentages and the reliability diagram."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path


def no_figures(limits: str) -> str:
    """The fold of a model without test figures; ``limits`` is HTML."""
    return f'<div class="about"><p>There are no test figures of this very model.</p>{limits}</div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table (HTML) of plain text cells, which scrolls by itself, by keyboard too, where the page
    is too narrow for it. The first cell of each row names it."""
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in rows
    )
    return (
        f'<div class="wide" role="group" tabindex="0" aria-label="Table: {escape(", ".join(head))}">'
        f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def percent(value: float | None) -> str:
    """0.697 -> "69.7 %"; a figure that is missing is a dash."""
    return "–" if value is None else f"{100 * value:.1f} %"


def reliability(folder: Path | None, name: str = "reliability") -> str:
    """The diagram of that name inside the page; nothing when the checkpoint has none."""
    path = folder / "plots" / f"{name}.png" if folder else None
    if path is None or not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="Reliability diagram: how often the model was right '
        'at each level of confidence"><figcaption>On the diagonal, “80 %” means right in 80 of 100 cases.</figcaption></figure>'
    )
