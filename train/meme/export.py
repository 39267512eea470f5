"""From what the groups of aspects and the words taught to a published folder: checkpoint, figures,
plots and model card."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmsent import hub
from mmsent.models.meme import MemeNets
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, name_encoder
from train.common.evaluate import Metrics
from train.common.export import Figures, export
from train.common.provenance import origin
from train.meme.card import model_card
from train.meme.group import Group


def export_meme(
    groups: Mapping[str, Group],
    words: tuple[dict[str, Any], Metrics, Figures],
    text: TextFeatures,
    image: ImageFeatures,
    out: Path,
) -> Metrics:
    """Writes to ``out`` the checkpoint, metrics.json, plots and README.md; returns the metrics.
    ``words`` is what ``calibrate_words`` gave."""
    config = config_of(groups, words[0], text, image)
    nets = assembled(groups, config)

    def score() -> tuple[Metrics, Figures]:
        hub.load_weights(nets, out)  # what is scored is what was written, in half precision
        metrics: Metrics = {"test": {}, "words": words[1]}
        figures = dict(words[2])
        for name, group in groups.items():
            scores, plots = group.score(nets[name])
            metrics["test"] |= scores
            figures |= plots
        return metrics, figures

    return export(out, nets, config, score, model_card, _lines)


def config_of(
    groups: Mapping[str, Group], words: Mapping[str, Any], text: TextFeatures, image: ImageFeatures
) -> hub.Config:
    parts = list(groups.values())
    return {
        "task": "meme",
        "architecture": {"text_width": text.width, "image_width": image.width},
        "labels": {
            aspect: list(labels) for part in parts for aspect, labels in part.aspects.items()
        },
        "groups": {name: group.config for name, group in groups.items()},
        "encoders": {
            "text": name_encoder("text", text),
            "image": name_encoder("image", image),
        },
        "calibration": {
            aspect: values for part in parts for aspect, values in part.calibration.items()
        },
        "words": words,
        "training": {"preset": "compact", "data": "HarMeme, Memotion 7k", **origin([])}
        | {name: dict(group.training) for name, group in groups.items()},
    }


def assembled(groups: Mapping[str, Group], config: hub.Config) -> MemeNets:
    """All that was trained, in one net."""
    nets = MemeNets(**config["architecture"], groups=config["groups"], labels=config["labels"])
    for name, group in groups.items():
        nets[name].load_state_dict(group.net.state_dict())
        if group.familiar:
            for side in ("text", "image"):
                own = nets.get_submodule(f"{name}_familiar.{side}")
                own.load_state_dict(getattr(group.familiar, side).state_dict())
    return nets


def _lines(metrics: Metrics) -> Iterator[str]:
    for aspect, scores in metrics["test"].items():
        fused = scores["views"]["fused"]
        yield (
            f"test {aspect}  macro_f1 {fused['mean']} ± {fused['spread']}  guessing "
            f"{scores['guessing']}  p {scores['p_value']}"
        )
    for name, scores in metrics["words"].items():
        yield f"words {name}  macro_f1 {scores['macro_f1']}  ece {scores['ece']}"
