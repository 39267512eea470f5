"""What the page says about the meme model: every aspect beside its floors, and what it can't do."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from markupsafe import Markup

from mmsent.labels import ASPECTS, MEME_ASPECTS
from mmsent.ui.common import render
from mmsent.ui.common.about import card_html, held_out, no_figures, percent, table, tested_on
from mmsent.ui.common.html import NOTHING
from mmsent.ui.meme.cards import WORD_NAMES
from mmsent.ui.meme.figures import Figures, figures_of, no_better, word_figures_of

MUST_NOT: Final = Markup("""
<h3>What it must not be used for</h3>
<p>To moderate, or to decide anything about whoever made or shared a meme. “Harmful” and “offensive” are what a few annotators
felt; nobody has measured whom the model treats unfairly.</p>
""")
VIEWS: Final = {
    "fused": "Picture and text",
    "text_only": "Text alone",
    "image_only": "Picture alone",
}


def meme_about_html(
    metrics: Mapping[str, Any] | None,
    folder: Path | None = None,
    sources: Mapping[str, str] = MappingProxyType({}),
) -> Markup:
    """The fold's content; ``metrics`` is the checkpoint's metrics.json, or None, ``sources`` the group
    of each of its aspects. Figures that it lacks are left out."""
    figures, metrics = figures_of(metrics, sources), metrics or {}
    if not held_out(metrics):
        return no_figures(card_html(folder) + MUST_NOT)
    parts = [(aspect, figures[aspect]) for aspect in MEME_ASPECTS if aspect in figures]
    head = ("Aspect", "Macro-F1", "Guessing", "Word counts", "p", "n")
    return Markup(
        '<div class="about"><div class="columns"><div><p>{tested}{sources} '
        "Macro-F1 is the mean over the answers of an aspect of how well each is found, 1 at best; "
        "guessing draws answers as "
        "often as they occur; “word counts” is a plain classifier of the text (TF-IDF). p is how "
        "often shuffled labels score "
        "as high: from .05 on, an aspect is not better than guessing.</p>"
        "{scores}{harm}{words}{views}{accuracy}</div>"
        "<div><h3>How often each answer is found</h3>{recall}</div></div>{limits}</div>"
    ).format(
        tested=tested_on(metrics, "memes"),
        sources=_sources(figures),
        scores=table(head, [_row(aspect, part) for aspect, part in parts]),
        harm=_harm(figures.get("harmful", {})),
        words=_words(word_figures_of(metrics)),
        views=_views(figures),
        accuracy=_accuracy(figures),
        recall=_recall(figures),
        limits=card_html(folder) + MUST_NOT,
    )


def _sources(figures: Figures) -> str:
    """Which memes those were, aspect by aspect: " HarMeme: harm." """
    learnt: dict[str, list[str]] = {}
    for aspect, part in figures.items():
        if "source" in part:
            learnt.setdefault(part["source"], []).append(_title(aspect).lower())
    told = "; ".join(f"{source}: {', '.join(aspects)}" for source, aspects in learnt.items())
    return f" {told[0].upper()}{told[1:]}." if told else ""


def _row(aspect: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    scores = (_score(part.get(key)) for key in ("macro_f1", "guessing", "tfidf"))
    chance = _score(part.get("p_value"), 4) + (" (no better)" if no_better(part) else "")
    return (ASPECTS[aspect].title, *scores, chance, f"{part['n']:,}" if "n" in part else "–")


def _harm(part: Mapping[str, Any]) -> Markup:
    """What the mean of the trainings is worth, and how well memes of another kind are noticed."""
    if "familiarity" not in part:
        return NOTHING
    sets = {
        "All test memes": part["views"]["fused"],
        "Without near-twins of training memes": part.get("without_twins"),
    }
    rows = [
        (name, *(f"{scores[key]['mean']:.2f}" for key in ("accuracy", "auc")), f"{scores['n']:,}")
        for name, scores in sets.items()
        if scores
    ]
    near = part["familiarity"]
    told = (
        f"By their distance from the training memes, memes of Memotion are told from those of HarMeme "
        f"with an AUC of {near['auc']['fused']:.2f}; {percent(near['through'])} of HarMeme’s test memes are "
        f"near enough, and {percent(near['other_through'])} of Memotion’s."
    )
    return Markup("<h3>Harm</h3>{}<p>{}</p>").format(
        table(("Mean of the trainings", "Accuracy", "AUC", "n"), rows), told
    )


def _words(figures: Figures) -> Markup:
    """What the words say, on test rows of what it was learnt from."""
    keys = ("accuracy", "floor_accuracy", "ece")
    rows = [
        (
            WORD_NAMES.get(name, name),
            _score(part.get("macro_f1")),
            *(percent(part.get(key)) for key in keys),
            f"{part['n']:,}",
        )
        for name, part in figures.items()
        if "n" in part
    ]
    if not rows:
        return NOTHING
    head = ("Head", "Macro-F1", "Accuracy", "Most frequent", "ECE", "n")
    return Markup(
        "<h3>What the words say</h3><p>On test rows of GoEmotions (emotions), TweetEval (irony, offence) and reviews "
        "(sentiment), without handles and addresses.</p>{}"
    ).format(table(head, rows))


def _views(figures: Figures) -> Markup:
    """What each side tells alone, mean and spread over the seeds; nothing where it was not
    measured."""
    views = {aspect: part["views"] for aspect, part in figures.items() if part.get("views")}
    if not views:
        return NOTHING
    rows = [
        (_title(aspect), *(_spread(part.get(view, {})) for view in VIEWS))
        for aspect, part in views.items()
    ]
    trainings = max(len(view.get("each", ())) for part in views.values() for view in part.values())
    seeds = f" (mean ± spread of {trainings} trainings)" if trainings else ""
    title = Markup("<h3>What picture and text tell alone: macro-F1{}</h3>{}")
    return title.format(seeds, table(("Aspect", *VIEWS.values()), rows))


def _title(aspect: str) -> str:
    return ASPECTS[aspect].title if aspect in ASPECTS else aspect


def _accuracy(figures: Figures) -> Markup:
    """How often the answer is right, and how far the confidence is from that."""
    keys = ("accuracy", "floor_accuracy", "ece", "ece_limit")
    rows = [
        (_title(aspect), *(percent(part.get(key)) for key in keys))
        for aspect, part in figures.items()
        if "accuracy" in part
    ]
    if not rows:
        return NOTHING
    return Markup(
        "<h3>How often it is right</h3><p>Beside always giving the most frequent answer; ECE is "
        "the gap between confidence and "
        "accuracy, which for a perfectly calibrated model would lie below the limit in 95 of 100 "
        "tests.</p>{}"
    ).format(table(("Aspect", "Accuracy", "Most frequent", "ECE", "Limit"), rows))


def _recall(figures: Figures) -> Markup:
    rows = [
        (
            f"{ASPECTS[aspect].title}: {render.spoken(label)}",
            percent(row.get("recall")),
            f"{row['n']:,}" if "n" in row else "–",
        )
        for aspect, labels in MEME_ASPECTS.items()
        for label in labels
        if (row := figures.get(aspect, {}).get("per_class", {}).get(label))
    ]
    return table(("Answer", "Recall", "n"), rows)


def _spread(view: Mapping[str, Any]) -> str:
    return "–" if "mean" not in view else f"{view['mean']:.2f} ± {view.get('spread', 0):.2f}"


def _score(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
