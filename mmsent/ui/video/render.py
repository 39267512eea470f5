"""What a clip says as a whole: the verdict card, and the same numbers as tables. Pure functions."""

import json
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from mmsent.labels import CONVERSATION_EMOTIONS, NOT_SURE, SENTIMENTS
from mmsent.results import Moment, VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.csv_text import csv_text
from mmsent.ui.common.html import DOT, NOTHING, joined, notes_html
from mmsent.ui.video.reasons import MODALITIES, reasons_html

# The agreement from which on each may be said.
AGREEMENTS: Final = (
    (0.8, "nearly all the time"),
    (0.5, "most of the time"),
    (0.2, "less than half of the time"),
    (0.0, "hardly ever"),
)
CSV_START: Final = (
    *("start", "end", "text", "emotion", "emotion_unsure", "sentiment", "sentiment_unsure"),
    *CONVERSATION_EMOTIONS,
    *SENTIMENTS,
)
CSV_SIDE = ("emotion", "weight", "share")
CSV_END = ("conflict", "doubtful", "attributions", "phrases", "notes")


# what was checked, of a net that learned each modality by itself, and of one that needs all three
APART: Final = (
    "The figures of words, voice and face alone were checked against people’s labels; how often all "
    "of them together are right, nobody has counted, so read those with more caution."
)
FILLED: Final = (
    "This model takes words, voice and picture together: what one says alone is what it answers with "
    "the averages of its training in place of the others."
)


def clock(seconds: float) -> str:
    """65.4 -> "1:05", 3725 -> "1:02:05"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def verdict_html(result: VideoResult, pending: str = "") -> Markup:
    """Emotion and sentiment with their bars, what each modality moved and says alone, the strongest
    words or the sentence ``pending`` in their place, how far the modalities agree, and the notes."""
    emotion = result.emotion
    return Markup(
        "<h3>{dot}{headline}</h3>{leaning}"
        '{reasons}{notes}<details class="fold"><summary>All probabilities, and what each modality says'
        '</summary><div class="cards">{emotion}{sentiment}{sides}</div>'
        '<p class="hint">Means over the clip, longer moments count more; where nobody speaks, only the {seen} does. {checked} '
        "“Not sure” means that the model would rather not say.</p></details>"
    ).format(
        seen="picture" if _takes_picture(result) else "face",
        checked=FILLED if _takes_picture(result) else APART,
        dot=NOTHING if emotion.unsure else _dot(emotion.top),
        headline=headline(result),
        leaning=render.leaning(emotion.top) if emotion.unsure else NOTHING,
        emotion=render.card("Emotion", emotion),
        sentiment=render.card("Sentiment", result.sentiment),
        sides=_sides(result),
        reasons=reasons_html(result, pending),
        notes=notes_html(result.notes),
    )


def _takes_picture(result: VideoResult) -> bool:
    return any("picture" in moment.by_modality for moment in result.moments)


def headline(result: VideoResult) -> str:
    """Such as "Joy (98 %), sentiment positive", or "Not sure"."""
    if result.emotion.unsure:
        return render.sentence(result.emotion)
    sentiment = result.sentiment
    told = NOT_SURE if sentiment.unsure else render.spoken(sentiment.top)
    return f"{render.sentence(result.emotion)}, sentiment {told}"


def agreement_words(agreement: float | None) -> str:
    """The share of time in which the modalities are on one side, with its meaning; "" where there
    never are two to compare."""
    if agreement is None:
        return ""
    often = next(words for least, words in AGREEMENTS if agreement >= least)
    return (
        f"Where at least two are sure, they are on the same side {often} "
        f"({render.percent(agreement)}): pleasant, unpleasant "
        "or neutral, and surprise goes with any."
    )


def mostly(result: VideoResult, modality: str) -> str | None:
    """What a modality says alone for most of the time: an emotion, "not sure", or None where it is
    missing."""
    seconds: dict[str, float] = {}
    for moment in result.moments:
        if scores := moment.by_modality.get(modality):
            named = NOT_SURE if scores.unsure else scores.top
            seconds[named] = seconds.get(named, 0.0) + moment.end - moment.start
    return max(seconds, key=lambda named: seconds[named]) if seconds else None


def moments_csv(result: VideoResult) -> str:
    """One row a moment: times in seconds, probabilities 0..1; what is missing is an empty cell. The
    notes are those on the whole clip, in each row."""
    notes, other = " ".join(result.notes), "face" if _takes_picture(result) else "picture"
    names = [name for name in MODALITIES if name != other]
    header = (*CSV_START, *(f"{name}_{what}" for name in names for what in CSV_SIDE), *CSV_END)
    return csv_text(header, ([*_row(moment, names), notes] for moment in result.moments))


def _row(moment: Moment, names: Sequence[str]) -> list[str]:
    sides = [
        cell
        for name in names
        for cell in (
            moment.by_modality[name].top if name in moment.by_modality else "",
            *(
                f"{by_name[name]:.4f}" if name in by_name else ""
                for by_name in (moment.weights, moment.shares)
            ),
        )
    ]
    return [
        *(f"{moment.start:.3f}", f"{moment.end:.3f}", moment.text),
        *(
            cell
            for scores in (moment.emotion, moment.sentiment)
            for cell in (scores.top, str(scores.unsure).lower())
        ),
        *(f"{p:.4f}" for scores in (moment.emotion, moment.sentiment) for p in scores.probs),
        *sides,
        str(moment.conflict).lower(),
        str(moment.doubtful).lower(),
        *_reason_cells(moment),
    ]


def _reason_cells(moment: Moment) -> tuple[str, str]:
    """Words and phrases with their log-odds toward the moment's emotion, as JSON; empty cells where
    they were not measured."""
    if not moment.tokens:
        return "", ""
    words = list(zip(moment.tokens, moment.attributions, strict=True))
    phrases = [
        (" ".join(moment.tokens[phrase.start : phrase.end]), phrase.attribution)
        for phrase in moment.phrases
    ]
    return _pairs(words), _pairs(phrases)


def _pairs(told: Sequence[tuple[str, float]]) -> str:
    return json.dumps([(name, round(value, 4)) for name, value in told], ensure_ascii=False)


def _sides(result: VideoResult) -> Markup:
    """What words, voice and face say alone, and how far they agree."""
    row = Markup("<li><b>{}</b><span>{}{}{}</span></li>")
    rows = joined(
        row.format(MODALITIES[name], _dot(said), "" if said == NOT_SURE else "mostly ", said)
        for name in MODALITIES
        if (said := mostly(result, name))
    )
    agree = agreement_words(result.agreement)
    told = Markup("<p>{}</p>").format(agree) if agree else NOTHING
    return Markup(
        '<section class="card sides"><h4>What each says alone</h4><ul>{}</ul>{}</section>'
    ).format(rows, told)


def _dot(said: str) -> Markup:
    colour = render.COLOURS.get(said)
    return DOT.format(colour) if colour else NOTHING
