"""What the page says about the face model: test figures beside their floor, reliability, and what
it must not be used for.

What every model's fold is made of stands here too: tables, percentages and the reliability diagram.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from mmsent.labels import FACE_EMOTIONS

LIMITS: Final = """
<h3>What the words mean</h3>
<p>The labels are what people who looked at a picture called it. A face does not show what a person feels, and people of
different ages, cultures and skin tones were not photographed equally often.</p>
<h3>It must not be used</h3>
<ul>
<li>to infer emotions at work or in education: prohibited in the European Union (AI Act, Article 5(1)(f)), except for medical or
safety reasons;</li>
<li>to decide anything about a person: hiring, grading, credit, insurance, policing, border control, diagnosis;</li>
<li>on people who have not agreed to it.</li>
</ul>
"""


def about_html(metrics: Mapping[str, Any] | None, folder: Path | None) -> str:
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None when it has
    none."""
    test = (metrics or {}).get("test")
    if not test:
        return no_figures(LIMITS)
    recall = [
        (label, percent(row["recall"]), f"{row['n']:,}")
        for label in FACE_EMOTIONS
        if (row := test.get("per_class", {}).get(label))
    ]
    return (
        '<div class="about"><div class="columns"><div>'
        f"<p>Tested on {test['n']:,} faces the model never saw in training. Seven emotions; always "
        "guessing the most frequent "
        f"one would be right {percent(test['floor_accuracy'])} of the time.</p>"
        f"{table(('Measure', 'Model', 'Floor', 'n'), _figures(test))}"
        "<h3>How often each emotion is recognised</h3>"
        f"{table(('Emotion', 'Recall', 'n'), recall)}</div>{reliability(folder)}</div>{LIMITS}</div>"
    )


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


def _figures(test: Mapping[str, Any]) -> list[tuple[str, ...]]:
    n = f"{test['n']:,}"
    rows: list[tuple[str, ...]] = [
        ("Accuracy", percent(test["accuracy"]), percent(test["floor_accuracy"]), n),
        ("Mean over the emotions (macro-F1)", f"{test['macro_f1']:.2f}", "–", n),
        ("Gap between confidence and accuracy (ECE)", percent(test["ece"]), "–", n),
    ]
    for key, name in (
        ("without_twins", "Accuracy without near-copies of training faces"),
        ("ferplus_majority", "Accuracy against ten other annotators (FERPlus)"),
    ):
        if part := test.get(key):
            rows.append(
                (
                    name,
                    percent(part["accuracy"]),
                    percent(part.get("floor_accuracy")),
                    f"{part['n']:,}",
                )
            )
    return rows
