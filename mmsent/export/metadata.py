"""What stands in an exported file beside its net: where it comes from, its labels, how its logits
become calibrated probabilities, how its inputs are prepared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmsent import hub
from mmsent.export.graph import MARK
from mmsent.identity import place_of
from mmsent.version import __version__

ANY = "*"  # the mode of a calibration that holds whatever is given
READ_SO = (
    "probabilities = softmax((logits + bias) / temperature); “not sure” where the largest is below "
    f"threshold. calibration[output] has an entry for each mode, {ANY!r} for any."
)

Calibration = dict[str, dict[str, dict[str, Any]]]


def origin(task: str, folder: Path) -> dict[str, Any]:
    """The version of mmsent, the task, the checkpoint with the sha256 of its weights, and the terms
    that these carry."""
    source, revision = place_of(task, folder)
    card = folder / "README.md"
    terms = hub.card_terms(card.read_text(encoding="utf-8")) if card.is_file() else None
    return {
        MARK: __version__,
        "task": task,
        "checkpoint": {
            "source": source,
            "revision": revision,
            "sha256": hub.sha256(folder / hub.WEIGHTS),
        },
        "terms": terms,
    }


def answers(labels: Mapping[str, Sequence[str]], calibration: Calibration) -> dict[str, Any]:
    """The labels of each output, and what makes probabilities of its logits."""
    return {"labels": labels, "calibration": calibration, "read_so": READ_SO}


def steps(calibration: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """Temperature, threshold and bias as a checkpoint's config has them; zeros where it has no
    bias."""
    return {
        "temperature": calibration["temperature"],
        "threshold": calibration["threshold"],
        "bias": calibration.get("bias", [0.0] * len(labels)),
    }


def encoder_sums(named: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The encoders whose outputs a head reads, by the sha256 of their weights: ``checkpoint`` in
    their own exports."""
    return {"encoders": {name: {"sha256": what["sha256"]} for name, what in named.items()}}
