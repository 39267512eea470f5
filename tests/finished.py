"""Checkpoints as a training script leaves them, and what is read from a card."""

import json
from pathlib import Path

import yaml

from mmsent import hub
from train.common.card import Subject, write_card
from train.face.card import model_card

TEST = {
    "n": 8,
    "accuracy": 0.5,
    "macro_f1": 0.4,
    "ece": 0.1,
    "ece_before_temperature": 0.2,
    "selective": {"coverage": 0.9, "risk": 0.1},
    "per_class": {"happy": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 8}},
}
TRAINING = {
    "data": "toys",
    "preset": "compact",
    "commit": None,
    "seed": 0,
    "epochs": 1,
    "recipe": {},
}


def finish(folder: Path) -> Path:
    """What a training script leaves beside config and weights."""
    config = json.loads((folder / "config.json").read_text())
    config["training"] = TRAINING
    (folder / "config.json").write_text(json.dumps(config))
    hub.save_metrics(folder, {"test": TEST, "validation": TEST})
    (folder / "plots").mkdir()
    (folder / "plots" / "reliability.png").write_bytes(b"a picture")
    use = f'mmsent.load("{config["task"]}", "<folder or owner/name@revision>")'
    words = {
        "name": config["task"],
        "summary": "A toy.",
        "use": use,
        "meant": "Meant for tests.",
        "data": "Toys, CC0.",
    }
    lists = {
        "scores": {"Toys": TEST},
        "remarks": "",
        "limits": ("It knows nothing.",),
        "tags": ("toy",),
    }
    card = write_card(Subject(**words, **lists, pipeline_tag="text-classification"), config, {})
    (folder / "README.md").write_text(
        model_card(config, {"test": TEST, "validation": TEST}) if config["task"] == "face" else card
    )
    return folder


def front_matter(files: dict[str, bytes]) -> dict:
    return yaml.safe_load(files["README.md"].decode().split("---\n")[1])
