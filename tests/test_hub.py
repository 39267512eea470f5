"""Checkpoints: saved, found, and refused by name when something is wrong."""

import json

import pytest
import torch
from torch import nn

from mmsent import hub
from mmsent.hub import CheckpointError, find, load_weights, read_config, save_checkpoint
from mmsent.version import __version__


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(tmp_path / "toy", nn.Linear(3, 2), {"task": "toy", "labels": ["a", "b"]})
    return tmp_path / "toy"


def test_round_trip_in_half_precision(folder):
    torch.manual_seed(0)
    net, again = nn.Linear(3, 2), nn.Linear(3, 2)
    load_weights(again, folder)
    assert torch.equal(again.weight, net.weight.half().float())
    assert read_config(folder, "toy") == {
        "format": hub.FORMAT,
        "mmsent_version": __version__,
        "task": "toy",
        "labels": ["a", "b"],
    }
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_wrong_task_newer_format_and_damage_are_refused(folder):
    with pytest.raises(CheckpointError, match="for “toy”, not for “face”"):
        read_config(folder, "face")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    with pytest.raises(CheckpointError, match="newer mmsent"):
        read_config(folder, "toy")
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        read_config(folder, "toy")
    (folder / "config.json").unlink()
    with pytest.raises(CheckpointError, match="holds no config"):
        read_config(folder, "toy")


def test_weights_must_fit_to_the_letter(folder):
    with pytest.raises(CheckpointError, match="does not fit"):
        load_weights(nn.Linear(4, 2), folder)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_weights(nn.Sequential(nn.Linear(3, 2)), folder)  # same shapes, other names
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-5])
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(nn.Linear(3, 2), folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="holds no model"):
        load_weights(nn.Linear(3, 2), folder)


def test_where_a_checkpoint_is_looked_for(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(hub, "ROOT", tmp_path)
    assert find("toy") == tmp_path / "toy"
    monkeypatch.setenv("MMSENT_TOY", str(tmp_path))
    assert find("toy") == tmp_path
    assert find("toy", folder) == folder
    with pytest.raises(CheckpointError, match="train one"):
        find("other")
    with pytest.raises(CheckpointError, match="neither a folder nor"):
        find("toy", "no such folder!")


def test_a_hub_out_of_reach_is_said_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match=r"can't be reached.*cache\.$"):
        find("toy", "owner/name@main")
