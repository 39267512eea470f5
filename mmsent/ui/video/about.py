"""What the page says about the clip model: what was measured on which data beside its floor, and
what it can't do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from mmsent.labels import CONVERSATION_EMOTIONS
from mmsent.ui.common.about import card_html, no_figures, percent, reliability, table
from mmsent.ui.common.html import NOTHING, joined

MUST_NOT: Final = Markup("""
<h3>What it must not be used for</h3>
<p>To infer emotions at work or in education, which is prohibited in the European Union (AI Act, Article 5(1)(f)) except for
medical or safety reasons; to decide anything about a person; on people who have not agreed to it. It names what people would
see and hear, not what somebody feels.</p>
""")
TITLES: Final = {
    "text": "Words of a series (MELD)",
    "audio": "Voices of actors (RAVDESS)",
    "face": "Faces (FER2013)",
}
# of a model that learned from clips with all three
OF_CLIPS: Final = {
    "together": "Clips of a series (MELD)",
    "text": "their words alone",
    "audio": "their voices alone",
    "picture": "their pictures alone",
}
APART: Final = (
    "Each modality was tested alone, on rows that the model never saw or heard in training."
)
TOGETHER: Final = (
    "Tested on clips that the model never saw or heard in training, with all that is in them, and with "
    "words, voice or picture alone, where the averages of its training stand in for the others."
)

# modality, "emotion" or "sentiment", its figures
Rows = Sequence[tuple[str, str, Mapping[str, Any]]]


def video_about_html(metrics: Mapping[str, Any] | None, folder: Path | None) -> Markup:
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None. Figures that it
    lacks are left out."""
    test = (metrics or {}).get("test") or {}
    rows = [
        (name, task, part) for name, tasks in test.items() for task, part in tasks.items() if part
    ]
    if not rows:
        return no_figures(card_html(folder) + MUST_NOT)
    titles = OF_CLIPS if "together" in test else TITLES
    head = ("Tested on", "Accuracy", "Floor", "Weighted F1", "Floor", "ECE", "n")
    diagrams = joined(reliability(folder, f"reliability_{name}") for name in test)
    return Markup(
        '<div class="about"><div class="columns"><div>'
        "<p>{} "
        "The floors are always "
        "guessing the most frequent answer; ECE is the gap between confidence and accuracy.</p>"
        "{}{}</div><div>{}</div></div>{}</div>"
    ).format(
        TOGETHER if "together" in test else APART,
        table(head, [_whole(titles, *row) for row in rows]),
        _recall(titles, rows),
        diagrams,
        card_html(folder) + MUST_NOT,
    )


def _whole(
    titles: Mapping[str, str], name: str, task: str, part: Mapping[str, Any]
) -> tuple[str, ...]:
    n = f"{part['n']:,}" if "n" in part else "–"
    f1 = (
        f"{part[key]:.2f}" if key in part else "–" for key in ("weighted_f1", "floor_weighted_f1")
    )
    title = f"{titles.get(name, name)}: {task}"
    return (
        title,
        percent(part.get("accuracy")),
        percent(part.get("floor_accuracy")),
        *f1,
        percent(part.get("ece")),
        n,
    )


def _recall(titles: Mapping[str, str], rows: Rows) -> Markup:
    """How often each emotion is found, where it was counted."""
    found = [
        (
            titles.get(name, name),
            *(
                percent(part["per_class"].get(label, {}).get("recall"))
                for label in CONVERSATION_EMOTIONS
            ),
        )
        for name, task, part in rows
        if task == "emotion" and part.get("per_class")
    ]
    if not found:
        return NOTHING
    told = table(("Recall on", *CONVERSATION_EMOTIONS), found)
    return Markup("<h3>How often each emotion is found</h3>{}").format(told)
