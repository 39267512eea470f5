"""The model card of a meme checkpoint, from its config and metrics."""

from collections.abc import Mapping
from typing import Any

from train.common.card import Subject, write_card
from train.common.card_text import table

CHANCE = 0.05  # p-value from which an aspect is not above guessing


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_meme`` writes them."""
    test = metrics["test"]
    subject = Subject(
        name="meme: sentiment, humour, sarcasm, offence and motivation",
        summary=(
            "One branch reads the picture, one its caption; joined, they feed one head an aspect. "
            "It stands on the frozen "
            "encoders `text` and `image` and refuses others than those it was trained on.\n\n"
            "These labels are so noisy that the best systems of the 2020 competition were close to "
            "guessing. Read the table "
            "before you believe an answer."
        ),
        use=(
            "import mmsent\n\n"
            'meme = mmsent.load("meme", "<folder or owner/name@revision>")\n'
            'result = meme.predict("meme.jpg")              # the caption is read by OCR\n'
            'result = meme.predict("meme.jpg", text="")     # it has no text\n'
            "result.sentiment.as_dict(), result.offensive.top"
        ),
        meant=(
            "**Meant for** demonstrations, teaching and research on how far such labels can be "
            "read at all.\n\n"
            "**Not meant for** moderation, or decisions about whoever made or shared a meme."
        ),
        data=(
            "Trained on Memotion 7k (Sharma et al. 2020, arXiv:2008.03781; research use), whose "
            "pictures are 128x128 and "
            "squashed; uploads are squashed the same way. It contains offensive material. "
            "Validation rows chose the seed "
            "that ships, biases, temperatures and thresholds; test rows were evaluated once. "
            "Duplicates stay in "
            "one part."
        ),
        scores={f"Memotion 7k, {aspect}": part for aspect, part in test.items()},
        remarks=_against_floors(test, metrics["seeds"]) + "\n\n" + _calibration(config, test),
        limits=(
            "An aspect whose p-value is not below .05 is not above guessing.",
            "English only; what a meme means often lies in what everybody knows about its picture, "
            "which this model does not.",
            "Rare classes are favoured on purpose, so that they are answered at all: confidence is "
            "low and means what it says.",
            "No measurement of fairness was made. Offence is what a few annotators felt.",
        ),
        pipeline_tag="image-text-to-text",
        tags=("sentiment-analysis", "memes", "multimodal"),
    )
    figures = {"training_curves": "Training curves"} | {
        f"confusion_{aspect}": f"{aspect}: confusion" for aspect in test
    }
    return write_card(subject, config, figures)


def _against_floors(test: Mapping[str, Any], seeds: int) -> str:
    body = [
        [
            aspect,
            *(
                f"{part['views'][view]['mean']:.3f} ± {part['views'][view]['spread']:.3f}"
                for view in part["views"]
            ),
            f"{part['guessing']:.3f}",
            f"{part['tfidf']:.3f}",
            f"{part['p_value']:.4f}"
            + ("" if part["p_value"] < CHANCE else " (not above guessing)"),
        ]
        for aspect, part in test.items()
    ]
    head = [
        "macro-F1",
        "picture and text",
        "text alone",
        "picture alone",
        "guessing",
        "TF-IDF",
        "p",
    ]
    return (
        f"Mean and standard deviation of {seeds} seeds; guessing follows the class frequencies; p "
        "is a permutation test of "
        f"the seed that ships:\n\n{table(head, body)}"
    )


def _calibration(config: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    body = []
    for aspect, values in config["calibration"].items():
        figures = (
            values["temperature"],
            values["threshold"],
            test[aspect]["ece"],
            test[aspect]["ece_limit"],
        )
        body.append([aspect, *(f"{figure:.3f}" for figure in figures)])
    head = [
        "aspect",
        "temperature",
        "not sure below",
        "ECE",
        "95th percentile of a perfectly calibrated model",
    ]
    return (
        "**Calibration.** With its bias each label is answered as often as it occurs; the mean "
        "confidence is the share of "
        f"right answers on the validation rows.\n\n{table(head, body)}"
    )
