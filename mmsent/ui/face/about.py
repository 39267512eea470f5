"""What the page says about the face model: test figures beside their floor, reliability, and what
it must not be used for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from mmsent import hub
from mmsent.labels import FACE_EMOTIONS
from mmsent.ui.common.about import (
    card_html,
    held_out,
    no_figures,
    percent,
    reliability,
    table,
    tested_on,
)
from mmsent.ui.common.claim import claim

ON_DEVICE: Final = "Live faces on your own device"  # read by the smaller net, where there is one
MUST_NOT: Final = Markup("""
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
""")


def about_html(
    metrics: Mapping[str, Any] | None, folder: Path | None, on_device: str = ON_DEVICE
) -> Markup:
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None when it has
    none."""
    test = held_out(metrics or {})
    if not test:
        return no_figures(card_html(folder) + MUST_NOT)
    recall = [
        (label, percent(row["recall"]), f"{row['n']:,}")
        for label in FACE_EMOTIONS
        if (row := test.get("per_class", {}).get(label))
    ]
    return Markup(
        '<div class="about"><div class="columns"><div>'
        "<p>{tested} Seven emotions; always guessing "
        "the most frequent one would be right {floor} of the time. {trusted}</p>{figures}"
        "{student}<h3>How often each emotion is recognised</h3>{recall}</div>{diagram}</div>{limits}</div>"
    ).format(
        tested=tested_on(metrics or {}, f"{test['n']:,} faces"),
        trusted=trust(metrics),
        floor=percent(test["floor_accuracy"]),
        figures=table(("Measure", "Model", "Floor", "n"), _figures(test)),
        student=student_html(folder, on_device),
        recall=table(("Emotion", "Recall", "n"), recall),
        diagram=reliability(folder),
        limits=card_html(folder) + MUST_NOT,
    )


def trust(metrics: Mapping[str, Any] | None) -> str:
    """What the page says of the percentages, from the checkpoint's ``metrics.json``."""
    return claim({"faces": held_out(metrics or {})})


def student_html(folder: Path | None, on_device: str = ON_DEVICE) -> Markup:
    """What the smaller net that reads ``on_device`` on the visitor's own device is worth; nothing where
    the checkpoint holds none."""
    try:
        student = hub.student(folder, "face") if folder else None
        metrics = hub.read_metrics(student, hub.sha256(student / hub.WEIGHTS)) if student else None
    except hub.CheckpointError:  # told of where it would run
        metrics = None
    if not metrics:
        return Markup()
    test = metrics["test"]
    return Markup(
        "<p>{what} are read by a smaller net that learned from this one: it is "
        "right on {accuracy} of the same faces (macro-F1 {f1:.2f}, ECE {ece}).</p>"
    ).format(
        what=on_device,
        accuracy=percent(test["accuracy"]),
        f1=test["macro_f1"],
        ece=percent(test["ece"]),
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
