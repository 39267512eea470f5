"""Pieces of the text of model cards: tables, numbers, values of a recipe."""

from collections.abc import Mapping, Sequence
from typing import Any

from train.common.provenance import METHOD

NO_GROUPS = "No measurement of fairness was made: the data names no groups."


def never_answered(label: str) -> str:
    """The limit of a model whose training rows lacked ``label``."""
    return f"It never answers {label}, which its training rows lacked."


def per_class_table(per_class: Mapping[str, Mapping[str, float]]) -> str:
    """Precision, recall, F1 and n of each label, as ``train.common.evaluate`` gives them."""
    body = [
        [label, *(number(row, key) for key in ("precision", "recall", "f1")), f"{row['n']:,}"]
        for label, row in per_class.items()
    ]
    return table(["label", "precision", "recall", "F1", "n"], body)


def emissions(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """For the Hub: the carbon dioxide of the training, in grams; None where the config, an older
    one, does not tell."""
    training = config["training"]
    if "co2_grams" not in training:
        return None
    return {
        "emissions": training["co2_grams"],
        "source": METHOD,
        "training_type": "fine-tuning" if config["task"] in ("text", "image") else "training",
        "hardware_used": f"{training['hardware']}, {training['hours']} hours",
    }


def calibration_limits(limits: str) -> str:
    """The sentence on calibration errors, each beside its limit in ``limits``."""
    return (
        "Calibration error on the test rows, beside the 95th percentile of what a perfectly "
        f"calibrated model with these confidences shows by chance: {limits}."
    )


def plain(value: Any) -> str:
    """A value of a recipe in words; what is off (0, None) is left out of mappings."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {inner}" for name, inner in value.items() if inner)
    return str(value)


def number(part: Mapping[str, Any], key: str) -> str:
    """``part[key]`` with four digits, a dash where there is none."""
    return f"{part[key]:.4f}" if key in part else "–"


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))
