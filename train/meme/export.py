"""From what the groups of aspects and the words taught to a published folder: checkpoint, figures,
plots and model card."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from mmsent import hub
from mmsent.models.meme import MemeNets
from mmsent.pipelines.encoders import ImageFeatures, TextFeatures, name_encoder
from mmsent.pipelines.meme_words import Weights
from train.common.card import held_out
from train.common.evaluate import Metrics
from train.common.export import Figures, export, line
from train.meme.card import model_card
from train.meme.group import Group
from train.meme.words import Words


def export_meme(
    groups: Mapping[str, Group],
    words: Words,
    text: TextFeatures,
    image: ImageFeatures,
    out: Path,
    facts: Mapping[str, Any],
) -> Metrics:
    """Writes to ``out`` the checkpoint, metrics.json, plots and README.md; returns the metrics.
    ``words`` is what ``calibrate_words`` gave, ``facts`` are those on the training."""
    config = config_of(groups, words.config, text, image, facts)
    nets = assembled(groups, config, words.own)

    def score() -> tuple[Metrics, Figures]:
        hub.load_weights(nets, out)  # what is scored is what was written, in half precision
        metrics: Metrics = {"words": words.metrics}
        figures = dict(words.figures)
        for name, group in groups.items():
            scores, plots = group.score(nets[name])
            metrics.setdefault(group.split, {}).update(scores)
            figures |= plots
        return metrics, figures

    return export(out, nets, config, score, model_card, _lines)


def config_of(
    groups: Mapping[str, Group],
    words: Mapping[str, Any],
    text: TextFeatures,
    image: ImageFeatures,
    facts: Mapping[str, Any],
) -> hub.Config:
    parts = list(groups.values())
    pooled = all(group.net.pooled for group in parts)
    config = {
        "task": "meme",
        "architecture": {"text_width": text.width, "image_width": image.width_of(pooled)},
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
        "training": dict(facts) | {name: dict(group.training) for name, group in groups.items()},
    }
    for group in parts:
        if group.words:
            config["preprocessing"] = {"words": group.words}
        if group.modes:
            config["modes"] = list(group.modes)
    return config


def assembled(
    groups: Mapping[str, Group], config: hub.Config, own: Mapping[str, Weights]
) -> MemeNets:
    """All that was trained, in one net, with the weights of the heads of words that are ``own``."""
    parts = {name: config[name] for name in ("groups", "labels", "words")}
    nets = MemeNets(**config["architecture"], **parts)
    for name, (weight, bias) in own.items():
        state = {"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)}
        nets[f"words_{name}"].load_state_dict(state)
    for name, group in groups.items():
        nets[name].load_state_dict(group.net.state_dict())
        if group.familiar:
            for side in ("text", "image"):
                layer = nets.get_submodule(f"{name}_familiar.{side}")
                layer.load_state_dict(getattr(group.familiar, side).state_dict())
    return nets


def _lines(metrics: Metrics) -> Iterator[str]:
    split = held_out(metrics)
    for aspect, scores in metrics[split].items():
        if "views" not in scores:
            yield line(f"{split} {aspect}", scores)
            continue
        fused = scores["views"]["fused"]
        yield (
            f"{split} {aspect}  macro_f1 {fused['mean']} ± {fused['spread']}  guessing "
            f"{scores['guessing']}  p {scores['p_value']}"
        )
    for name, scores in metrics["words"].items():
        yield f"words {name}  macro_f1 {scores['macro_f1']}  ece {scores['ece']}"
