"""The model card of a meme checkpoint, from its config and metrics."""

from collections.abc import Mapping
from typing import Any

from mmsent.labels import MEMOTION
from train.common.card import Subject, write_card
from train.common.card_text import table
from train.meme.own_card import MEANT, NOT_ABOVE, own_card

CHANCE = 0.05  # p-value from which an aspect is not above guessing


def model_card(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """README.md; ``metrics`` as ``export_meme`` writes them."""
    if "own" in config["groups"]:
        return own_card(config, metrics)
    test, words = metrics["test"], metrics["words"]
    subject = Subject(
        name="meme: harm, what the words say, and Memotion's five aspects",
        summary=(
            "A net for sentiment, humour, sarcasm, offence and motivation, learnt from Memotion: one branch reads the picture, "
            "one its caption, and joined they feed one head an aspect. A linear one for `harmful`, learnt from HarMeme, adds "
            "up what the picture, the caption and the parts of its words (runs of two to five letters) say. The "
            "heads of the text encoder say what the words alone express: sentiment, emotion, irony, offence. It stands on the "
            "frozen encoders `text` and `image` and refuses others than those it was trained on.\n\n"
            "Memotion's labels are so noisy that the best systems of the 2020 competition were close to "
            "guessing. Read the tables before you believe an answer."
        ),
        use=(
            "import mmsent\n\n"
            'meme = mmsent.load("meme", "<folder or owner/name@revision>")\n'
            'result = meme.predict("meme.jpg")              # the caption is read by OCR\n'
            'result = meme.predict("meme.jpg", text="")     # it has no text\n'
            'result.aspects["harmful"].as_dict(), result.words["irony"].top'
        ),
        meant=MEANT,
        data=(
            "`harmful` was trained on HarMeme (Pramanick et al. 2021, arXiv:2110.00413; research use): memes about Covid-19 "
            "and "
            "politics in the United States, very and somewhat harmful taken together, 224 px long as uploads are made. Its "
            "recipe, temperature and thresholds come from cross-validation over training and validation rows, near-twins kept "
            "together. The other aspects were trained on Memotion 7k (Sharma et al. 2020, arXiv:2008.03781; research "
            "use), whose "
            "pictures are 128x128 and squashed; uploads are squashed the same way. Its validation rows chose the seed that "
            "ships, biases, temperatures and thresholds. Both hold offensive material. The words' temperatures were fitted on "
            "the validation rows of GoEmotions, TweetEval and the review texts, without handles and addresses. "
            f"{_own_heads(config)}How often test rows were looked at on the way is told in docs/experiments.md."
        ),
        scores={f"{_source(aspect)}, {aspect}": part for aspect, part in test.items()}
        | {f"Words, {name}": part for name, part in words.items()},
        remarks="\n\n".join(
            [
                *([_harm(test["harmful"])] if "harmful" in test else []),
                _against_floors(test),
                _calibration(config, test, words),
            ]
        ),
        limits=(
            *_below_floor({**test, **{f"words: {name}": part for name, part in words.items()}}),
            NOT_ABOVE,
            "`harmful` knows two topics. A meme far from its training rows is answered with “not sure”; what is near may still "
            "be another matter.",
            "English only; what a meme means often lies in what everybody knows about its picture, "
            "which this model does not.",
            "Of Memotion's aspects rare classes are favoured on purpose, so that they are answered at all: confidence is "
            "low and means what it says.",
            "What words say was learnt from reviews, tweets and comments; that it holds for captions is not measured.",
            "No measurement of fairness was made. Harm and offence are what a few annotators felt.",
        ),
        pipeline_tag="image-text-to-text",
        tags=("sentiment-analysis", "memes", "multimodal"),
    )
    figures = (
        {"reliability_harmful": "harmful: reliability"}
        | {f"confusion_{aspect}": f"{aspect}: confusion" for aspect in test}
        | {"training_curves": "Training curves of Memotion's aspects"}
    )
    return write_card(subject, config, figures)


def _own_heads(config: Mapping[str, Any]) -> str:
    """Which heads of the words were learnt anew, in a sentence."""
    own = [name for name, head in config["words"].items() if head.get("own")]
    if not own:
        return ""
    return (
        f"The head of {', '.join(own)} was learnt anew on such rows of its corpus, training and validation, its temperature on "
        "validation rows that it had not seen. "
    )


def _below_floor(scores: Mapping[str, Any]) -> tuple[str, ...]:
    """The answers that are right no more often than the most frequent label, in a sentence."""
    below = [name for name, part in scores.items() if part["accuracy"] <= part["floor_accuracy"]]
    if not below:
        return ()
    return (
        "Right no more often on the test rows than always giving the most frequent label: "
        f"{', '.join(below)}. The page marks them so.",
    )


def _source(aspect: str) -> str:
    return "Memotion 7k" if aspect in MEMOTION else "HarMeme"


def _harm(part: Mapping[str, Any]) -> str:
    """What the seeds are worth, each side alone, without twins; and whether other memes are told."""
    rows = {
        "picture and text": part["views"]["fused"],
        "text alone": part["views"]["text_only"],
        "picture alone": part["views"]["image_only"],
    }
    if "without_twins" in part:
        rows["picture and text, without near-twins of training rows"] = part["without_twins"]
    body = [
        [name, f"{row['n']:,}", _interval(row["accuracy"]), _interval(row), _interval(row["auc"])]
        for name, row in rows.items()
    ]
    near = part["familiarity"]
    return (
        "**Harm**, mean of three seeds with the interval that holds 95 % when the test rows are drawn again:\n\n"
        + table(["harmful or not", "n", "accuracy", "macro-F1", "AUC"], body)
        + "\n\nA meme counts as familiar by its distance from the training rows (Mahalanobis, first principal components of "
        f"text and picture). That tells HarMeme's test rows (n {near['n']:,}) from Memotion's (n {near['n_other']:,}) "
        f"with an AUC "
        f"of {near['auc']['fused']:.3f} (text alone {near['auc']['text_only']:.3f}, picture alone "
        f"{near['auc']['image_only']:.3f}, where the size of the pictures helps); {near['through']:.1%} of HarMeme's rows are "
        f"let through, {near['other_through']:.1%} of Memotion's are."
    )


def _interval(score: Mapping[str, Any]) -> str:
    low, high = score["interval"]
    return f"{score['mean']:.3f} ({low:.3f} to {high:.3f})"


def _against_floors(test: Mapping[str, Any]) -> str:
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
        f"Mean and standard deviation of three seeds; guessing follows the class frequencies; p "
        "is a permutation test of "
        f"the seed that ships:\n\n{table(head, body)}"
    )


def _calibration(
    config: Mapping[str, Any], test: Mapping[str, Any], words: Mapping[str, Any]
) -> str:
    body = []
    steps = [(aspect, values, test[aspect]) for aspect, values in config["calibration"].items()]
    steps += [(f"words: {name}", values, words[name]) for name, values in config["words"].items()]
    for aspect, values, part in steps:
        figures = (
            values["temperature"],
            values["threshold"],
            part["ece"],
            part["ece_limit"],
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
        "**Calibration.** With its bias each label of Memotion is answered as often as it occurs, and the mean "
        f"confidence is the share of right answers on the validation rows; the others have a "
        f"temperature alone.\n\n{table(head, body)}"
    )
