"""What a clip says as a whole: the verdict card, and the same numbers as tables. Pure functions."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from mmsent.labels import CONVERSATION_EMOTIONS, NOT_SURE, SENTIMENTS
from mmsent.results import Moment, VideoResult
from mmsent.ui.common import render
from mmsent.ui.common.html import DOT, NOTHING, joined, notes_html

MODALITIES: Final = {"text": "Words", "audio": "Voice", "face": "Face"}
# The agreement from which on each may be said.
AGREEMENTS: Final = (
    (0.8, "nearly all the time"),
    (0.5, "most of the time"),
    (0.2, "less than half of the time"),
    (0.0, "hardly ever"),
)
CSV_HEADER: Final = (
    *("start", "end", "text", "emotion", "emotion_unsure", "sentiment", "sentiment_unsure"),
    *CONVERSATION_EMOTIONS,
    *SENTIMENTS,
    *(f"{name}_{what}" for name in MODALITIES for what in ("emotion", "weight")),
    "conflict",
    "doubtful",
    "notes",
)


def clock(seconds: float) -> str:
    """65.4 -> "1:05", 3725 -> "1:02:05"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def verdict_html(result: VideoResult) -> Markup:
    """Emotion and sentiment with their bars, what each modality says alone and weighed, how far
    they agree, and the notes."""
    emotion = result.emotion
    return Markup(
        "<h3>{dot}{headline}</h3>{leaning}"
        '{notes}<details class="fold"><summary>All probabilities, and what each modality says'
        '</summary><div class="cards">{emotion}{sentiment}{sides}</div>'
        '<p class="hint">Means over the clip, longer moments count more; where nobody speaks, only the face does. The figures '
        "of words, voice and face alone were checked against people’s labels; how often all of "
        "them together are right, nobody "
        "has counted, so read those with more caution. “Not sure” means that the model would "
        "rather not say.</p></details>"
    ).format(
        dot=NOTHING if emotion.unsure else _dot(emotion.top),
        headline=headline(result),
        leaning=render.leaning(emotion.top) if emotion.unsure else NOTHING,
        emotion=render.card("Emotion", emotion),
        sentiment=render.card("Sentiment", result.sentiment),
        sides=_sides(result),
        notes=notes_html(result.notes),
    )


def headline(result: VideoResult) -> str:
    """Such as "Joy (98 %), sentiment positive", or "Not sure"."""
    if result.emotion.unsure:
        return render.sentence(result.emotion)
    sentiment = result.sentiment
    told = NOT_SURE if sentiment.unsure else render.spoken(sentiment.top)
    return f"{render.sentence(result.emotion)}, sentiment {told}"


def weights_words(weights: Mapping[str, float]) -> str:
    """How much each modality moved the answer, as a sentence; "" where nothing is known of it."""
    first, *rest = sorted(weights, key=lambda name: -weights[name]) or [""]
    if not first:
        return ""
    if not rest:
        return f"Only the {MODALITIES[first].lower()} counted."
    told = " and ".join(_share(name, weights) for name in rest)
    return f"The {_share(first, weights, ' weighed most')}, before the {told}."


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
    notes = " ".join(result.notes)
    return render.csv_text(CSV_HEADER, ([*_row(moment), notes] for moment in result.moments))


def _row(moment: Moment) -> list[str]:
    sides = [
        cell
        for name in MODALITIES
        for cell in (
            moment.by_modality[name].top if name in moment.by_modality else "",
            f"{moment.weights[name]:.4f}" if name in moment.weights else "",
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
    ]


def _sides(result: VideoResult) -> Markup:
    """What words, voice and face say alone, and what they weighed."""
    row = Markup("<li><b>{}</b><span>{}{}{}</span></li>")
    rows = joined(
        row.format(MODALITIES[name], _dot(said), "" if said == NOT_SURE else "mostly ", said)
        for name in MODALITIES
        if (said := mostly(result, name))
    )
    told = joined(
        Markup("<p>{}</p>").format(words)
        for words in (weights_words(result.weights), agreement_words(result.agreement))
        if words
    )
    return Markup(
        '<section class="card sides"><h4>What each says alone</h4><ul>{}</ul>{}</section>'
    ).format(rows, told)


def _dot(said: str) -> Markup:
    colour = render.COLOURS.get(said)
    return DOT.format(colour) if colour else NOTHING


def _share(name: str, weights: Mapping[str, float], how: str = "") -> str:
    return f"{MODALITIES[name].lower()}{how} ({render.percent(weights[name])})"
