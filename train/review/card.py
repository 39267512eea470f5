"""The model card of a review checkpoint, from its config and metrics."""

from collections.abc import Iterator, Mapping
from typing import Any

from train.common.card import Subject, write_card
from train.common.card_text import calibration_limits, number, table

TITLES = {
    "reviews": "Review texts, 3 sentiments",
    "mvsa": "MVSA-Single, text with photo",
    "own": "Own reviews",
}
VIEWS = {"fused": "text and photo", "text_only": "text alone", "image_only": "photo alone"}


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_review`` writes them."""
    test = metrics["test"]
    subject = Subject(
        name="review: sentiment of a text and its photo",
        summary=(
            "Words look at the photo by scaled dot-product attention over a grid of patches, with "
            "one learned key that means "
            "“nothing relevant here”; what they saw is classified beside the words, as negative, "
            "neutral or positive. It "
            "stands on the frozen encoders `text` and `image` and refuses others than those it was "
            "trained on."
        ),
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
        data=(
            f"Trained on {config['training']['data']}. The review texts come from public corpora "
            "(apps, products, films, "
            "restaurants, tweets); MVSA-Single (Niu et al. 2016) is for research use. Validation "
            "rows chose temperatures and "
            "thresholds; test rows were evaluated once, through the saved checkpoint. Duplicates "
            "stay in one part."
        ),
        scores={TITLES[name]: part for name, part in test.items()},
        remarks="\n\n".join(_remarks(config, metrics)),
        limits=(
            "English only; irony is often missed; neutral is the weakest label.",
            "Words of a post without its photo, and photos without words, are read much worse than "
            "both together.",
            "Attention shows where the net looked, not why it decided.",
            "No measurement of fairness was made: the data names no groups.",
        ),
        pipeline_tag="text-classification",
        tags=("sentiment-analysis", "multimodal", "cross-modal-attention"),
    )
    figures = {"training_curves": "Training curves"}
    for name in test:
        figures |= {
            f"confusion_{name}": f"{TITLES[name]}: confusion",
            f"reliability_{name}": f"{TITLES[name]}: reliability",
        }
    return write_card(subject, config, figures)


def _remarks(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    for name, part in metrics["test"].items():
        if "fused" in part:
            yield _views(name, part)
    yield _calibration(config, metrics["test"])
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


def _calibration(config: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    body = [
        [
            mode,
            ", ".join(f"{x:+.2f}" for x in values.get("bias", ())) or "none",
            f"{values['temperature']:.3f}",
            f"{values['threshold']:.3f}",
        ]
        for mode, values in config["calibration"].items()
    ]
    limits = "; ".join(
        f"{TITLES[name]}: {part['ece']:.4f} (limit {part['ece_limit']:.4f})"
        for name, part in test.items()
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
        f"**Faithfulness of the attention** ({scores['n']} test rows). Hiding the "
        f"{scores['share']:.0%} most attended patches "
        f"moves the verdict's probability by {scores['most_attended']:.4f} on average, hiding as "
        "many random ones by "
        f"{scores['random']:.4f}; painted over in the picture instead, "
        f"{scores['painted_most_attended']:.4f} and "
        f"{scores['painted_random']:.4f}."
    )
