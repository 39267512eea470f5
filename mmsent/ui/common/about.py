"""What the page says about a model is made of: tables, percentages and the reliability diagram."""

import base64
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from mmsent.ui.common.html import NOTHING, joined


def no_figures(limits: Markup) -> Markup:
    """The fold of a model without test figures."""
    return Markup(
        '<div class="about"><p>There are no test figures of this very model.</p>{}</div>'
    ).format(limits)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table of plain text cells, which scrolls by itself, by keyboard too, where the page
    is too narrow for it. The first cell of each row names it."""
    title, cell = Markup('<th scope="col">{}</th>'), Markup("<td>{}</td>")
    body = joined(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, joined(map(cell.format, cells)))
        for name, *cells in rows
    )
    return Markup(
        '<div class="wide" role="group" tabindex="0" aria-label="Table: {}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(", ".join(head), joined(map(title.format, head)), body)


def percent(value: float | None) -> str:
    """0.697 -> "69.7 %"; a figure that is missing is a dash."""
    return "–" if value is None else f"{100 * value:.1f} %"


def reliability(folder: Path | None, name: str = "reliability") -> Markup:
    """The diagram of that name inside the page; nothing when the checkpoint has none."""
    path = folder / "plots" / f"{name}.png" if folder else None
    if path is None or not path.is_file():
        return NOTHING
    return Markup(
        '<figure><img src="data:image/png;base64,{}" alt="Reliability diagram: how often the model was right '
        'at each level of confidence"><figcaption>On the diagonal, “80 %” means right in 80 of 100 cases.</figcaption></figure>'
    ).format(base64.b64encode(path.read_bytes()).decode())
