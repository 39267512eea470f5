"""What the page says about the model: test figures beside their floor, reliability, and what it must not be used for."""

import base64
from collections.abc import Mapping
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
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None when it has none."""
    test = (metrics or {}).get("test")
    if not test:
        return f'<div class="about"><p>This model comes without test figures.</p>{LIMITS}</div>'
    recall = "".join(
        f"<tr><td>{label}</td><td>{_percent(row['recall'])}</td><td>{row['n']:,}</td></tr>"
        for label in FACE_EMOTIONS
        if (row := test.get("per_class", {}).get(label))
    )
    return (
        '<div class="about"><div class="columns"><div>'
        f"<p>Tested on {test['n']:,} faces the model never saw in training. Seven emotions; always guessing the most frequent "
        f"one would be right {_percent(test['floor_accuracy'])} of the time.</p>"
        "<table><thead><tr><th>Measure</th><th>Model</th><th>Floor</th><th>n</th></tr>"
        f"</thead><tbody>{_figures(test)}</tbody></table>"
        "<h3>How often each emotion is recognised</h3>"
        f"<table><thead><tr><th>Emotion</th><th>Recall</th><th>n</th></tr></thead><tbody>{recall}</tbody></table>"
        f"</div>{_reliability(folder)}</div>{LIMITS}</div>"
    )


def _figures(test: Mapping[str, Any]) -> str:
    floor = _percent(test["floor_accuracy"])
    rows = [
        ("Accuracy", _percent(test["accuracy"]), floor, test["n"]),
        ("Mean over the emotions (macro-F1)", f"{test['macro_f1']:.2f}", "–", test["n"]),
        ("Gap between confidence and accuracy (ECE)", _percent(test["ece"]), "–", test["n"]),
    ]
    for key, name in (
        ("without_twins", "Accuracy without near-copies of training faces"),
        ("ferplus_majority", "Accuracy against ten other annotators (FERPlus)"),
    ):
        if part := test.get(key):
            low = _percent(part["floor_accuracy"]) if "floor_accuracy" in part else "–"
            rows.append((name, _percent(part["accuracy"]), low, part["n"]))
    return "".join(
        f"<tr><td>{escape(name)}</td><td>{value}</td><td>{low}</td><td>{n:,}</td></tr>" for name, value, low, n in rows
    )


def _reliability(folder: Path | None) -> str:
    """The diagram inside the page; nothing when the checkpoint has none."""
    path = folder / "plots" / "reliability.png" if folder else None
    if path is None or not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="Reliability diagram: how often the model was right '
        'at each level of confidence"><figcaption>On the diagonal, “80 %” means right in 80 of 100 cases.</figcaption></figure>'
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
