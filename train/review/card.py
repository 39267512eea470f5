"""The model card of a review checkpoint, from its config and metrics."""

from collections.abc import Iterator, Mapping
from typing import Any

from train.common.card import Subject, held_out, write_card
from train.common.card_text import NO_GROUPS, calibration_limits, never_answered, number, table
from train.common.evaluate import ABSENT

TITLES = {
    "reviews": "Review texts, 3 sentiments",
    "mvsa": "MVSA-Single, text with photo",
    "own": "Own reviews",
}
VIEWS = {"fused": "text and photo", "text_only": "text alone", "image_only": "photo alone"}


ATTENTION = {
    "compact": (
        "Words look at the photo by scaled dot-product attention over a grid of patches, with one "
        "learned key that means “nothing relevant here”; what they saw is classified beside the "
        "words, as negative, neutral or positive. It stands on the frozen encoders `text` and `image` "
        "and refuses others than those it was trained on."
    ),
    "reference": (
        "BERT's pooled vector of the text asks, CLIP's one vector of the photo is key and value; both "
        "are classified side by side. With one key the attention is always 1, so there is no map of "
        "the photo. Both encoders were tuned with it and lie in `encoders/`."
    ),
    "reference-patches": (
        "BERT's tokens look at CLIP's patches by scaled dot-product attention, with one learned key "
        "that means “nothing relevant here”; what they saw is classified beside them. Both encoders "
        "were tuned with it and lie in `encoders/`."
    ),
}
HELD_OUT = {
    "test": (
        "Validation rows chose temperatures and thresholds; test rows were evaluated once, through "
        "the saved checkpoint."
    ),
    "validation": (
        "The validation rows below, which the weights have not seen, also chose temperature and "
        "threshold; there are no further test rows."
    ),
}


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_review`` writes them."""
    split = held_out(metrics)
    scores = metrics[split]
    own = "own" in scores
    subject = Subject(
        name="review: sentiment of a text and its photo",
        summary=ATTENTION[config["training"]["preset"]],
        use=(
            "import mmsent\n\n"
            'review = mmsent.load("review", "<folder or owner/name@revision>")\n'
            'result = review.predict("The strap broke after a day.", "bag.jpg")\n'
            "result.sentiment.as_dict(), result.image_weight, result.attention.shape   # (words, "
            "patches)"
        ),
        meant=(
            "**Meant for** demonstrations, teaching and research on sentiment in short English "
            "texts with or without photo.\n\n"
            "**Not meant for** decisions about the person who wrote the text, or for moderation "
            "without a human."
        ),
        data=f"{_data(config, own)} {HELD_OUT[split]}",
        scores={TITLES[name]: part for name, part in scores.items()},
        remarks="\n\n".join(_remarks(config, metrics)),
        limits=tuple(_limits(config, own)),
        pipeline_tag="text-classification",
        tags=("sentiment-analysis", "multimodal", "cross-modal-attention"),
        split=split,
        own=own,
    )
    figures = {"training_curves": "Training curves"}
    for name in scores:
        figures |= {
            f"confusion_{name}": f"{TITLES[name]}: confusion",
            f"reliability_{name}": f"{TITLES[name]}: reliability",
        }
    return write_card(subject, config, figures)


def _data(config: Mapping[str, Any], own: bool) -> str:
    trained = f"Trained on {config['training']['data']}"
    start = config["training"].get("start", {})
    encoders = (
        f" The encoders started from {' and '.join(start.values())}, whose terms apply, too."
        if start
        else ""
    )
    if own:
        return f"{trained}, which are the trainer's own.{encoders}"
    return (
        f"{trained}. The review texts come from public corpora (apps, products, films, restaurants, "
        "tweets); MVSA-Single (Niu et al. 2016) is for research use. Duplicates stay in one "
        f"part.{encoders}"
    )


def _limits(config: Mapping[str, Any], own: bool) -> Iterator[str]:
    if own:
        yield "It knows the language and the kind of reviews that it was trained on, no others."
    else:
        yield "English only; irony is often missed; neutral is the weakest label."
    for label, bias in zip(
        config["labels"], config["calibration"]["both"].get("bias", (0, 0, 0)), strict=True
    ):
        if bias <= ABSENT:
            yield never_answered(f"“{label}”")
    if "modes" in config:
        yield "It has learned from texts with photos only: without either it is “not sure”."
    else:
        yield (
            "Words of a post without its photo, and photos without words, are read much worse than "
            "both together."
        )
    yield "Attention shows where the net looked, not why it decided."
    yield NO_GROUPS


def _remarks(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    split = held_out(metrics)
    for name, part in metrics[split].items():
        if "fused" in part:
            yield _views(name, part)
    yield _calibration(config, metrics[split], split)
    if "faithfulness" in metrics:
        yield _faithful(metrics["faithfulness"])


def _views(name: str, part: Mapping[str, Any]) -> str:
    body = [
        [
            words,
            f"{view['n']:,}",
            *(_with_interval(view, key) for key in ("accuracy", "macro_f1")),
            number(view, "ece"),
        ]
        for key, words in VIEWS.items()
        if (view := part.get(key))
    ]
    head = ["given", "n", "accuracy (95 % bootstrap)", "macro-F1 (95 % bootstrap)", "ECE"]
    return f"{TITLES[name]}, one model, given both or one side:\n\n{table(head, body)}"


def _with_interval(view: Mapping[str, Any], key: str) -> str:
    low, high = view[f"{key}_interval"]
    return f"{view[key]:.3f} ({low:.3f} to {high:.3f})"


def _calibration(config: Mapping[str, Any], scores: Mapping[str, Any], split: str) -> str:
    body = [
        [
            mode,
            ", ".join("never" if x <= ABSENT else f"{x:+.2f}" for x in values.get("bias", ()))
            or "none",
            f"{values['temperature']:.3f}",
            f"{values['threshold']:.3f}",
        ]
        for mode, values in config["calibration"].items()
    ]
    limits = "; ".join(
        f"{TITLES[name]}: {part['ece']:.4f} (limit {part['ece_limit']:.4f})"
        for name, part in scores.items()
    )
    return (
        "**Calibration.** What is added to the logits (in the order of the labels), what they are "
        "divided by then, and the "
        f"confidence below which the answer is “not sure”:\n\n"
        f"{table(['given', 'bias', 'temperature', 'not sure below'], body)}\n\n"
        + calibration_limits(limits)
    )


def _faithful(scores: Mapping[str, Any]) -> str:
    return (
        f"**Faithfulness of the attention** ({scores['n']} rows). Hiding the "
        f"{scores['share']:.0%} most attended patches "
        f"moves the verdict's probability by {scores['most_attended']:.4f} on average, hiding as "
        "many random ones by "
        f"{scores['random']:.4f}; painted over in the picture instead, "
        f"{scores['painted_most_attended']:.4f} and "
        f"{scores['painted_random']:.4f}."
    )
