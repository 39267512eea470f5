"""The model card of a meme checkpoint that was trained on somebody's own data."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmsent.labels import MEME_ASPECTS
from train.common.card import Subject, held_out, write_card
from train.common.card_text import NO_GROUPS, never_answered, table
from train.common.evaluate import ABSENT

MEANT = (
    "**Meant for** demonstrations, teaching and research on how far such labels can be read at all.\n\n"
    "**Not meant for** moderation, or decisions about whoever made or shared a meme."
)
NOT_ABOVE = "An aspect whose p-value is not below .05 is not above guessing."


def own_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_meme`` writes them."""
    split = held_out(metrics)
    scores: Mapping[str, Any] = metrics[split]
    training = config["training"]
    subject = Subject(
        name=f"meme: {', '.join(scores)}",
        summary=(
            "Linear layers read the pixels of a small picture, others the sentence vector of its caption; "
            "both are joined by further linear layers, with one head an aspect. The encoder of sentences was "
            "not tuned; it lies in `encoders/`."
        ),
        use=(
            "import mmsent\n\n"
            'meme = mmsent.load("meme", "<folder or owner/name@revision>")\n'
            'result = meme.predict("meme.jpg")              # the caption is read by OCR\n'
            'result = meme.predict("meme.jpg", text="")     # it has no text\n'
            f'result.aspects["{min(scores)}"].as_dict()'
        ),
        meant=MEANT,
        data=(
            f"Trained on {training['data']}, which are the trainer's own. The encoder of sentences is "
            f"{training['start']['text']}, whose terms apply, too. The validation rows below, which the weights "
            "have not seen, also chose temperatures and thresholds; there are no further test rows."
        ),
        scores={f"Own memes, {aspect}": part for aspect, part in scores.items()},
        remarks=f"{_floors(scores)}\n\n{_calibration(config, scores)}",
        limits=tuple(_limits(config, scores)),
        pipeline_tag="image-text-to-text",
        tags=("sentiment-analysis", "memes", "multimodal"),
        split=split,
        own=True,
    )
    figures = {"training_curves": "Training curves", "aspect_curves": "Each aspect by itself"}
    for aspect in scores:
        figures |= {
            f"confusion_{aspect}": f"{aspect}: confusion",
            f"reliability_{aspect}": f"{aspect}: reliability",
        }
    return write_card(subject, config, figures)


def _floors(scores: Mapping[str, Any]) -> str:
    keys = ("macro_f1", "guessing", "tfidf")
    body = [
        [
            aspect,
            *(f"{part[key]:.3f}" if key in part else "–" for key in keys),
            f"{part['p_value']:.4f}",
        ]
        for aspect, part in scores.items()
    ]
    head = ["macro-F1", "picture and text", "guessing", "TF-IDF", "p"]
    return (
        "Guessing follows the class frequencies; TF-IDF counts words; p is a permutation test: from .05 on an "
        f"aspect is not above guessing.\n\n{table(head, body)}"
    )


def _calibration(config: Mapping[str, Any], scores: Mapping[str, Any]) -> str:
    body = [
        [
            aspect,
            *(f"{values[key]:.3f}" for key in ("temperature", "threshold")),
            *(f"{scores[aspect][key]:.3f}" for key in ("ece", "ece_limit")),
        ]
        for aspect, values in config["calibration"].items()
    ]
    head = ["aspect", "temperature", "not sure below", "ECE", "95th percentile if calibrated"]
    return f"**Calibration.**\n\n{table(head, body)}"


def _limits(config: Mapping[str, Any], scores: Mapping[str, Any]) -> Iterator[str]:
    yield NOT_ABOVE
    yield "It knows the language and the kind of memes that it was trained on, no others."
    if lacking := [aspect for aspect in MEME_ASPECTS if aspect not in scores]:
        yield f"It does not judge {', '.join(lacking)}: it has not learned them."
    for aspect, labels in config["labels"].items():
        biases = config["calibration"][aspect]["bias"]
        for label, bias in zip(labels, biases, strict=True):
            if bias <= ABSENT:
                yield never_answered(f"{aspect} “{label}”")
    if "image" not in config["modes"]:
        yield "It has learned from memes with a text only: without one it is “not sure”."
    yield "It has learned from memes with a picture only: without one it is “not sure”."
    side = config["groups"]["own"]["preprocessing"]["size"]
    yield f"It sees pictures squashed to {side} pixels a side, in which hardly more than colours are left."
    yield NO_GROUPS
