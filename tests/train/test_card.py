"""Hours and carbon dioxide of a training arrive in the model card; what an older config leaves out
is left out there."""

import os

import pytest
import torch
import yaml

from mmsent.labels import FACE_EMOTIONS
from tests.finished import TEST
from train.common.card import Subject, write_card
from train.common.provenance import METHOD, origin
from train.face.card import model_card

TRAINING = {
    "data": "toys",
    "preset": "compact",
    "seed": 0,
    "epochs": 2,
    "recipe": {},
    "commit": None,
}
HOURS = {"hours", "CO2, grams", "co2 grams"}  # rows of what older configs lack


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def card_of(task: str, training: dict) -> tuple[dict, str]:
    """Front matter and text of the card."""
    config = {
        "task": task,
        "mmsent_version": "0.1.0",
        "architecture": {"stem": "3x3/2"},
        "labels": list(FACE_EMOTIONS),
        "preprocessing": {"size": 48, "mean": [0.5], "std": [0.25]},
        "calibration": {"temperature": 1.0, "threshold": 0.3},
        "training": training,
    }
    if task == "face":
        card = model_card(config, {"test": TEST, "validation": TEST})
    else:
        words = {
            "name": task,
            "summary": "A toy.",
            "use": "...",
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
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def rows_of(body: str) -> dict[str, str]:
    """The tables of a card: each row's first cell, and what stands behind it."""
    return dict(
        line.strip("| ").split(" | ", 1)
        for line in body.splitlines()
        if line.startswith("| ") and " | " in line
    )


@pytest.mark.parametrize(
    ("task", "kind"), [("face", "training"), ("review", "training"), ("text", "fine-tuning")]
)
def test_hours_and_carbon_dioxide_are_in_front_matter_and_table(task, kind, two_cores):
    trained = origin([{"seconds": 1800.0}, {"seconds": 5400.0}])
    # two hours of two cores at 12 W are 0.048 kWh, of 475 g each
    assert (trained["hours"], trained["co2_grams"]) == (2.0, 22.8)
    front, body = card_of(task, TRAINING | trained)
    assert front["co2_eq_emissions"] == {
        "emissions": 22.8,
        "source": METHOD,
        "training_type": kind,
        "hardware_used": f"{trained['hardware']}, 2.0 hours",
    }
    rows = rows_of(body)
    assert rows["hours"] == "2.0"
    assert rows["CO2, grams" if task == "face" else "co2 grams"] == "22.8"
    assert rows["hardware"] == trained["hardware"]


@pytest.mark.parametrize(
    ("task", "told"),
    [("face", {"hours": "not recorded", "CO2, grams": "not recorded"}), ("review", {})],
)
def test_an_older_config_still_gives_a_card(task, told, two_cores):
    begun_earlier = origin([{"loss": 1.0}, {"loss": 0.5, "seconds": 9.0}])
    assert "hours" not in begun_earlier
    for training in (TRAINING, TRAINING | begun_earlier):
        front, body = card_of(task, training)
        assert "co2_eq_emissions" not in front
        assert front["model-index"]
        rows = rows_of(body)
        assert rows["epochs"] == "2"
        assert {name: rows[name] for name in HOURS & rows.keys()} == told
