"""What the page says about the review model: figures on reviews and on tweets with photos, and what
it can't do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from mmsent.labels import SENTIMENTS
from mmsent.ui.common.about import (
    card_html,
    held_out,
    no_figures,
    percent,
    reliability,
    table,
    tested_on,
)
from mmsent.ui.common.html import NOTHING, joined

MUST_NOT: Final = Markup("""
<h3>What it must not be used for</h3>
<p>To decide anything about the person who wrote the review or is seen in the photo. A sentiment is a guess about a text, not
about its writer.</p>
""")
SETS: Final = {"reviews": "Reviews, text alone", "mvsa": "Tweets with photos", "own": "Own reviews"}
SIDES: Final = (
    ("fused", "Text and photo together"),
    ("text_only", "Text alone"),
    ("image_only", "Photo alone"),
)


def review_about_html(metrics: Mapping[str, Any] | None, folder: Path | None) -> Markup:
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None. Figures that it
    lacks are left out."""
    metrics = metrics or {}
    sets = held_out(metrics)
    if not sets:
        return no_figures(card_html(folder) + MUST_NOT)
    head = ("Tested on", "Accuracy", "Floor", "Macro-F1", "ECE", "n")
    diagrams = joined(reliability(folder, f"reliability_{name}") for name in sets)
    return Markup(
        '<div class="about"><div class="columns"><div>'
        "<p>{tested} The floor is always "
        "guessing the most frequent "
        "sentiment; ECE is the gap between confidence and accuracy.</p>"
        "{scores}{sides}{faithfulness}<h3>How often each sentiment is recognised</h3>{recall}</div>"
        "<div>{diagrams}</div></div>{limits}</div>"
    ).format(
        tested=tested_on(metrics, "texts and photos"),
        scores=table(head, [_whole(SETS.get(name, name), part) for name, part in sets.items()]),
        sides=joined(_sides(SETS.get(name, name), part) for name, part in sets.items()),
        faithfulness=_faithfulness(metrics.get("faithfulness", {})),
        recall=_recall(sets),
        diagrams=diagrams,
        limits=card_html(folder) + MUST_NOT,
    )


def _whole(name: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    floor = percent(part.get("floor_accuracy"))
    return (
        name,
        percent(part.get("accuracy")),
        floor,
        _score(part.get("macro_f1")),
        percent(part.get("ece")),
        _count(part),
    )


def _sides(title: str, part: Mapping[str, Any]) -> Markup:
    """What the photo adds: each side alone beside both, with 95 % intervals; nothing where it was
    not measured."""
    rows = [
        (
            name,
            percent(side.get("accuracy")) + _interval(side.get("accuracy_interval"), 100, 1),
            _score(side.get("macro_f1")) + _interval(side.get("macro_f1_interval"), 1, 2),
        )
        for key, name in SIDES
        if (side := part.get(key))
    ]
    if len(rows) < 2:  # one alone compares nothing
        return NOTHING
    told = table(("Reads", "Accuracy (95 % interval)", "Macro-F1"), rows)
    return Markup("<h3>What the photo adds: {}</h3>{}").format(title.lower(), told)


def _faithfulness(part: Mapping[str, Any]) -> Markup:
    if "most_attended" not in part or "random" not in part:
        return NOTHING
    return Markup(
        "<h3>What is the map worth?</h3><p>When the net may not look at the places of the "
        "photo that it looked at most, "
        "the probability of the verdict moves by {} on average; "
        "with as many random places, by {}. That says that the net used what it looked at, not "
        "that this spoke for the verdict.</p>"
    ).format(_points(part["most_attended"]), _points(part["random"]))


def _recall(sets: Mapping[str, Mapping[str, Any]]) -> Markup:
    classes = [
        (SETS.get(name, name), part["per_class"])
        for name, part in sets.items()
        if part.get("per_class")
    ]
    rows = [
        (name, *(percent(part.get(label, {}).get("recall")) for label in SENTIMENTS))
        for name, part in classes
    ]
    return table(("Recall on", *SENTIMENTS), rows)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _count(part: Mapping[str, Any]) -> str:
    return f"{part['n']:,}" if "n" in part else "–"


def _points(value: float) -> str:
    return f"{100 * value:.1f} percentage points"


def _interval(bounds: tuple[float, float] | None, scale: float, digits: int) -> str:
    return (
        "" if not bounds else f" ({scale * bounds[0]:.{digits}f} to {scale * bounds[1]:.{digits}f})"
    )
